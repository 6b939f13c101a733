#!/usr/bin/env python3
"""Memory and start of `salient explain`: what must stay flat, and what must stay small.

- Group-CAM on 64 crops of the bundled photos with VGG-19: resident memory after the second batch within 2 % of
  its mean, and the device memory that the plan predicted within 15 % of the peak.
- ResNet-50, one image, 32 and 256 groups: peaks of device memory within 2 %.
- ResNet-50, one image, with an empty cache of compiled kernels and with a full one: at most 30 s apart; and at most
  1.5 s of the warm run outside kernels, reading and drawing.

Exit code: 0 where every row holds, 1 where one does not.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tools" / "reference"))

import environment

if __name__ == "__main__":
    environment.enter()

import argparse
import json
import os
import subprocess
import tempfile
import time

import numpy as np
from PIL import Image

from files import files_of
from rows import ROWS

CROPS, SIDE, BATCH = 64, 224, 8
FLAT, SAME, PREDICTED = 0.02, 0.02, 0.15
COLD_SECONDS, IDLE_SECONDS = 30.0, 1.5


class Program:
    def __init__(self, path, folder):
        self.path, self.folder, self.count = str(path), folder, 0

    def explain(self, inputs, model, *words, cache=None):
        """A run: its run.json, its seconds, and the resident bytes when each record appeared."""
        self.count += 1
        output = self.folder / f"out{self.count}"
        variables = os.environ | ({"XDG_CACHE_HOME": str(cache)} if cache else {})
        asked = [self.path, "explain", *map(str, inputs), "--model", str(model), "-o", str(output), "--json", *words]
        start, resident = time.monotonic(), []
        with subprocess.Popen(asked, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=variables) as process:
            for _ in process.stdout:
                resident.append(resident_bytes(process.pid))
            errors = process.stderr.read()
        if process.returncode != 0:
            raise SystemExit(f"{' '.join(asked)}: exit {process.returncode}: {errors.strip()}")
        return json.loads((output / "run.json").read_text()), time.monotonic() - start, resident

    def kernel_seconds(self, model):
        """Seconds of all kernels of Group-CAM on one image."""
        words = ["bench", str(model), "--method", "group-cam", "--batch-size", "1", "--level", "quick", "--plan", "--json"]
        document = json.loads(subprocess.run([self.path, *words], capture_output=True, text=True, check=True).stdout)
        return sum(kernel["milliseconds"] for kernel in document["kernels"]) / 1e3


def resident_bytes(process):
    fields = Path(f"/proc/{process}/statm").read_text().split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE")


def crops(folder):
    """Crops of the bundled photos, spread over each of them."""
    photos = sorted(path for path in (ROOT / "Assets" / "photos").iterdir() if path.suffix in (".jpg", ".png"))
    generator = np.random.default_rng(7)
    for index in range(CROPS):
        with Image.open(photos[index % len(photos)]) as image:
            image = image.convert("RGB")
            left, top = (int(generator.integers(0, max(1, extent - SIDE))) for extent in image.size)
            image.crop((left, top, left + SIDE, top + SIDE)).save(folder / f"crop-{index:02}.png")
    return folder


def model(network, work):
    return files_of(next(row for row in ROWS if row.network == network), work).model


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--salient", type=Path, default=ROOT / ".build" / "release" / "salient")
    parser.add_argument("--work", type=Path, default=ROOT / ".build-peers", help="where models are kept")
    options = parser.parse_args()
    rows = []

    def row(what, figure, limit):
        rows.append((what, figure, limit, figure <= limit))
        print(f"{what}: {figure:.3f}, limit {limit}{'' if figure <= limit else '  FAIL'}", flush=True)

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        program = Program(options.salient, folder)
        pictures = folder / "crops"
        pictures.mkdir()
        about, seconds, resident = program.explain(
            [crops(pictures)], model("vgg19", options.work), "--batch-size", str(BATCH), "--save", "none"
        )
        assert len(resident) == CROPS, f"{len(resident)} records of {CROPS}"
        later = np.array(resident[2 * BATCH :])
        row("VGG-19, 64 crops: spread of resident memory after the second batch", np.ptp(later) / later.mean(), FLAT)
        peak, predicted = about["real"]["device_bytes"], about["predicted"]["device_bytes"]
        print(f"  {seconds:.1f} s, {later.mean() / 2**20:.0f} MiB resident, device {peak / 2**20:.0f} MiB,", end=" ")
        print(f"predicted {predicted / 2**20:.0f} MiB")
        row("VGG-19: distance of the predicted device memory", abs(predicted - peak) / peak, PREDICTED)

        one, resnet = [pictures / "crop-00.png"], model("resnet50", options.work)
        peaks = []
        for groups in (32, 256):
            about, _, _ = program.explain(one, resnet, "--set", f"groups={groups}", "--save", "none")
            peaks.append(about["real"]["device_bytes"])
        print(f"  32 and 256 groups: {peaks[0] / 2**20:.1f} and {peaks[1] / 2**20:.1f} MiB")
        row("ResNet-50: distance of the peaks with 32 and 256 groups", abs(peaks[1] - peaks[0]) / peaks[0], SAME)

        cache = folder / "cache"
        times = [program.explain(one, resnet, cache=cache)[1] for _ in range(4)]
        warm, kernels = min(times[1:]), program.kernel_seconds(resnet)
        print(f"  cold {times[0]:.1f} s, warm {warm:.1f} s, kernels {kernels:.1f} s")
        row("ResNet-50: seconds that a cold start adds", times[0] - warm, COLD_SECONDS)
        row("ResNet-50: seconds of the warm run outside kernels", warm - kernels, IDLE_SECONDS)
    sys.exit(0 if all(holds for *_, holds in rows) else 1)


if __name__ == "__main__":
    main()
