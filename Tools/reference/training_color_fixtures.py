"""Writes Tests/Fixtures/training/input/colors.json afresh: what torchvision makes of the colours of a picture.

`changes` are single functions with their factors; `cases` are ColorJitter, RandomGrayscale, RandomChannelPermutation
and RandomInvert one after another, whose random numbers are those of Philox. The picture is a cube of colours and noise.
"""

import environment

if __name__ == "__main__":
    environment.enter()

import json
from pathlib import Path
from unittest import mock

import networks  # prepares torchvision's import
import numpy as np
import PIL
from PIL import Image
from torchvision.transforms import ColorJitter
from torchvision.transforms import functional as F
from torchvision.transforms.v2 import functional as F2

import philox

assert PIL.__version__ == "13.0.0", PIL.__version__
FIXTURES = Path(__file__).resolve().parents[2] / "Tests" / "Fixtures"
FILE = FIXTURES / "training" / "input" / "colors.json"
COLORS = 16
DRAWS = 64


class Draws:
    """The numbers of a picture, in the order in which they are drawn."""

    def __init__(self, seed, epoch, sample):
        start = (epoch * 2**32 + sample) * DRAWS
        blocks = philox.words(np.arange(start // 4, (start + DRAWS) // 4, dtype=np.uint64), COLORS, seed)
        self.numbers = iter((blocks.reshape(-1) >> np.uint64(8)).astype(np.float64) * 2.0**-24)

    def next(self):
        return float(next(self.numbers))

    def permutation(self, count):
        order = list(range(count))
        for last in range(count - 1, 0, -1):
            other = int(self.next() * (last + 1))
            order[last], order[other] = order[other], order[last]
        return order


def picture():
    """Every colour of a coarse cube, then noise: all sextants of the hue, greys and extremes."""
    levels = [0, 1, 84, 85, 127, 128, 254, 255]
    cube = [[red, green, blue] for red in levels for green in levels for blue in levels]
    noise = np.random.default_rng(1).integers(0, 256, (128, 3)).tolist()
    return np.array(cube + noise, np.uint8).reshape(16, 40, 3)


def changed(image, name, factor):
    function = {"brightness": F.adjust_brightness, "contrast": F.adjust_contrast,
                "saturation": F.adjust_saturation, "hue": F.adjust_hue}[name]
    return function(image, factor)


def jittered(image, reach, draws):
    jitter = ColorJitter(*reach)
    order = draws.permutation(4)
    ranges = [jitter.brightness, jitter.contrast, jitter.saturation, jitter.hue]
    factors = []
    for span in ranges:
        number = draws.next()  # one for each change, used or not
        factors.append(span and span[0] + (span[1] - span[0]) * number)
    with mock.patch.object(ColorJitter, "get_params", lambda *_: (order, *factors)):
        return jitter(image)


def case(image, seed, epoch, sample, reach, gray, permutation, inversion):
    draws = Draws(seed, epoch, sample)
    found = jittered(image, reach, draws)
    if draws.next() < gray:
        found = F.rgb_to_grayscale(found, 3)
    permutes, order = draws.next() < permutation, draws.permutation(3)
    if permutes:
        found = F2.permute_channels(found, order)
    if draws.next() < inversion:
        found = F.invert(found)
    return {"seed": seed, "epoch": epoch, "sample": sample, "jitter": reach, "gray": gray, "permutation": permutation,
            "inversion": inversion, "bytes": np.asarray(found).reshape(-1).tolist()}


def main():
    pixels = picture()
    image = Image.fromarray(pixels)
    changes = []
    for name, factors in [("brightness", [0, 0.35, 1, 1.7]), ("contrast", [0, 0.35, 1.7]),
                          ("saturation", [0, 0.35, 1.7]), ("hue", [-0.5, -0.11, 0, 0.003, 0.37, 0.5])]:
        for factor in factors:
            bytes = np.asarray(changed(image, name, factor)).reshape(-1).tolist()
            changes.append({"change": name, "factor": factor, "bytes": bytes})
    options = [([0.4, 0.4, 0.4, 0.1], 0, 0, 0), ([2, 0, 0.7, 0.5], 0.5, 0, 0), ([0, 0, 0, 0], 0, 1, 0.3),
               ([0, 0.3, 0, 0], 0.2, 0.5, 0.5)]
    cases = [case(image, 7 if number < 14 else 2**63 + 5, 0 if number < 14 else 70_000, number,
                  *options[number % len(options)]) for number in range(16)]
    rows = lambda entries: ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in entries)
    text = (f'{{"picture": {json.dumps(pixels.reshape(-1).tolist(), separators=(",", ":"))},\n'
            f'"changes": [\n{rows(changes)}\n],\n"cases": [\n{rows(cases)}\n]}}\n')
    FILE.write_text(text)
    print(len(changes), "changes,", len(cases), "cases,", len(text), "bytes")


if __name__ == "__main__":
    main()
