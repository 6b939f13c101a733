"""The same work in PyTorch, where that is installed: rows beside ours, each precision a row of its own.

Times are medians over seven runs that follow three to warm up, of Group-CAM over three that follow one; on a card the
clock is stopped after it has finished. Networks have the very weights that ours reads.
"""

import statistics
import sys
import time
from pathlib import Path

import onnx_writer

try:
    import torch
except ImportError:
    torch = None

# Group-CAM in PyTorch: in a bundle beside this file, in the repository where it is tested.
sys.path += [str(Path(__file__).resolve().parents[1] / folder) for folder in ("peers", "reference")]


class Row:
    """A thing to time under settings of PyTorch; called, it gives the columns of the report.

    `make(device, precision, order)` gives the work and, where there are any, a function of more columns. `runs` are those
    to warm up and those that count; `differentiates` says that the work takes gradients.
    """

    def __init__(
        self, name, make, operations=0, batch=0, runs=(3, 7), differentiates=False, tf32=False, half=False, last=False
    ):
        self.name, self.make, self.operations, self.batch = name, make, operations, batch
        self.runs, self.differentiates = runs, differentiates
        self.tf32, self.half, self.last = tf32, half, last

    def __call__(self):
        device = "cuda" if torch.cuda.is_available() else "cpu"
        torch.backends.cuda.matmul.allow_tf32 = self.tf32
        torch.backends.cudnn.allow_tf32 = self.tf32
        torch.backends.cudnn.benchmark = True
        kind = torch.float16 if self.half else torch.float32
        order = torch.channels_last if self.last else torch.contiguous_format
        warm, timed = self.runs
        with torch.inference_mode(not self.differentiates):
            work, more = self.make(device, kind, order)
            times = []
            for turn in range(warm + timed):
                start = time.perf_counter()
                work()
                if device == "cuda":
                    torch.cuda.synchronize()
                if turn >= warm:
                    times.append((time.perf_counter() - start) * 1e3)
            columns = more() if more else {}
        ms = statistics.median(times)
        columns = {"ms": ms, "torch": torch.__version__, "on": device} | columns
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
        return lambda: a @ b, None

    return [row for row in rows(make, small, operations=2 * size**3) if not row.last or row.half]


def layer(layer, batch, small):
    image = max(layer.image // 8, 7) if small else layer.image
    out = (image + 2 * (layer.side // 2) - layer.side) // layer.stride + 1

    def make(device, kind, order):
        module = torch.nn.Conv2d(layer.channels, layer.filters, layer.side, layer.stride, layer.side // 2)
        module = torch.nn.Sequential(module, torch.nn.ReLU(inplace=True)).to(device, kind, memory_format=order)
        x = torch.randn(batch, layer.channels, image, image, device=device, dtype=kind).to(memory_format=order)
        return lambda: module(x), None

    products = batch * out * out * layer.filters * layer.channels * layer.side**2
    return rows(make, small, operations=2 * products)


def network(name, batch, small):
    def make(device, kind, order):
        module = onnx_writer.network(name, Network()).eval().to(device, kind, memory_format=order)
        x = torch.randn(batch, 3, 224, 224, device=device, dtype=kind).to(memory_format=order)
        return lambda: module(x), None

    return rows(make, small, batch=batch)


def group_cam(name, pictures, maps, small):
    """Group-CAM written to be fast, on files of pictures; `maps` is the folder where ours lie, if there are any."""

    def make(device, kind, order):
        from group_cam_batched import BatchedGroupCAM

        module = onnx_writer.network(name, Network()).eval().requires_grad_(False)
        module.to(device, kind, memory_format=order)
        images = torch.stack([image(path, 3) for path in pictures]).to(device, kind, memory_format=order)
        method = BatchedGroupCAM(module.trunk, module.tail, module, order)
        method.tune(images)

        def more():
            columns = {"rows": method.rows, "rows_a_run": method.size}
            ours = [image(path, 1)[0] for path in sorted(maps.glob("*.npy"))]
            if len(ours) == len(images):
                columns["from_ours"] = (method.maps(images).cpu().float() - torch.stack(ours)).abs().max().item()
            return columns

        return lambda: method.maps(images), more

    return rows(make, small, batch=len(pictures), runs=(1, 3), differentiates=True)


def image(path, channels):
    """The numbers of a file of NumPy's, as high as wide."""
    numbers = torch.frombuffer(onnx_writer.saved_numbers(path), dtype=torch.float32)
    side = round((len(numbers) // channels) ** 0.5)
    return numbers.view(channels, side, side)


if torch is not None:

    class Network(torch.nn.Module):
        """Takes the layers that a model of onnx_writer takes, and runs them in their order."""

        def __init__(self):
            super().__init__()
            self.parts, self.steps, self.noise = torch.nn.ModuleList(), [], onnx_writer.Noise()
            self.readers, self.last = {}, None  # of each value the last step that reads it; what maps are made of

        def step(self, part, inputs):
            self.parts.append(part if isinstance(part, torch.nn.Module) else torch.nn.Identity())
            self.readers |= dict.fromkeys(inputs, len(self.steps))
            self.steps.append((None if isinstance(part, torch.nn.Module) else part, inputs))
            return len(self.steps)

        def conv(self, x, channels, filters, side, stride=1, relu=True):
            conv = torch.nn.Conv2d(channels, filters, side, stride, side // 2)
            y = self.step(filled(conv, self.noise.conv(channels, filters, side, relu)), [x])
            return self.add("Relu", [y]) if relu else y

        def linear(self, x, channels, outputs):
            linear = torch.nn.Linear(channels, outputs)
            return self.step(filled(linear, self.noise.linear(channels, outputs)), [x])

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
            self.last = x
            x = self.add("Flatten", [self.add("GlobalAveragePool", [x])])
            self.linear(x, channels, 1000)
            return self

        def forward(self, image):
            return self.computed("x", image, 0, len(self.steps))

        def trunk(self, image):
            return self.computed("x", image, 0, self.last)

        def tail(self, activation):
            return self.computed(self.last, activation, self.last, len(self.steps))

        def computed(self, start, value, first, end):
            """The value of the step before `end` from that which the steps from `first` on read."""
            values = {start: value}
            for place in range(first, end):
                part, (function, inputs) = self.parts[place], self.steps[place]
                given = [values[name] for name in inputs]
                for name in inputs:
                    if self.readers[name] == place:  # its memory is needed again
                        values.pop(name, None)
                values[place + 1] = part(*given) if function is None else function(*given)
            return values[end]

    def filled(part, numbers):
        """A layer with these weights and biases."""
        with torch.no_grad():
            for parameter, given in zip((part.weight, part.bias), numbers, strict=True):
                parameter.copy_(torch.frombuffer(given, dtype=torch.float32).view_as(parameter))
        return part
