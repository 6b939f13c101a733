"""Writes Tests/Fixtures/training/input afresh: what torchvision makes of a picture under given random numbers.

cases.json lists pictures of Tests/Fixtures/images with a seed, an epoch and a place in the set, the options of
RandomResizedCrop, the box that it chooses when its random numbers are those of Philox, whether the picture is
mirrored, and the bytes of the result; `inputs` are such results normalised.
"""

import environment

if __name__ == "__main__":
    environment.enter()

import contextlib
import json
import math
from pathlib import Path
from unittest import mock

import networks  # prepares torchvision's import
import numpy as np
import PIL
import torch
from PIL import Image
from torchvision.transforms import RandomResizedCrop
from torchvision.transforms import functional as F

import philox

assert PIL.__version__ == "13.0.0", PIL.__version__
FIXTURES = Path(__file__).resolve().parents[2] / "Tests" / "Fixtures"
FOLDER = FIXTURES / "training" / "input"
CROPS = 13
DRAWS = 64


class Draws:
    """The numbers of a picture: one for the flip, then four a try: area, proportions, row, column."""

    def __init__(self, seed, epoch, sample):
        start = (epoch * 2**32 + sample) * DRAWS
        blocks = philox.words(np.arange(start // 4, (start + DRAWS) // 4, dtype=np.uint64), CROPS, seed)
        self.numbers = (blocks.reshape(-1) >> np.uint64(8)).astype(np.float64) * 2.0**-24
        self.attempt, self.place = -1, 0

    def flips(self, probability):
        return bool(self.numbers[0] < probability)

    def next(self):
        self.place += 1
        return float(self.numbers[4 * self.attempt + self.place])

    def empty(self, _):
        return self

    def uniform_(self, low, high):
        if self.place % 2 == 0:  # the area begins a try, the proportions follow
            self.attempt, self.place = self.attempt + 1, 0
        value = float(low) + (float(high) - float(low)) * self.next()
        return torch.tensor(value, dtype=torch.float64)

    def randint(self, low, high, size):
        return torch.tensor(low + math.floor(self.next() * (high - low)))


@contextlib.contextmanager
def drawing(draws):
    with mock.patch.object(torch, "empty", draws.empty), mock.patch.object(torch, "randint", draws.randint):
        yield


OPTIONS = [
    {"size": [9, 13], "scale": [0.08, 1.0], "ratio": [3 / 4, 4 / 3]},
    {"size": [16, 8], "scale": [0.5, 1.0], "ratio": [0.5, 2.0]},
    {"size": [24, 24], "scale": [0.9, 1.0], "ratio": [1.5, 3.0]},
    # No part fits: the centre, as wide or as high as the proportions allow, or all of it.
    {"size": [10, 10], "scale": [1.0, 1.0], "ratio": [3.0, 4.0]},
    {"size": [10, 10], "scale": [1.0, 1.0], "ratio": [0.3, 0.5]},
    {"size": [10, 10], "scale": [1.0, 1.0], "ratio": [1.25, 1.35]},
]
PICTURES = ["baseline444.jpg", "rgb8.png"]


def case(name, options, seed, epoch, sample):
    image = Image.open(FIXTURES / "images" / name).convert("RGB")
    draws = Draws(seed, epoch, sample)
    flips = draws.flips(0.5)
    with drawing(draws):
        top, left, height, width = RandomResizedCrop.get_params(image, options["scale"], options["ratio"])
    part = F.resized_crop(image, top, left, height, width, options["size"])
    if flips:
        part = F.hflip(part)
    entry = {"picture": name, "seed": seed, "epoch": epoch, "sample": sample, **options}
    return {**entry, "box": [left, top, width, height], "flips": flips}, part


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    cases, inputs = [], []
    for number in range(36):
        options = OPTIONS[number % len(OPTIONS)]
        seed, epoch = (7, 0) if number < 30 else (2**63 + 5, 70_000)
        entry, part = case(PICTURES[number // 6 % 2], options, seed, epoch, number)
        cases.append({**entry, "bytes": np.asarray(part).reshape(-1).tolist()})
        if number < 2:
            values = F.normalize(F.to_tensor(part), [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
            inputs.append([float(value) for value in values.reshape(-1)])
    assert len({case["flips"] for case in cases}) == 2
    lines = ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in cases)
    rows = ",\n".join(json.dumps([float(f"{value:.9g}") for value in row]) for row in inputs)
    text = f'{{"cases": [\n{lines}\n],\n"inputs": [\n{rows}\n]}}\n'
    (FOLDER / "cases.json").write_text(text)
    print(len(cases), "cases,", len(text), "bytes")


if __name__ == "__main__":
    main()
