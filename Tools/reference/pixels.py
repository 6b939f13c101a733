"""Compares every byte that Salient gives a network with torchvision's.

Three rows: the bundled photos and 500 pictures of random sizes in 1...2000, decoded and through the preset
`imagenet` before normalisation; and 2,000 random resizes, bilinear and bicubic, up and down. The script writes
the cases, `swift test` answers with check sums (Tests/ImagingTests/ComparisonTests.swift), the script compares.
A missing case or one different byte is a failure. `pixels.py [PHOTOS]`; the default is Assets/photos.
"""

import environment

if __name__ == "__main__":
    environment.enter()

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import zlib

import make_image_fixtures
import numpy as np
from PIL import Image
from torchvision.transforms import functional as F

ROOT = pathlib.Path(__file__).resolve().parents[2]
SIZES, RESIZES = 500, 2000


def crc(image):
    return str(zlib.crc32(np.asarray(image).tobytes()))


def truth(path):
    with Image.open(path) as image:
        image = image.convert("RGB")
        steps = F.center_crop(F.resize(image, [256], antialias=True), [224])
        return f"{crc(image)} {crc(steps)}"


def cases(folder, photos):
    """Yields the row, the line for the other side and the answer expected from it."""
    for photo in photos:
        shutil.copyfile(photo, folder / photo.name)
        yield "photos", f"file {photo.name}", truth(photo)
    draw = np.random.default_rng(2021)
    sources = [Image.open(photo).convert("RGB") for photo in photos]
    for index in range(SIZES):
        width, height = (int(v) for v in draw.integers(1, 2001, 2))
        # torchvision itself would need gigabytes for the thinnest.
        while max(width, height) > 300 * min(width, height):
            width, height = (int(v) for v in draw.integers(1, 2001, 2))
        image = sources[index % len(sources)].resize((width, height), Image.BILINEAR)
        name = f"size{index}.{'jpg' if index % 2 else 'png'}"
        options = {"quality": int(draw.integers(40, 96)), "progressive": index % 4 == 1} if index % 2 else {"compress_level": 1}
        image.save(folder / name, **options)
        yield "random sizes", f"file {name}", truth(folder / name)
    for index in range(RESIZES):
        # Small and large sides, so that both directions and both pass orders occur.
        old, new = draw.integers(1, (40, 600)[index % 2], 2), draw.integers(1, (40, 600)[index // 2 % 2], 2)
        (width, height), (new_width, new_height) = map(int, old), map(int, new)
        kind = ("bilinear", "bicubic")[index // 4 % 2]
        image = Image.fromarray(make_image_fixtures.noise(width, height, index))
        resized = image.resize((new_width, new_height), make_image_fixtures.FILTERS[kind])
        yield f"resizes, {kind}", f"resize {index} {width} {height} {new_width} {new_height} {kind}", crc(resized)


def answers(folder):
    variables = {**os.environ, "SALIENT_PIXEL_CASES": str(folder), "SWIFT_BACKTRACE": "enable=no"}
    package = os.environ.get("SALIENT_PACKAGE", str(ROOT))
    subprocess.run(["swift", "build", "-c", "release", "--build-tests"], cwd=package, check=True)
    command = ["swift", "test", "-c", "release", "--skip-build", "--filter", "ImagingTests.ComparisonTests"]
    result = subprocess.run(command, cwd=package, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if result.returncode != 0:
        sys.exit(result.stdout[-4000:])
    return (folder / "answers.txt").read_text().splitlines()


def main():
    photos = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "Assets" / "photos"
    photos = sorted(p for p in photos.glob("*") if p.suffix.lower() in (".png", ".jpg", ".jpeg"))
    if not photos:
        sys.exit("pixels.py: no photos; name their folder")
    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place)
        expected = list(cases(folder, photos))
        (folder / "cases.txt").write_text("".join(line + "\n" for _, line, _ in expected))
        found = answers(folder)
    assert len(found) == len(expected) == len(photos) + SIZES + RESIZES, (len(found), len(expected))
    rows = {}
    for (row, line, truth), answer in zip(expected, found):
        count, wrong = rows.get(row, (0, []))
        rows[row] = (count + 1, wrong + ([line] if truth != answer else []))
    print(f"{'case':<20} {'count':>6} {'equal':>6}")
    for row, (count, wrong) in rows.items():
        print(f"{row:<20} {count:>6} {count - len(wrong):>6}", *wrong[:3])
    assert rows["resizes, bilinear"][0] == rows["resizes, bicubic"][0] == RESIZES // 2
    if any(wrong for _, wrong in rows.values()):
        sys.exit("pixels.py: bytes differ")


if __name__ == "__main__":
    main()
