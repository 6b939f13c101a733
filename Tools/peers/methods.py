"""Methods by the packages that people use: Score-CAM by pytorch-grad-cam, integrated gradients and guided backprop by
captum, and RISE written to be fast in PyTorch, with our masks.

Each gives a map [N,H,W] of the class that a picture most likely shows. The rows of a forward pass are tried out.
"""

import math
import time

import numpy as np
import torch

import philox

SIZES = (8, 16, 32, 64)
STREAM_GRIDS, STREAM_SHIFTS = 2, 3  # the streams of our random numbers
CELLS, KEEP = 7, 0.5


class Method:
    """A method over pictures [N,3,H,W]; `size` is the number of rows of a forward pass."""

    package = None

    def __init__(self, peer, settings):
        self.model, self.layout, self.pictures = peer.model, peer.layout, peer.pictures
        self.settings, self.size = settings, SIZES[0]
        with torch.inference_mode():
            self.classes = self.model(self.pictures).argmax(1).tolist()
        self.prepare()

    def prepare(self):
        """What is made once."""

    def rows(self, size):
        return self.pictures[torch.arange(size) % len(self.pictures)].contiguous(memory_format=self.layout)

    def once(self, size):
        """A forward pass of so many rows, as the method does it."""
        with torch.inference_mode():
            self.model(self.rows(size))

    def tune(self):
        best = math.inf
        for size in SIZES:
            self.once(size)
            start = time.perf_counter()
            self.once(size)
            elapsed = (time.perf_counter() - start) / size
            if elapsed < best:
                best, self.size = elapsed, size

    def maps(self):
        return np.stack([self.map(picture, number) for picture, number in zip(self.pictures, self.classes)])


class ScoreCAM(Method):
    package = "grad-cam"

    def prepare(self):
        from pytorch_grad_cam import ScoreCAM as Peer
        from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

        self.peer = Peer(self.model, [self.model.layer4[-1]])
        self.target = ClassifierOutputTarget

    def map(self, picture, number):
        self.peer.batch_size = self.size
        return self.peer(picture[None].contiguous(memory_format=self.layout), [self.target(number)])[0]


class RISE(Method):
    package = "torch"

    def prepare(self):
        """Bits and shifts are numbers to both; enlarging, cutting out and the passes are timed."""
        count = int(self.settings["masks"])
        bits = uniform(count * CELLS * CELLS, STREAM_GRIDS) >> np.uint64(8)
        bits = bits.astype(np.float64) * 2.0**-24 < np.float32(KEEP)
        self.grids = torch.from_numpy(bits.astype(np.float32).reshape(count, CELLS, CELLS))
        cells = [math.ceil(extent / CELLS) for extent in self.pictures.shape[2:]]
        shifts = uniform(2 * count, STREAM_SHIFTS).reshape(count, 2)
        self.shifts = [[int(word) * cell >> 32 for word, cell in zip(pair, cells)] for pair in shifts]
        self.enlarging = [enlarging((CELLS + 1) * cell) for cell in cells]

    def masks(self, some):
        """Masks [B,H,W]: the part of each enlarged grid that is cut out, as two small products."""
        height, width = self.pictures.shape[2:]
        down, across = self.enlarging
        rows = torch.stack([down[y : y + height] for y, _ in self.shifts[some]])
        columns = torch.stack([across[x : x + width] for _, x in self.shifts[some]])
        return rows @ self.grids[some] @ columns.mT

    def map(self, picture, number):
        total = torch.zeros(picture.shape[1:])
        with torch.inference_mode():
            for start in range(0, len(self.grids), self.size):
                masks = self.masks(slice(start, start + self.size))
                rows = (picture[None] * masks[:, None]).contiguous(memory_format=self.layout)
                scores = self.model(rows).softmax(1)[:, number]
                total += torch.einsum("n,nhw->hw", scores, masks)
        return (total / (len(self.grids) * np.float32(KEEP))).numpy()


def uniform(count, stream):
    """So many words of our random numbers, seed 0."""
    return philox.words(np.arange((count + 3) // 4), stream, 0).reshape(-1)[:count]


def enlarging(count):
    """What each cell weighs at each place of an enlarged axis, [count,CELLS]; mirrored without the edge."""
    places = (np.arange(count) + 0.5) * CELLS / count - 0.5
    low = np.floor(places).astype(int)
    weights = np.zeros((count, CELLS), np.float32)
    for cells, shares in ((low, 1 - (places - low)), (low + 1, places - low)):
        cells = np.abs(cells)
        cells = np.where(cells >= CELLS, 2 * (CELLS - 1) - cells, cells)
        np.add.at(weights, (np.arange(count), cells), shares)
    return torch.from_numpy(weights)


class Attribution(Method):
    package = "captum"

    def once(self, size):
        rows = self.rows(size).requires_grad_()
        torch.autograd.grad(self.model(rows)[:, 0].sum(), rows)

    def prepare(self):
        import captum.attr
        import torchvision

        for module in self.model.modules():
            if isinstance(module, torch.nn.ReLU):
                module.inplace = False
        # A residual block uses its ReLU more than once, which captum's hooks cannot tell apart.
        for block in self.model.modules():
            if isinstance(block, torchvision.models.resnet.Bottleneck):
                split(block)
        self.attribution = captum.attr


class IntegratedGradients(Attribution):
    def map(self, picture, number):
        peer = self.attribution.IntegratedGradients(self.model)
        values = peer.attribute(
            picture[None].contiguous(memory_format=self.layout),
            baselines=torch.zeros_like(picture)[None],
            target=number,
            n_steps=int(self.settings["steps"]),
            method="riemann_right",
            internal_batch_size=self.size,
        )
        return values[0].sum(0).float().numpy()


class GuidedBackprop(Attribution):
    def maps(self):
        peer = self.attribution.GuidedBackprop(self.model)
        values = peer.attribute(self.pictures.clone().requires_grad_(), target=torch.tensor(self.classes))
        return values.detach().abs().amax(1).numpy()


def split(block):
    """The same block with a ReLU of its own at each of its three places."""
    first, second, third = (torch.nn.ReLU() for _ in range(3))
    block.relu = third

    def forward(x):
        y = second(block.bn2(block.conv2(first(block.bn1(block.conv1(x))))))
        y = block.bn3(block.conv3(y))
        return third(y + (x if block.downsample is None else block.downsample(x)))

    block.relus = torch.nn.ModuleList([first, second])
    block.forward = forward


METHODS = {
    "score-cam": ScoreCAM,
    "rise": RISE,
    "integrated-gradients": IntegratedGradients,
    "guided-backprop": GuidedBackprop,
}
