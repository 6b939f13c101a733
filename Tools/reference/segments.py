"""Compares Salient's segments with scikit-image's, label for label.

Without arguments it compares many pictures: noise of random sizes, the bundled photos at sizes up to 224x224 with all
scales of XRAI, and other parameters. The script writes pictures and labels, `swift test` compares them
(Tests/ConformanceTests/SegmentFixtureTests.swift). `segments.py --fixtures` writes the small set of
Tests/Fixtures/segments that every run of the tests compares, with regions grown by PAIR's XRAI.
"""

import environment

if __name__ == "__main__":
    environment.enter("methods")

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image
from saliency.core import xrai
from skimage.segmentation import felzenszwalb

ROOT = Path(__file__).resolve().parents[2]
PHOTOS = sorted((ROOT / "Assets" / "photos").glob("*.*g"))
SCALES = (50, 100, 150, 250, 500, 1200)


def stretched(picture):
    low, high = picture.min(), picture.max()
    return ((picture - low) / (high - low) * 2 - 1).astype(np.float32)


def photo(path, width, height):
    with Image.open(path) as image:
        pixels = np.asarray(image.convert("RGB").resize((width, height), Image.BICUBIC))
    return stretched(pixels.astype(np.float64))


def runs(labels):
    """Label and length, one after the other, row by row."""
    flat = labels.ravel()
    starts = np.flatnonzero(np.r_[True, flat[1:] != flat[:-1]])
    lengths = np.diff(np.r_[starts, flat.size])
    return [int(number) for pair in zip(flat[starts], lengths) for number in pair]


class Cases:
    """Pictures [H,W,C] with their segments, as files of a folder."""

    def __init__(self, folder):
        self.folder, self.pictures, self.count = folder, [], 0

    def add(self, name, picture, parameters):
        picture = picture.astype(np.float32)
        np.save(self.folder / f"{name}.npy", np.ascontiguousarray(picture.transpose(2, 0, 1)))
        cases = []
        for scale, sigma, smallest in parameters:
            labels = felzenszwalb(picture.astype(np.float64), scale=scale, sigma=sigma, min_size=smallest)
            cases.append({"scale": scale, "sigma": sigma, "minimum": smallest, "runs": runs(labels)})
        self.pictures.append({"file": f"{name}.npy", "cases": cases})
        self.count += len(cases)

    def write(self):
        (self.folder / "segments.json").write_text(json.dumps({"pictures": self.pictures}) + "\n")


def small(cases):
    draw = np.random.default_rng(7)
    few = [(1, 0.8, 5), (20, 0.8, 0), (50, 0.8, 20), (150, 0.5, 10), (500, 1.5, 30), (1200, 0.8, 150)]
    cases.add("noise", draw.random((24, 31, 3)) * 2 - 1, [*few, (5, 0, 4), (0.5, 2.5, 1)])
    cases.add("grey", draw.random((15, 22, 1)) * 2 - 1, few)
    cases.add("cat", photo(ROOT / "Assets" / "photos" / "cat.jpg", 48, 36), few)
    cases.add("astronaut", photo(ROOT / "Assets" / "photos" / "astronaut.jpg", 40, 40), few)
    halves = np.where(np.arange(20)[None, :, None] < 9, -1.0, 0.5) * np.ones((12, 20, 3))
    cases.add("halves", halves, [(1, 0, 1), (50, 0.8, 20), (100, 0.8, 0)])
    cases.add("flat", np.full((9, 9, 3), 0.25), [(50, 0.8, 0), (50, 0.8, 150)])
    cases.add("row", draw.random((1, 17, 3)), [(1, 0.8, 0), (20, 0.8, 3)])
    cases.add("column", draw.random((17, 1, 3)), [(1, 0.8, 0), (20, 0.8, 3)])
    cases.add("pixel", np.full((1, 1, 3), 0.5), [(50, 0.8, 150)])
    # A segment's tolerance is a float: 0.1 becomes 0.1 + 1.5e-9, and this edge of 0.1 + 8e-10 is joined.
    cases.add("tolerance", np.array([[[7e-10], [0.1]]]), [(25.5, 0, 0)])


def many(cases):
    draw = np.random.default_rng(2004)
    every = [(scale, 0.8, 150) for scale in SCALES]
    for index in range(40):
        height, width = (int(side) for side in draw.integers(1, 120, 2))
        channels = 3 if index % 4 else 1
        noise = draw.random((height, width, channels)) * 2 - 1
        parameters = [
            (float(draw.uniform(1, 1500)), float(draw.uniform(0, 3)), int(draw.integers(0, 200))) for _ in range(4)
        ]
        cases.add(f"noise{index}", noise.astype(np.float32), every + parameters)
    for path in PHOTOS:
        for width, height in ((224, 224), (160, 120), (97, 131)):
            others = [(scale, sigma, 20) for scale in (50, 250) for sigma in (0, 0.5, 1.7)]
            cases.add(f"{path.stem}{width}", photo(path, width, height), every + others)


def formula_picture():
    """Blocks with curved borders and noise, 224x224, in integers that any language reproduces."""
    side, state = 224, 5
    picture, attribution = np.empty((side, side, 3), np.float32), np.empty((side, side, 3), np.float32)
    for c in range(3):
        for y in range(side):
            for x in range(side):
                state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
                noise = (state >> 40) % 4096
                block = (x // 28 * 37 + y // 32 * 91 + c * 53 + x * y // 900 * 11) % 256
                picture[y, x, c] = (block * 128 + noise) / 16384 - 1
                near = (x - 70) ** 2 + (y - 120) ** 2 < 1600
                attribution[y, x, c] = ((x * 7 + y * 13 + c * 29) % 97 - 48) / 128 + (2 if near else 0)
    return picture, attribution


def regions(folder):
    """Every fourth pixel of the regions that PAIR grows in its own segments, full and fast."""
    picture, attribution = formula_picture()
    found = []
    for algorithm in ("full", "fast"):
        parameters = xrai.XRAIParameters(algorithm=algorithm, return_xrai_segments=True)
        output = xrai.XRAI().GetMaskWithDetails(
            picture.astype(np.float64),
            None,
            base_attribution=attribution.astype(np.float64),
            extra_parameters=parameters,
        )
        found += [output.attribution_mask[::4, ::4], output.segments[::4, ::4]]
    np.save(folder / "regions.npy", np.stack(found).astype(np.float32))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fixtures", action="store_true", help="write the committed set")
    arguments = parser.parse_args()
    if arguments.fixtures:
        folder = ROOT / "Tests" / "Fixtures" / "segments"
        folder.mkdir(exist_ok=True)
        cases = Cases(folder)
        small(cases)
        cases.write()
        regions(folder)
        print(f"{cases.count} label maps")
        return
    with tempfile.TemporaryDirectory() as name:
        cases = Cases(Path(name))
        many(cases)
        cases.write()
        print(f"{cases.count} label maps of {len(cases.pictures)} pictures", flush=True)
        variables = {**os.environ, "SALIENT_SEGMENT_CASES": name, "SWIFT_BACKTRACE": "enable=no"}
        package = os.environ.get("SALIENT_PACKAGE", str(ROOT))
        subprocess.run(["swift", "build", "-c", "release", "--build-tests"], cwd=package, check=True)
        command = ["swift", "test", "-c", "release", "--skip-build", "--filter", "SegmentFixtureTests"]
        sys.exit(subprocess.run(command, cwd=package, env=variables).returncode)


if __name__ == "__main__":
    main()
