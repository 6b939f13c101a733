"""Writes Tests/Fixtures/methods/mask: maps of the masking family by published packages and written-out arithmetic."""

import environment

if __name__ == "__main__":
    environment.enter("methods")

import networks  # before any package that imports torchvision: see conditioning.py

import math

import captum.attr
import numpy as np
import pytorch_grad_cam
import torch
import torch.nn.functional as F
from pytorch_grad_cam.ablation_layer import AblationLayer
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torchcam.methods import ScoreCAM

import method_fixtures

SIX = 6  # masks of RISE recorded themselves
WINDOWS = ("resnet-basic", "vgg", "mobilenet")  # where windows go pixel by pixel
ROWS = 64


def top1(network, picture):
    return int(network.model(picture[None]).argmax())


def logits(network, pictures):
    return torch.cat([network.model(part) for part in pictures.split(ROWS)])


def minmax(maps):
    low = maps.amin((-2, -1), keepdim=True)
    high = maps.amax((-2, -1), keepdim=True)
    return (maps - low) / (high - low)


def bilinear(maps, size):
    return F.interpolate(maps, size=size, mode="bilinear", align_corners=False)


# Score-CAM


def official(network, picture):
    """The authors' loop over channels: upsample, min-max, probability of the masked picture, sum of upsampled maps."""
    target = top1(network, picture)
    with torch.no_grad():
        maps = bilinear(network.trunk(picture[None]), picture.shape[1:])[0]
        total = torch.zeros_like(maps[0])
        for map in maps:
            if map.max() == map.min():
                continue
            score = logits(network, (picture * minmax(map))[None]).softmax(1)[0, target]
            total += score * map
        return minmax(total.relu())


def paper(network, picture):
    """Equations 2 to 4 of the paper: softmax over channels of the gain over a zero picture, small maps summed."""
    target = top1(network, picture)
    with torch.no_grad():
        small = network.trunk(picture[None])
        maps = bilinear(small, picture.shape[1:])[0]
        used = [k for k, map in enumerate(maps) if map.max() > map.min()]
        zero = logits(network, torch.zeros_like(picture)[None])[0, target]
        gains = torch.stack([logits(network, (picture * minmax(maps[k]))[None])[0, target] - zero for k in used])
        total = sum(w * small[0, k] for w, k in zip(gains.softmax(0), used))
        return minmax(bilinear(total.relu()[None, None], picture.shape[1:])[0, 0])


def library(method, **options):
    """The map of a class of pytorch-grad-cam for the most likely class."""

    def maps(network, picture):
        model = method_fixtures.Tapped(network)
        targets = [ClassifierOutputTarget(top1(network, picture))]
        with torch.no_grad(), method(model=model, target_layers=[model.tap], **options) as cam:
            cam.batch_size = ROWS
            return cam(input_tensor=picture[None], targets=targets)[0]

    return maps


def torchcam(network, picture):
    """torch-cam's map, small and normalised, upsampled."""
    model = method_fixtures.Tapped(network)
    with ScoreCAM(model, target_layer=model.tap, batch_size=ROWS) as extractor, torch.no_grad():
        found = model(picture[None])
        small = extractor(int(found.argmax()), found)[0]
    return bilinear(small[None], picture.shape[1:])[0, 0]


def ablation(network, picture):
    """Equations 3 and 4 of Ablation-CAM's paper: one channel at a time is zero."""
    target = top1(network, picture)
    with torch.no_grad():
        small = network.trunk(picture[None])[0]
        clean = network.tail(small[None])[0, target]
        total = torch.zeros_like(small[0])
        for channel in range(len(small)):
            copy = small.clone()
            copy[channel] = 0
            total += (clean - network.tail(copy[None])[0, target]) / clean * small[channel]
        return minmax(bilinear(total.relu()[None, None], picture.shape[1:])[0, 0])


class Paper(AblationLayer):
    """A layer that sets a channel to zero whatever the activations hold: the paper's ablation."""

    def __call__(self, x):
        output = self.activations
        for i in range(output.size(0)):
            output[i, self.indices[i], :] = 0
        return output


# Occlusion


def occlusion(window, stride, fill=None, probability=False):
    """Captum's map for the most likely class, one colour of it: all three are equal."""

    def maps(network, picture):
        def forward(x):
            return network.model(x).softmax(1) if probability else network.model(x)

        with torch.no_grad():
            found = captum.attr.Occlusion(forward).attribute(
                picture[None],
                sliding_window_shapes=(3, window, window),
                strides=(3, stride, stride),
                target=top1(network, picture),
                baselines=0 if fill is None else level(fill, picture)[None],
                perturbations_per_eval=ROWS,
            )
        return found[0, 0]

    return maps


def level(value, picture):
    mean = torch.tensor([0.485, 0.456, 0.406]).to(picture)
    std = torch.tensor([0.229, 0.224, 0.225]).to(picture)
    return ((value - mean) / std)[:, None, None].expand_as(picture)


def windows(network, picture, window, stride, inside, fill, probability):
    """For each window: first row, first column, and the score with it filled, one at a time."""
    target = top1(network, picture)
    score = (lambda x: logits(network, x).softmax(1)[:, target]) if probability else (lambda x: logits(network, x)[:, target])
    starts = []
    for extent in picture.shape[1:]:
        steps = (extent - window) // stride if inside else math.ceil((extent - window) / stride)
        starts.append([stride * k for k in range(steps + 1)])
    hidden = []
    for y in starts[0]:
        for x in starts[1]:
            copy = picture.clone()
            copy[:, y : y + window, x : x + window] = fill[:, y : y + window, x : x + window]
            hidden.append(copy)
    return starts, score(picture[None])[0], score(torch.stack(hidden))


def pair(window):
    """PAIR's loop: whole windows, one pixel apart, what the logit loses is added to every pixel of the window."""

    def maps(network, picture):
        with torch.no_grad():
            zero = torch.zeros_like(picture)
            (rows, columns), clean, scores = windows(network, picture, window, 1, True, zero, False)
            total = torch.zeros_like(picture[0])
            for place, score in enumerate(scores):
                y, x = rows[place // len(columns)], columns[place % len(columns)]
                total[y : y + window, x : x + window] += clean - score
        return total

    return maps


def by_position(window, stride, complement):
    """tf-explain's and the paper's: a grid with a probability for each window, enlarged."""

    def maps(network, picture):
        with torch.no_grad():
            grey = level(0.5, picture)
            (rows, columns), clean, scores = windows(network, picture, window, stride, False, grey, True)
            grid = ((1 if complement else clean) - scores).reshape(1, 1, len(rows), len(columns))
            return bilinear(grid, picture.shape[1:])[0, 0]

    return maps


# RISE


def philox(counter, key):
    """Ten rounds of Philox4x32 over rows of four words."""
    x = [np.asarray(word, dtype=np.uint64) for word in counter]
    k = [np.uint64(key & 0xFFFFFFFF), np.uint64(key >> 32)]
    low = np.uint64(0xFFFFFFFF)
    for _ in range(10):
        a = x[0] * np.uint64(0xD2511F53)
        b = x[2] * np.uint64(0xCD9E8D57)
        high_a, high_b = a >> np.uint64(32), b >> np.uint64(32)
        x = [high_b ^ x[1] ^ k[0], b & low, high_a ^ x[3] ^ k[1], a & low]
        k = [(k[0] + np.uint64(0x9E3779B9)) & low, (k[1] + np.uint64(0xBB67AE85)) & low]
    return x


def words(elements, stream, seed):
    elements = np.asarray(elements, dtype=np.uint64)
    block = elements // np.uint64(4)
    zero = np.zeros_like(block)
    lanes = philox([block & np.uint64(0xFFFFFFFF), block >> np.uint64(32), zero + np.uint64(stream), zero], seed)
    return np.choose((elements % np.uint64(4)).astype(int), lanes)


def rise_masks(seed, count, cells, keep, size):
    """Masks 0 to count - 1 in float64."""
    height, width = size
    down, across = math.ceil(height / cells), math.ceil(width / cells)
    u = (words(np.arange(count * cells * cells), 2, seed) >> np.uint64(8)).astype(np.float64) * 2.0**-24
    bits = (u < np.float32(keep)).astype(np.float64).reshape(count, cells, cells)
    shifts = words(np.arange(2 * count), 3, seed).reshape(count, 2)
    masks = []
    for grid, (y, x) in zip(bits, shifts):
        first = int((int(y) * down) >> 32)
        second = int((int(x) * across) >> 32)
        rows = enlarging(cells, (cells + 1) * down)[first : first + height]
        columns = enlarging(cells, (cells + 1) * across)[second : second + width]
        masks.append(rows @ grid @ columns.T)
    return np.stack(masks)


def enlarging(cells, count):
    """A row of weights of the cells for each place of the enlarged grid, mirrored without the edge."""
    weights = np.zeros((count, cells))
    for place in range(count):
        source = (place + 0.5) * cells / count - 0.5
        low = math.floor(source)
        for cell, weight in ((low, 1 - (source - low)), (low + 1, source - low)):
            if cells == 1:
                cell = 0
            weights[place, -cell if cell < 0 else 2 * (cells - 1) - cell if cell >= cells else cell] += weight
    return weights


def rise(count, cells, keep, score="softmax", share=None, seed=0):
    """The mean of our masks, weighted by the most likely class."""

    def maps(network, picture):
        masks = torch.from_numpy(rise_masks(seed, count, cells, keep, picture.shape[1:])).to(picture.dtype)
        target = top1(network, picture)
        with torch.no_grad():
            found = logits(network, picture[None] * masks[:, None])
            found = found.softmax(1) if score == "softmax" else found.sigmoid() if score == "sigmoid" else found
            return torch.einsum("n,nhw->hw", found[:, target], masks) / (count * (share or np.float32(keep)))

    return maps


def main():
    family = method_fixtures.Family("mask")
    for name in method_fixtures.STANDARD:
        network = networks.small(name)
        record = lambda method, peer, maps, settings={}, **more: family.record(
            network, method, peer, maps, settings=settings, **more
        )
        record("score-cam", "arithmetic of Score-CAM's repository", official)
        record("score-cam", "arithmetic of Score-CAM's paper", paper, {"variant": "paper"})
        record("score-cam", "grad-cam", library(pytorch_grad_cam.ScoreCAM), {"variant": "library"})
        record("score-cam", "torchcam", torchcam, {"variant": "torchcam"})
        record("ablation-cam", "formula of the paper", ablation)
        record("ablation-cam", "grad-cam", library(pytorch_grad_cam.AblationCAM, ablation_layer=Paper()), {"finish": "library"})
        record("ablation-cam", "grad-cam", library(pytorch_grad_cam.AblationCAM), {"value": "low", "finish": "library"})
        record("occlusion", "captum", occlusion(15, 8), kind="signed")
        record("occlusion", "captum", occlusion(9, 5, 0.0), {"window": "9", "stride": "5", "baseline": "black"}, kind="signed")
        record("occlusion", "arithmetic of tf-explain", by_position(12, 12, True), {"preset": "tf-explain", "window": "12"}, kind="signed")
        record("occlusion", "arithmetic of the paper", by_position(15, 8, False), {"preset": "zeiler"}, kind="signed")
        record("rise", "arithmetic of the paper, with Philox masks", rise(100, 7, 0.5), {"masks": "100"}, kind="signed")
        record("rise", "arithmetic of the authors' notebook, with Philox masks", rise(100, 8, 0.1), {"preset": "repo", "masks": "100"}, kind="signed")
        record("rise", "arithmetic of the Group-CAM repository, with Philox masks", rise(100, 7, 0.1, "logit", seed=5), {"preset": "groupcam", "masks": "100", "seed": "5"}, kind="signed")
        record("rise", "arithmetic of TorchRay, with Philox masks", rise(100, 7, 0.5, "sigmoid", 1.0), {"preset": "torchray", "masks": "100"}, kind="signed")
    for name in WINDOWS:
        small = networks.small(name)
        family.record(small, "occlusion", "captum", occlusion(6, 1), settings={"preset": "captum", "window": "6"}, kind="signed")
        family.record(small, "occlusion", "arithmetic of PAIR saliency", pair(6), settings={"preset": "pair", "window": "6"}, kind="signed")
    family.write()
    for seed, cells, keep, size in MASKS:
        name = f"seed{seed}_{cells}_{keep}_{size[0]}x{size[1]}.npy"
        folder = method_fixtures.ROOT / "masks"
        folder.mkdir(exist_ok=True)
        np.save(folder / name, rise_masks(seed, SIX, cells, keep, size).astype(np.float32))


# Masks of RISE recorded themselves: seed, cells, probability, size.
MASKS = [
    (0, 7, 0.5, (56, 56)),
    (1, 8, 0.1, (33, 47)),
    (2**63 - 1, 5, 0.75, (20, 31)),
    (7, 1, 0.5, (6, 5)),
]


if __name__ == "__main__":
    main()
