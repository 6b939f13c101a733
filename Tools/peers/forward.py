#!/usr/bin/env python3
"""Times a forward pass here and in onnxruntime, in turns, and fails when we are too slow.

Both get the same ONNX file, the same batch and two threads. A turn is one timed process of ours and
one series of onnxruntime runs; the ratio printed is the median over the turns.
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
import statistics
import subprocess
import time

import numpy as np
import onnxruntime

import networks


def ours(salient, model, batch):
    """Milliseconds per image: the median of the forward passes of one process."""
    limits = {"POCL_MAX_PTHREAD_COUNT": "2"}
    command = [salient, "bench", "--model", model, "--batch-size", str(batch), "--level", "quick", "--json"]
    output = subprocess.run(command, env=os.environ | limits, check=True, capture_output=True, text=True).stdout
    return json.loads(output)["milliseconds_per_image"]


def theirs(session, batch, runs):
    """Milliseconds per image: the median of `runs` forward passes after one to warm up."""
    source = session.get_inputs()[0]
    pictures = np.random.default_rng(0).standard_normal((batch, *source.shape[1:]), dtype=np.float32)
    times = []
    for turn in range(runs + 1):
        start = time.perf_counter()
        session.run(None, {source.name: pictures})
        times.append((time.perf_counter() - start) * 1e3 / batch)
    return statistics.median(times[1:])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--salient", default=str(ROOT / ".build" / "release" / "salient"))
    parser.add_argument("--network", default="resnet50")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--factor", type=float, default=3.0, help="the slowest that passes, in times onnxruntime")
    parser.add_argument("--work", type=Path, default=ROOT / ".build-peers")
    options = parser.parse_args()

    options.work.mkdir(parents=True, exist_ok=True)
    model = options.work / f"{options.network}-legacy.onnx"
    if not model.exists():
        networks.export(networks.full_size(options.network), options.work)
    threads = onnxruntime.SessionOptions()
    threads.intra_op_num_threads = 2
    session = onnxruntime.InferenceSession(model, threads, providers=["CPUExecutionProvider"])

    ours(options.salient, model, options.batch)
    rows = []
    print(f"{options.network}, batch {options.batch}, 2 threads, ms per image")
    print("turn   salient   onnxruntime   times")
    for turn in range(options.turns):
        a = ours(options.salient, model, options.batch)
        b = theirs(session, options.batch, options.runs)
        rows.append(a / b)
        print(f"{turn + 1:4}   {a:7.1f}   {b:11.1f}   {a / b:5.2f}", flush=True)
    ratio = statistics.median(rows)
    verdict = "pass" if ratio <= options.factor else "FAIL"
    print(f"median: {ratio:.2f} times onnxruntime {onnxruntime.__version__}, limit {options.factor:.1f}: {verdict}")
    return 0 if ratio <= options.factor else 1


if __name__ == "__main__":
    sys.exit(main())
