"""Data and weight gradients of every convolution of a network in PyTorch, one layer at a time."""

import time
from collections import Counter

WHICH = {"data-gradient": [True, False, False], "weight-gradient": [False, True, False]}
OPERATORS = {"data-gradient": "conv2d_data_gradient", "weight-gradient": "conv2d_weight_gradient"}
FIELDS = ("N", "C", "H", "W", "K", "R", "S", "stride", "pad", "groups")


def layers(model, pictures):
    """How often each distinct convolution occurs, by the values of FIELDS. Squares only."""
    import torch

    found = Counter()

    def seen(module, inputs, output):
        square = module.stride[0] == module.stride[1] and module.padding[0] == module.padding[1]
        if not square or module.dilation != (1, 1):
            raise ValueError(f"{module} is not of the kind that is timed")
        shape = tuple(inputs[0].shape) + (module.out_channels, *module.kernel_size)
        found[(*shape, module.stride[0], module.padding[0], module.groups)] += 1

    hooks = [
        module.register_forward_hook(seen)
        for module in model.modules()
        if isinstance(module, torch.nn.Conv2d)
    ]
    with torch.no_grad():
        model(pictures)
    for hook in hooks:
        hook.remove()
    return found


class Gradients:
    """Times of all layers, in milliseconds an image: the minimum of the runs of each, times its count."""

    def __init__(self, peer, order):
        self.torch, self.version = peer.torch, peer.version
        self.which, self.images = WHICH[order["kind"]], order["images"]
        self.counts = layers(peer.model, peer.pictures)
        self.cases = [self._case(shape, seed, peer.layout) for seed, shape in enumerate(self.counts)]

    @property
    def layers(self):
        return [[count, list(shape)] for shape, count in self.counts.items()]

    def _case(self, shape, seed, layout):
        """Upstream gradient, input and filter on noise, the same in both layouts."""
        batch, channels, height, width, outputs, rows, columns, stride, pad, groups = shape
        generator = self.torch.Generator().manual_seed(seed)
        places = [(size + 2 * pad - taps) // stride + 1 for size, taps in ((height, rows), (width, columns))]
        extents = [
            (batch, outputs, *places),
            (batch, channels, height, width),
            (outputs, channels // groups, rows, columns),
        ]
        return [
            self.torch.randn(extent, generator=generator).contiguous(memory_format=layout)
            for extent in extents
        ]

    def _gradient(self, shape, case):
        stride, pad, groups = shape[-3:]
        steps, pads = [stride, stride], [pad, pad]
        backward = self.torch.ops.aten.convolution_backward
        found = backward(*case, None, steps, pads, [1, 1], False, [0, 0], groups, self.which)
        return next(gradient for gradient in found if gradient is not None)

    def time(self, runs):
        """One number: what all layers together take."""
        total = 0.0
        with self.torch.inference_mode():
            for (shape, count), case in zip(self.counts.items(), self.cases):
                fastest = float("inf")
                for _ in range(runs):
                    start = time.perf_counter()
                    self._gradient(shape, case)
                    fastest = min(fastest, time.perf_counter() - start)
                total += count * fastest
        return [total * 1e3 / self.images]

    def warm_up(self):
        return self.time(2) + self.time(2)

    def outputs(self):
        """Up to 1000 values of each gradient, relative to its largest, so that every layer counts alike."""
        import numpy as np

        with self.torch.inference_mode():
            values = []
            for shape, case in zip(self.counts, self.cases):
                gradient = self._gradient(shape, case).contiguous().flatten()
                step = max(1, len(gradient) // 1000)
                values.append((gradient / gradient.abs().max())[::step][:1000])
            return np.concatenate([part.numpy() for part in values])
