#!/usr/bin/env python3
"""Measures a graphics card with the bundled program and writes one report, in less than ten minutes.

    Tools/gpu/pack                            here, with Swift
    python3 first_run.py [--out report]       there, beside the bundle; Python alone is enough

In this order: the device, the target of its compiler and what was tried out on it; kernels against the reference; the
roof; copying; matrix products; layers of ResNet-50; networks; Group-CAM. Where PyTorch is installed everything from
products on is timed in it too, in every precision. Writes OUT.json and OUT.txt; what fails is a row of the report,
never its end.

The networks have the layers of the originals and random weights: times are the same. A report says what was measured,
on which device, driver and commit; it is no claim until its verification rows pass. Group-CAM: `ms` is the explanation
alone, as PyTorch's is; `warm_s` and `cold_s` are the whole program from start to files, and cold has empty caches, ours
and the driver's. `rows` are the masked images, which PyTorch must have as many of; `from_ours` is how far its map is.

What one would like to know of a new card and is not measured here:

- the cost of an enqueue: the program has no verb for an empty kernel. Networks at batch 1 come nearest;
- the peak of FP16 and TF32 `mma` from registers: no kernel of ours computes with them, all are fp32. The row of the
  device says which of them were tried out with success, the roof is that of fp32;
- logs of builds: the program shows the log of a build that failed, in the row that failed, and no others.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import onnx_writer
import torch_rows

HERE = Path(__file__).resolve().parent


class Run:
    """The program, the time that is left, and the report that grows."""

    def __init__(self, options):
        self.options = options
        self.end = time.monotonic() + options.seconds
        self.kept = tempfile.TemporaryDirectory(prefix="salient-first-run-")
        self.folder = Path(self.kept.name)
        self.rows = []

    @property
    def left(self):
        return self.end - time.monotonic()

    def salient(self, *words, caches=None):
        """The output of a call of the program; raises where it fails or takes all that is left.

        Compiled kernels are kept in the folder `caches`, by the program and by NVIDIA's driver, or where they usually are.
        """
        command = [*self.options.salient, *map(str, words)]
        kept = {"XDG_CACHE_HOME": str(caches), "CUDA_CACHE_PATH": str(caches / "driver")} if caches else {}
        done = subprocess.run(
            command, env=os.environ | kept, capture_output=True, text=True, timeout=max(self.left, 1))
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)}: code {done.returncode}: {done.stderr.strip()[-2000:]}")
        return done.stdout

    def add(self, part, name, make, needs=20):
        """Adds a row: what `make` returns, or why there is none."""
        row = {"part": part, "name": name}
        if self.left < needs:
            row["skipped"] = f"{self.left:.0f} s left"
        else:
            start = time.monotonic()
            try:
                row |= make()
            except Exception as error:  # any failure is a finding
                row["failed"] = f"{type(error).__name__}: {error}"
            row["took_s"] = round(time.monotonic() - start, 1)
        self.rows.append(row)
        print(line(row), flush=True)
        self.write()

    def write(self):
        out = Path(self.options.out)
        head = {"schema": 1, "commit": self.options.commit, "python": platform.python_version()}
        out.with_suffix(".json").write_text(json.dumps(head | {"rows": self.rows}, indent=1) + "\n")
        out.with_suffix(".txt").write_text("".join(line(row) + "\n" for row in self.rows))


def line(row):
    rest = {key: value for key, value in row.items() if key not in ("part", "name", "steps", "report")}
    words = [f"{key} {value:.4g}" if isinstance(value, float) else f"{key} {value}" for key, value in rest.items()]
    return f"{row['part']:10} {row['name']:34} " + "  ".join(words)


def device(run):
    report = json.loads(run.salient("devices", "--json"))
    found = [device for platform in report["platforms"] for device in platform["devices"]]
    first = next((device for device in found if device["kind"] == "gpu"), found[0])
    keys = ("name", "kind", "driver", "version", "computeUnits", "memory", "target", "abilities", "inabilities")
    return {key: first.get(key) for key in keys} | {"report": report}


def clocks():
    query = "name,driver_version,clocks.sm,clocks.max.sm,clocks.mem,power.draw,temperature.gpu"
    command = ["nvidia-smi", f"--query-gpu={query}", "--format=csv,noheader"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=20)
    return {"nvidia_smi": done.stdout.strip()}


def verify(run):
    report = json.loads(run.salient("verify", "--level", run.options.level, "--family", "gpu", "--json"))
    return {"passed": report["passed"], "cases": report["cases"], "kernels": report["kernels"]["fnv1a64"]}


def roof(run):
    """Multiply-adds that never leave the registers, and a copy."""
    words = ["bench", "--model", "scenes", "--op", "conv2d", "--level", "quick", "--json"]
    found = json.loads(run.salient(*words))["roof"]
    return {"tflops": found["operations_per_second"] * 1e-12, "gbps": found["bytes_per_second"] * 1e-9}


def bench(run, path, batch, plan=True):
    words = ["bench", path, "--batch-size", batch, "--level", "normal", "--json"]
    return json.loads(run.salient(*words, *(["--plan"] if plan else [])))


def step(run, model, batch, operator):
    """The step of a model that computes an operator, by the device's clock."""
    path = run.folder / "step.onnx"
    model.save(path)
    steps = bench(run, path, batch)["plan"]
    found = max((s for s in steps if operator in s["nodes"]), key=lambda s: s["milliseconds"])
    seconds = found["milliseconds"] * 1e-3
    if seconds == 0:
        raise RuntimeError("the device's clock stood still")
    return {
        "algorithm": found["algorithm"], "tile": found.get("tile", ""), "ms": found["milliseconds"],
        "tflops": found["operations"] / seconds * 1e-12, "gbps": found["bytes"] / seconds * 1e-9,
    }


def network(run, name, batch):
    path = run.folder / f"{name}.onnx"
    if not path.exists():
        onnx_writer.network(name).save(path)
    times = bench(run, path, batch, plan=False)["runs"]
    quartiles = statistics.quantiles(times, n=4)
    return {"ms": statistics.median(times), "ms_quartiles": [round(quartiles[0], 3), round(quartiles[2], 3)],
            "images_per_s": batch / statistics.median(times) * 1e3}


class GroupCAM:
    """Explanations of some pictures: their files, and where their maps go."""

    def __init__(self, run, name, count):
        self.run, self.name, self.count = run, name, count
        self.out = run.folder / f"maps{count}"
        self.pictures = [run.folder / f"pictures{count}" / f"{index:03}.npy" for index in range(count)]

    def __call__(self):
        model = self.run.folder / f"{self.name}.onnx"
        if not model.exists():
            onnx_writer.network(self.name).save(model)
        for seed, path in enumerate(self.pictures):
            path.parent.mkdir(exist_ok=True)
            onnx_writer.save_picture(path, seed)
        columns = {}
        if self.count == 1:  # what kernels cost to build does not depend on it
            caches = self.run.folder / "caches"
            caches.mkdir()
            columns["cold_s"] = self.explain(model, caches)
        self.explain(model)  # plans for so many rows may build kernels of their own
        columns["warm_s"] = self.explain(model)
        words = ["--method", "group-cam", "--model", model, "--batch-size", self.count, "--level", "quick", "--json"]
        about = json.loads(self.run.salient("bench", *words))
        ms = about["milliseconds_per_image"] * self.count
        return columns | {"ms": ms, "images_per_s": self.count / ms * 1e3, "rows": about["masked_rows"]}

    def explain(self, model, caches=None):
        """Seconds of the whole program."""
        words = ["--model", model, "--method", "group-cam", "--save", "map", "--overwrite", "-q", "-o", self.out]
        start = time.monotonic()
        self.run.salient("explain", self.pictures[0].parent, *words, caches=caches)
        return time.monotonic() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--salient", nargs="+", default=None, help="the program (default: run, beside this file)")
    parser.add_argument("--out", default="gpu-report", help="the report, without its ending")
    parser.add_argument("--seconds", type=float, default=570.0, help="what may be used in all")
    parser.add_argument("--small", action="store_true", help="tiny sizes, to try this script without a card")
    parser.add_argument("--level", default="quick", help="of verify")
    options = parser.parse_args()
    options.salient = options.salient or [str(HERE / "run")]
    known = HERE / "commit"
    options.commit = known.read_text().strip() if known.exists() else "unknown"
    run = Run(options)
    small = options.small

    run.add("device", "what there is", lambda: device(run))
    run.add("device", "clocks", clocks)
    run.add("verify", f"gpu kernels, {options.level}", lambda: verify(run))
    run.add("roof", "fp32 in registers, and a copy", lambda: roof(run))
    side = 32 if small else 512
    copy = onnx_writer.pointwise(64, side)
    run.add("copy", f"relu of 64x{side}x{side}, batch 8", lambda: step(run, copy, 8, "relu"))
    for size in (64, 128) if small else (1024, 2048, 4096):
        run.add("gemm", f"{size}x{size}x{size}", lambda: step(run, onnx_writer.product(size), 1, "conv2d"))
        for row in torch_rows.product(size, small):
            run.add("gemm-torch", f"{size}, {row.name}", row)
    batch = 1 if small else 33
    for layer in onnx_writer.LAYERS[:3] if small else onnx_writer.LAYERS:
        run.add("layer", f"{layer.name}, batch {batch}", lambda: step(run, layer.model(small), batch, "conv2d"))
        for row in torch_rows.layer(layer, batch, small):
            run.add("layer-torch", f"{layer.name}, {row.name}", row)
    for name in ("resnet18",) if small else ("resnet18", "resnet50", "vgg16"):
        for batch in (1,) if small else (1, 8, 33, 128):
            run.add("network", f"{name}, batch {batch}", lambda: network(run, name, batch), needs=40)
            for row in torch_rows.network(name, batch, small):
                run.add("net-torch", f"{name}, batch {batch}, {row.name}", row)
    for count in (1,) if small else (1, 8, 32):
        name = "resnet18" if small else "resnet50"
        ours = GroupCAM(run, name, count)
        run.add("group-cam", f"{name}, {count} images", ours, needs=40)
        for row in torch_rows.group_cam(name, ours.pictures, ours.out / "maps", small):
            run.add("cam-torch", f"{name}, {count} images, {row.name}", row, needs=40)
    run.add("device", "clocks at the end", clocks)
    wanted = [row for row in run.rows if row["name"] == "what there is" or row["part"] == "verify"]
    return 0 if all(row.get("passed", "failed" not in row) for row in wanted) else 1


if __name__ == "__main__":
    sys.exit(main())
