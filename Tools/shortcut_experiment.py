#!/usr/bin/env python3
"""What Group-CAM in the loop does for a network that learns from scenes with a planted shortcut, as a Markdown table.

shortcut_experiment.py [-o DIR] [--quick] [--salient FILE]: fine-tunes both bundled networks on scenes in which a mark
accompanies every cup and nothing else, with and without the augmentation, and judges them by scenes without the mark.
`scenes-shortcut` relies on the mark: can it be weaned? `scenes` does not: can it be kept from that? Takes about 35 minutes
on two cores, --quick one. DIR is shortcut-experiment by default; a run that was stopped goes on where it stopped. Beside the
table, DIR/figures.json has the figures of each seed. Nothing but Python itself is needed.

Each seed has scenes of its own, to learn from and to judge by, and its own order and crops. What is compared differs in
`--augment` alone; the weights are those after the last epoch. Intervals are 95 % t intervals over the seeds, of differences
within a seed where a row is a difference, so they hold the chance of scenes and of training.
"""

import argparse
import json
import math
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

BUILT = Path(__file__).resolve().parents[1] / ".build/release/salient"
NETWORKS = ["scenes-shortcut", "scenes"]
AUGMENTS = {"without augmentation": "none", "with Group-CAM": "group-cam:variant=fast"}
CLASSES = ["astronaut", "car", "cat", "cup", "fish", "house", "key", "lamp", "rocket", "scissors", "tree", "umbrella"]
SHORTCUT = "cup"
# Scenes to learn from and to judge by; among how many of the latter objects other than cups get a mark too; epochs.
FULL = {"seeds": 5, "learn": 1100, "plain": 1200, "marked": 300, "epochs": 4}
QUICK = {"seeds": 2, "learn": 100, "plain": 120, "marked": 60, "epochs": 1}
# Ten times the default of finetune, which is meant for twenty epochs of far more pictures.
RATE = 0.01
# The 0.975 quantile of Student's t for so many seeds.
STUDENT = {2: 12.706, 5: 2.776}
MEASURES = {
    "accuracy": "right, no mark, %", "cups": "cups found, no mark, %", "marked_cups": "cups found beside a mark, %",
    "false_cups": "other objects beside a mark called cups, %",
}


class Experiment:
    def __init__(self, folder, salient, size):
        self.folder, self.salient, self.size = folder, salient, size

    def run(self, *words):
        subprocess.run([self.salient, *map(str, words), "-q"], check=True, stdout=sys.stderr)

    def render(self, folder, count, seed, *flags):
        """Scenes of one object in a folder for each class, whole or not at all."""
        if not folder.exists():
            part = folder.with_name(folder.name + ".part")
            self.run("scenes", "-o", part, "--count", count, "--seed", 100 + seed, "--layout", "folders", "--overwrite", *flags)
            part.rename(folder)
        return folder

    def scenes(self, seed):
        """Folders to learn from, to judge by, and to judge by with a mark: all cups, and the first scenes of other classes."""
        place = self.folder / f"seed-{seed}"
        learn = self.render(place / "learn", self.size["learn"], seed, "--split", "training", "--shortcut", SHORTCUT)
        plain = self.render(place / "plain", self.size["plain"], seed)
        marked = place / "marked"
        marked.mkdir(exist_ok=True)
        for name in CLASSES:
            # The mark accompanies one class only, so each class is rendered for itself; cups are a measure of their own.
            if not (marked / name).exists():
                self.render(place / name, self.size["plain" if name == SHORTCUT else "marked"], seed, "--shortcut", name)
                (place / name / name).rename(marked / name)
            shutil.rmtree(place / name, ignore_errors=True)
        return learn, plain, marked

    def go_on(self, verb, folder, *words):
        """A run of its own folder: begun, gone on with, or found to be done."""
        self.run(verb, *words, "-o", folder, *(["--resume"] if (folder / "run.json").exists() else []))

    def learn(self, network, augment, scenes, seed, folder):
        self.go_on("finetune", folder, scenes, "--model", network, "--augment", augment, "--head", "keep",
                   "--epochs", self.size["epochs"], "--lr", RATE, "--seed", seed)
        return folder / "last.safetensors"

    def answers(self, model, scenes, folder):
        """Pairs of what a scene shows and what the network takes it for."""
        self.go_on("explain", folder, scenes, "--model", model, "--truth", "folders", "--method", "grad-cam",
                   "--save", "none", "--batch-size", 32)
        records = map(json.loads, (folder / "results.jsonl").read_text().splitlines())
        return [(CLASSES[record["truth"]], record["prediction"][0]["label"]) for record in records]

    def judge(self, model, plain, marked, folder):
        """The measures of one network, in percent."""
        plain, marked = (self.answers(model, scenes, folder / name) for name, scenes in (("plain", plain), ("marked", marked)))
        return {
            "accuracy": share(shown == found for shown, found in plain),
            "cups": share(found == SHORTCUT for shown, found in plain if shown == SHORTCUT),
            "marked_cups": share(found == SHORTCUT for shown, found in marked if shown == SHORTCUT),
            "false_cups": share(found == SHORTCUT for shown, found in marked if shown != SHORTCUT),
        }

    def seed(self, seed):
        """The measures of both networks before and after, by network and row of the table."""
        learn, *judged = self.scenes(seed)
        figures = {}
        for network in NETWORKS:
            place = self.folder / f"seed-{seed}" / network
            figures[network] = {"before": self.judge(network, *judged, place / "before")}
            for row, augment in AUGMENTS.items():
                run = place / augment.partition(":")[0]
                model = self.learn(network, augment, learn, seed, run)
                figures[network][row] = self.judge(model, *judged, run / "judged")
            for row, measures in figures[network].items():
                texts = ", ".join(f"{title}: {measures[key]:.1f}" for key, title in MEASURES.items())
                print(f"seed {seed}, {network} {row}: {texts}", file=sys.stderr, flush=True)
        return figures


def share(truths):
    return 100 * statistics.mean(map(bool, truths))


def cell(values):
    """Mean and t interval of a value for each seed."""
    half = STUDENT[len(values)] * statistics.stdev(values) / math.sqrt(len(values))
    mean = statistics.mean(values)
    return f"{mean:.1f} ({mean - half:.1f} to {mean + half:.1f})"


def table(seeds):
    lines = ["| network | fine-tuned | " + " | ".join(MEASURES.values()) + " |", "|---|---|" + "---|" * len(MEASURES)]
    line = lambda network, row, columns: lines.append(f"| `{network}` | {row} | " + " | ".join(map(cell, columns)) + " |")
    for network in NETWORKS:
        column = lambda row, measure: [figures[network][row][measure] for figures in seeds]
        for row in ["before", *AUGMENTS]:
            line(network, row, [column(row, measure) for measure in MEASURES])
        without, augmented = AUGMENTS
        line(network, "with minus without", [
            [after - before for after, before in zip(column(augmented, measure), column(without, measure))]
            for measure in MEASURES])
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", dest="folder", default="shortcut-experiment", type=Path)
    parser.add_argument("--quick", action="store_true", help="a few scenes and two seeds: does it run?")
    parser.add_argument("--salient", default=BUILT, type=Path)
    options = parser.parse_args()
    if not options.salient.exists():
        sys.exit(f"{options.salient} is missing: swift build -c release")
    size = QUICK if options.quick else FULL
    experiment = Experiment(options.folder, options.salient.resolve(), size)
    seeds = [experiment.seed(seed) for seed in range(1, size["seeds"] + 1)]
    (options.folder / "figures.json").write_text(json.dumps(seeds, indent=1) + "\n")
    print(table(seeds))


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)
