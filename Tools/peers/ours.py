"""Asks `salient` for its times and results. Every question that the program may come to answer otherwise is one function.

What is asked of `salient bench`:

- forward: `bench --model M --batch-size B --level quick --json` gives `milliseconds_per_image`, `device`, `driver`,
  `precision`;
- methods: `bench --method NAME[:KEY=VALUE] --model M --batch-size N --json` gives the same;
- insertion and deletion: `evaluate STACK --maps DIR --metric insertion,deletion`, from start to end, the reading of
  model and pictures in it;
- gradients: `bench --op conv2d_data_gradient --model M --batch-size B --json` (and `conv2d_weight_gradient`) gives
  `kernels`, a row for each distinct convolution of the network: `operator`, `N`, `C`, `H`, `W`, `K`, `R`, `S`,
  `stride`, `pad`, `groups` (of the forward convolution) and `milliseconds`, the fastest launch for the whole batch;
  whether they are right `verify --op` says, which exits with 0 or 1 and gives `passed`, `cases` and `rows`;
- training: `finetune FOLDER --model WEIGHTS`, without crops, flips and maps; of `--json`, a line an epoch, `loss`, and
  `seconds` and `images` of its steps, validation and files not in it. Kernels are built in the first epoch, which is
  not timed;
- the roof: `bench --op conv2d --model scenes --level quick --json` gives `roof`, what the device does at most.
"""

import json
import os
import resource
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

import gradients
import safetensors_file
from learned import learned
from rows import MAPPING

TOP = 10  # logits of each picture that are compared
EPOCHS = 3  # of a run that is timed, without its first


class NotOffered(RuntimeError):
    """This build of the program does not time such a row."""


class Ours:
    def __init__(self, program, threads):
        self.program, self.threads = str(program), threads
        self.device = {}
        self.version = self._say("--version").strip()

    def _say(self, *words, codes=(0,)):
        limits = {"POCL_MAX_PTHREAD_COUNT": str(self.threads), "SWIFT_BACKTRACE": "enable=no"}
        result = subprocess.run(
            [self.program, *map(str, words)], env=os.environ | limits, capture_output=True, text=True
        )
        if result.returncode not in codes:
            raise RuntimeError(f"{' '.join(map(str, words))}: exit {result.returncode}: {result.stderr.strip()}")
        return result.stdout

    def _bench(self, *words):
        document = json.loads(self._say("bench", *words, "--json"))
        self.device = {key: document[key] for key in ("device", "driver", "precision")}
        return document

    @property
    def used(self):
        """Seconds of processor time of all that was asked so far."""
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    def roof(self):
        """What the device does at most: `operations_per_second` in registers, `bytes_per_second` of a copy."""
        return self._bench("--op", "conv2d", "--model", "scenes", "--level", "quick")["roof"]

    # Times: milliseconds an image

    def time(self, row, files, layers):
        if row.kind == "forward":
            return self.forward(row, files)
        if row.kind in MAPPING:
            return self.method(row, files)
        if row.kind == "curves":
            return self.curves(row, files)
        if row.kind == "training":
            return self.training(row, files)
        return self.gradient(row, files, layers)

    def forward(self, row, files):
        words = ("--model", files.model, "--batch-size", row.images, "--level", "quick")
        return self._bench(*words)["milliseconds_per_image"]

    def method(self, row, files):
        words = ("--method", method_of(row), "--model", files.model, "--batch-size", row.images, "--level", "quick")
        return self._bench(*words)["milliseconds_per_image"]

    def curves(self, row, files):
        with tempfile.TemporaryDirectory() as folder:
            words = self._maps_on_disk(Path(folder), files)
            start = time.perf_counter()
            self._evaluate(*words)
            return (time.perf_counter() - start) * 1e3 / row.images

    def gradient(self, row, files, layers):
        operator = gradients.OPERATORS[row.kind]
        words = ("--op", operator, "--model", files.model, "--batch-size", row.images)
        times = {}
        for kernel in self._bench(*words)["kernels"]:
            if kernel["operator"] == operator:
                times[tuple(_single(kernel[field]) for field in gradients.FIELDS)] = kernel["milliseconds"]
        missing = [shape for _, shape in layers if tuple(shape) not in times]
        if missing:
            raise NotOffered(f"`salient bench --op` lacks {len(missing)} of {len(layers)} layers: {missing[0]}, ...")
        return sum(count * times[tuple(shape)] for count, shape in layers) / row.images

    def training(self, row, files):
        with tempfile.TemporaryDirectory() as folder:
            epochs = self._finetune(row, files, Path(folder) / "out", EPOCHS)[1:]
        return sum(epoch["seconds"] for epoch in epochs) * 1e3 / sum(epoch["images"] for epoch in epochs)

    # Results

    def logits(self, files, count):
        """The largest logits of the first pictures: rows of (image, class, logit)."""
        pictures = np.load(files.pictures)[:count]
        with tempfile.TemporaryDirectory() as folder:
            words = ("--target", f"top{TOP}", "--save", "none")
            records = self._explain(pictures, Path(folder), files, "grad-cam", count, *words)
        images = [int(record["image"].rpartition(".")[2]) for record in records]
        return [
            (image, record["target"]["index"], record["target"]["logit"])
            for image, record in zip(images, records)
        ]

    def maps(self, row, files):
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            pictures = np.load(files.pictures)
            records = self._explain(pictures, folder, files, method_of(row), row.images, "--save", "map")
            return np.stack([np.load(folder / "out" / record["map"]) for record in records])

    def areas(self, row, files):
        """Insertion and deletion of each picture, [N,2]."""
        found = np.full((row.images, 2), np.nan)
        with tempfile.TemporaryDirectory() as folder:
            for record in self._evaluate(*self._maps_on_disk(Path(folder), files)):
                image = int(record["image"].rpartition(".")[2])
                found[image, ("insertion", "deletion").index(record["metric"])] = record["value"]
        return found

    def learned(self, row, files):
        """The loss of the first epoch, and what it has changed."""
        with tempfile.TemporaryDirectory() as folder:
            output = Path(folder) / "out"
            (epoch,) = self._finetune(row, files, output, 1)
            after = safetensors_file.read(output / "last.safetensors")
        return learned(epoch["loss"], safetensors_file.read(files.model), after)

    def verified(self, operator):
        """The report on every kernel of an operator, on this device, against double precision."""
        return json.loads(self._say("verify", "--op", operator, "--json", codes=(0, 1)))

    def _maps_on_disk(self, folder, files):
        """A stack of the pictures, their maps one by one, and where the results may go."""
        (folder / "maps").mkdir()
        np.save(folder / "stack.npy", np.load(files.pictures))
        for place, values in enumerate(np.load(files.maps)):
            np.save(folder / "maps" / f"stack.npy.{place}.npy", values)
        return folder, folder / "stack.npy", "--model", files.model, "--maps", folder / "maps"

    def _evaluate(self, folder, *words):
        if "evaluate" not in self._say("--help").split():
            raise NotOffered("this build has no verb `evaluate`")
        asked = ("--metric", "insertion,deletion", "--set", "insertion-deletion.step=paper", "--scores", "softmax")
        return self._run(folder / "out", "evaluate", *words, *asked)

    def _finetune(self, row, files, output, epochs):
        """The lines of the epochs."""
        flags = [word for flag, value in row.settings.items() for word in (f"--{flag}", value)]
        flags += ["--optimizer", row.method.partition(":")[0], "--batch-size", row.images, "--epochs", epochs]
        flags += ["--schedule", "constant", "--crop-scale", "1,1", "--crop-ratio", "1,1", "--flip", 0]
        flags += ["--augment", "none", "--head", "keep", "--preset", "scenes", "--seed", 0]
        words = (files.folder / "pictures", "--validation", files.folder / "unseen", "--model", files.model)
        return self._run(output, "finetune", *words, *flags)

    def _explain(self, pictures, folder, files, method, batch, *words):
        """The records of a run, in the order of the pictures."""
        np.save(folder / "stack.npy", pictures)
        asked = ("explain", folder / "stack.npy", "--model", files.model, "--method", method)
        return self._run(folder / "out", *asked, "--batch-size", batch, *words)

    def _run(self, output, *words):
        """The records of a verb that writes a folder."""
        lines = self._say(*words, "-o", output, "--json").splitlines()
        about = json.loads((output / "run.json").read_text())
        self.device = {key: about[key] for key in ("device", "driver", "precision")}
        return [json.loads(line) for line in lines]


def method_of(row):
    return row.method or "group-cam"


def _single(value):
    """Extents of a square may come as a pair."""
    if not isinstance(value, list):
        return value
    if len(set(value)) != 1:
        raise ValueError(f"not a square: {value}")
    return value[0]
