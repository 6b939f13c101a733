"""The same work in PyTorch, where that is installed: rows beside ours, each precision a row of its own.

Times are medians over runs that follow three to warm up; on a card the clock is stopped after it has finished.
"""

import statistics
import time

import onnx_writer

try:
    import torch
except ImportError:
    torch = None


class Row:
    """A thing to time under settings of PyTorch; called, it gives the columns of the report."""

    def __init__(self, name, make, operations=0, batch=0, tf32=False, half=False, last=False):
        self.name, self.make, self.operations, self.batch = name, make, operations, batch
        self.tf32, self.half, self.last = tf32, half, last

    def __call__(self):
        device = "cuda" if torch.cuda.is_available() else "cpu"
        torch.backends.cuda.matmul.allow_tf32 = self.tf32
        torch.backends.cudnn.allow_tf32 = self.tf32
        torch.backends.cudnn.benchmark = True
        kind = torch.float16 if self.half else torch.float32
        order = torch.channels_last if self.last else torch.contiguous_format
        with torch.inference_mode():
            work = self.make(device, kind, order)
            times = []
            for turn in range(10):
                start = time.perf_counter()
                work()
                if device == "cuda":
                    torch.cuda.synchronize()
                if turn >= 3:
                    times.append((time.perf_counter() - start) * 1e3)
        ms = statistics.median(times)
        columns = {"ms": ms, "torch": torch.__version__, "on": device}
        if self.operations:
            columns["tflops"] = self.operations / ms * 1e-9
        if self.batch:
            columns["images_per_s"] = self.batch / ms * 1e3
        return columns


def rows(make, small, **counts):
    """A row for each precision and layout; on a machine without a card one of each layout."""
    if torch is None:
        return []
    kinds = [("fp32", {}), ("fp32 channels-last", {"last": True})]
    if torch.cuda.is_available() and not small:
        kinds += [("tf32", {"tf32": True}), ("tf32 channels-last", {"tf32": True, "last": True})]
        kinds += [("fp16 channels-last", {"half": True, "last": True})]
    return [Row(name, make, **counts, **settings) for name, settings in kinds]


def product(size, small):
    def make(device, kind, order):
        a = torch.randn(size, size, device=device, dtype=kind)
        b = torch.randn(size, size, device=device, dtype=kind)
        return lambda: a @ b

    return [row for row in rows(make, small, operations=2 * size**3) if not row.last or row.half]


def layer(layer, batch, small):
    image = max(layer.image // 8, 7) if small else layer.image
    out = (image + 2 * (layer.side // 2) - layer.side) // layer.stride + 1

    def make(device, kind, order):
        module = torch.nn.Conv2d(layer.channels, layer.filters, layer.side, layer.stride, layer.side // 2)
        module = torch.nn.Sequential(module, torch.nn.ReLU(inplace=True)).to(device, kind, memory_format=order)
        x = torch.randn(batch, layer.channels, image, image, device=device, dtype=kind).to(memory_format=order)
        return lambda: module(x)

    products = batch * out * out * layer.filters * layer.channels * layer.side**2
    return rows(make, small, operations=2 * products)


def network(name, batch, small):
    def make(device, kind, order):
        module = onnx_writer.network(name, Network()).eval().to(device, kind, memory_format=order)
        x = torch.randn(batch, 3, 224, 224, device=device, dtype=kind).to(memory_format=order)
        return lambda: module(x)

    return rows(make, small, batch=batch)


if torch is not None:

    class Network(torch.nn.Module):
        """Takes the layers that a model of onnx_writer takes, and runs them in their order."""

        def __init__(self):
            super().__init__()
            self.parts, self.steps = torch.nn.ModuleList(), []

        def step(self, part, inputs):
            self.parts.append(part if isinstance(part, torch.nn.Module) else torch.nn.Identity())
            self.steps.append((None if isinstance(part, torch.nn.Module) else part, inputs))
            return len(self.steps)

        def conv(self, x, channels, filters, side, stride=1, relu=True):
            conv = torch.nn.Conv2d(channels, filters, side, stride, side // 2)
            y = self.step(conv, [x])
            return self.add("Relu", [y]) if relu else y

        def linear(self, x, channels, outputs):
            return self.step(torch.nn.Linear(channels, outputs), [x])

        def add(self, operator, inputs, kernel_shape=(1,), strides=(1,), pads=(0,), axis=1):
            functional = torch.nn.functional
            part = {
                "Relu": lambda x: functional.relu(x, inplace=True),
                "Add": torch.add,
                "MaxPool": lambda x: functional.max_pool2d(x, kernel_shape[0], strides[0], pads[0]),
                "GlobalAveragePool": lambda x: functional.adaptive_avg_pool2d(x, 1),
                "Flatten": lambda x: x.flatten(1),
            }[operator]
            return self.step(part, inputs)

        def head(self, x, channels):
            x = self.add("Flatten", [self.add("GlobalAveragePool", [x])])
            self.linear(x, channels, 1000)
            return self

        def forward(self, image):
            values = {"x": image}
            for place, (part, (function, inputs)) in enumerate(zip(self.parts, self.steps)):
                given = [values[name] for name in inputs]
                values[place + 1] = part(*given) if function is None else function(*given)
            return values[len(self.steps)]
