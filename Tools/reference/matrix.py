"""Compares `salient` with the float64 truth: every network, both exporters, logits and maps."""

import environment

if __name__ == "__main__":
    environment.enter()

import argparse
import functools
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

import make_fixtures
import networks
import truth
from group_cam import class_logits, probabilities

LOGIT_LIMIT = 1e-4
MAP_LIMIT, MAP_FACTOR = 1e-4, 4
PICTURES, PICTURE_SEED = 3, 7
LOGIT_CLASSES = 10
PREDICTIONS = 5

# As typed after --method, and as it appears in file names.
METHODS = {
    "grad-cam": "grad-cam",
    "paper": "group-cam",
    "head": "group-cam:variant=head",
    "fast": "group-cam:variant=fast",
}


@dataclass
class Subject:
    """One network: its models, pictures and truth."""

    name: str
    models: dict  # exporter: file
    layer: str
    scores: str
    pictures: np.ndarray  # [N,3,S,S]
    logits: torch.Tensor  # [N,K]
    maps: dict  # variant: [N,S,S]
    cases: dict  # variant: a list of N


# Truths: computed once for the full-size set, read for the fixtures


def full_size_subject(name, work):
    """Exports and truths of a full-size network; what the work folder lacks is made, and stays."""
    folder = work / name
    network = functools.cache(lambda: networks.full_size(name))  # conditioned only where needed
    about = folder / "about.json"
    if not about.exists():
        folder.mkdir(parents=True, exist_ok=True)
        about.write_text(json.dumps(_exported(network(), folder)))
    known = json.loads(about.read_text())
    pictures = np.load(folder / "pictures.npy")
    maps, cases = {}, {}
    for variant in METHODS:
        maps[variant], cases[variant] = _kept_truth(network, pictures, variant, folder)
        truth.require_counting(cases[variant], f"{name} {variant}")
    return Subject(
        name,
        {exporter: folder / file for exporter, file in known["exporters"].items()},
        known["layer"],
        known["scores"],
        pictures,
        torch.from_numpy(np.load(folder / "logits.npy")),
        maps,
        cases,
    )


def _exported(network, folder):
    pictures = networks.pictures(PICTURES, network.size, PICTURE_SEED)
    np.save(folder / "pictures.npy", pictures.numpy())
    np.save(folder / "logits.npy", truth.Witness(network).logits(pictures).numpy())
    files = networks.export(network, folder)
    return {"exporters": files, "layer": network.layer, "scores": network.scores}


def _kept_truth(network, pictures, variant, folder):
    maps, cases = folder / f"{variant}.npy", folder / f"{variant}.json"
    if not cases.exists():
        method, settings = truth.VARIANTS[variant]
        witness = truth.Witness(network())
        exact, known = witness.maps(torch.from_numpy(pictures), method, settings)
        np.save(maps, exact.numpy())
        cases.write_text(json.dumps(known))
    return np.load(maps), json.loads(cases.read_text())


def fixture_subjects():
    folder = make_fixtures.FOLDER
    for entry in json.loads((folder / "manifest.json").read_text())["networks"]:
        maps, cases = {}, {}
        for variant, (method, settings) in truth.VARIANTS.items():
            (row,) = (
                row
                for row in entry["maps"]
                if (row["method"], row["settings"], row["target"]) == (method, settings, "top1")
            )
            maps[variant] = np.load(folder / row["file"])
            cases[variant] = row["cases"]
        yield Subject(
            entry["name"],
            {exporter: folder / file for exporter, file in entry["exporters"].items()},
            entry["layer"],
            entry["scores"],
            np.load(folder / entry["input"]),
            torch.from_numpy(np.load(folder / entry["logits"])).double(),
            maps,
            cases,
        )


# Running the program


def explain(salient, device, subject, model, rows, batch, methods, targets=()):
    """Runs `salient explain` on the first pictures; gives records and maps by map name."""
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        np.save(folder / "stack.npy", subject.pictures[:rows])
        command = [salient, "explain", folder / "stack.npy", "--model", model]
        command += ["--method", ",".join(methods), "--layer", subject.layer]
        command += ["-o", folder / "out", "--device", device, "--batch-size", str(batch)]
        command += ["--save", "map", "--quiet"]
        for target in targets:
            command += ["--target", str(target)]
        subprocess.run(command, check=True)
        lines = (folder / "out" / "results.jsonl").read_text().splitlines()
        records = {Path(record["map"]).stem: record for record in map(json.loads, lines)}
        maps = {file.stem: np.load(file) for file in (folder / "out" / "maps").iterdir()}
    return records, maps


def map_name(image, method, target):
    return f"stack.npy.{image}.{method.replace(':', '_')}.{target}"


# Comparing


def logit_error(salient, device, subject, model, batch):
    """The worst logit, relative to the largest of all, or the worst probability."""
    logits = class_logits(subject.logits)
    scale = logits.abs().max().item()
    classes = range(min(LOGIT_CLASSES, logits.shape[1]))
    run = (salient, device, subject, model, batch, batch, ["grad-cam"])
    by_class, _ = explain(*run, classes)
    by_rank, _ = explain(*run)
    worst = 0.0
    for image in range(batch):
        row = logits[image]
        for index in classes:
            found = by_class[map_name(image, "grad-cam", f"c{index}")]["target"]
            worst = max(worst, abs(found["logit"] - row[index].item()) / scale)
        top = by_rank[map_name(image, "grad-cam", "top1")]
        if top["target"]["index"] != row.argmax().item():
            return float("inf")
        worst = max(worst, abs(top["target"]["logit"] - row.max().item()) / scale)
        worst = max(worst, _prediction_error(top["prediction"], row[None], subject.scores))
    return worst


def _prediction_error(predicted, logits, scores):
    expected = probabilities(logits, scores)[0].sort(descending=True).values[:PREDICTIONS]
    found = torch.tensor([entry["probability"] for entry in predicted], dtype=torch.float64)
    if len(found) != len(expected):
        return float("inf")
    return (found - expected).abs().max().item()


@dataclass
class Verdict:
    """The case of a variant that is nearest its limit, or furthest over it."""

    error: float
    limit: float
    counting: int

    @property
    def passes(self):
        return self.error <= self.limit


def map_verdicts(salient, device, subject, model):
    rows = len(subject.pictures)
    _, maps = explain(salient, device, subject, model, rows, rows, METHODS.values())
    verdicts = {}
    for variant, method in METHODS.items():
        cases = [case for case in subject.cases[variant] if case["counts"]]
        compared = []
        for case in cases:
            found = maps[map_name(case["image"], method, "top1")]
            error = float(np.abs(found - subject.maps[variant][case["image"]]).max())
            error = float("inf") if np.isnan(error) else error
            limit = max(MAP_LIMIT, MAP_FACTOR * case["float32_distance"])
            compared.append((error / limit, error, limit))
        _, error, limit = max(compared)
        verdicts[variant] = Verdict(error, limit, len(cases))
    return verdicts


# The table

HEADER = f"{'network':<20}{'exporter':<9}{'logits b1':>10}{'b3':>10}" + "".join(
    f"{variant + ' (limit, cases)':>28}" for variant in METHODS
)


def report_row(salient, device, subject, exporter):
    """Prints one row; whether it holds."""
    model = subject.models[exporter]
    try:
        logits = [logit_error(salient, device, subject, model, batch) for batch in (1, 3)]
        verdicts = map_verdicts(salient, device, subject, model)
    except (subprocess.CalledProcessError, OSError, KeyError) as error:
        print(f"{subject.name:<20}{exporter:<9} FAILS: {error!r}", flush=True)
        return False
    holds = max(logits) <= LOGIT_LIMIT and all(verdict.passes for verdict in verdicts.values())
    cells = "".join(
        f"{f'{verdict.error:.1e} ({verdict.limit:.1e}, {verdict.counting})':>28}"
        for verdict in verdicts.values()
    )
    row = f"{subject.name:<20}{exporter:<9}{logits[0]:>10.1e}{logits[1]:>10.1e}{cells}"
    print(row, "" if holds else " FAILS", flush=True)
    return holds


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--salient", default=".build/release/salient", help="the program to judge")
    parser.add_argument("--device", default="auto", help="passed on to it")
    parser.add_argument("--work", type=Path, help="where full-size models and truths are kept")
    parser.add_argument("--fixtures", action="store_true", help="the small networks instead")
    parser.add_argument("--only", action="append", metavar="NAME", help="repeatable")
    parser.add_argument("--truths-only", action="store_true", help="fill the work folder and stop")
    arguments = parser.parse_args()
    if not arguments.fixtures and not arguments.work:
        parser.error("give --work DIR, or --fixtures")

    names = networks.SMALL if arguments.fixtures else networks.FULL_SIZE
    chosen = arguments.only or list(names)
    if unknown := set(chosen) - set(names):
        parser.error(f"no such network: {', '.join(unknown)}; there are {', '.join(names)}")
    if arguments.fixtures:
        subjects = (subject for subject in fixture_subjects() if subject.name in chosen)
    else:
        subjects = (full_size_subject(name, arguments.work) for name in chosen)

    if arguments.truths_only:
        for subject in subjects:
            print(subject.name, "ready", flush=True)
        return
    print(HEADER)
    rows = [
        report_row(arguments.salient, arguments.device, subject, exporter)
        for subject in subjects
        for exporter in subject.models
    ]
    if not all(rows):
        sys.exit(f"{rows.count(False)} of {len(rows)} rows fail")


if __name__ == "__main__":
    main()
