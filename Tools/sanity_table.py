#!/usr/bin/env python3
"""What is left of maps when the network's weights are lost, as a Markdown table, from the records of

    salient evaluate DIR --model NET --method A,B --metric sanity-check --curves --seed N -o OUT

sanity_table.py OUT...: for each method the mean similarity of the trained network's map and that of a network without its
last layer, without half of its layers and without any trained layer; and whether what is left at the end is less than half of
what is left at the beginning. Each OUT has other random weights; without trained weights that chance is the larger one, as all
images share it. Intervals are 95 % bootstrap intervals over runs and images. Nothing but Python itself is needed.
"""

import json
import random
import sys
from collections import defaultdict
from pathlib import Path

REPETITIONS = 2000


def mean(values):
    return sum(values) / len(values)


def interval(runs, statistic):
    """Runs are drawn again, and images: the same ones in each run."""
    dice = random.Random(0)
    count = len(runs[0])
    found = []
    for _ in range(REPETITIONS):
        images = dice.choices(range(count), k=count)
        found.append(statistic([[run[image] for image in images] for run in dice.choices(runs, k=len(runs))]))
    found.sort()
    return found[int(0.025 * REPETITIONS)], found[int(0.975 * REPETITIONS) - 1]


def cell(runs, statistic):
    low, high = interval(runs, statistic)
    return f"{statistic(runs):.3f} ({low:.3f} to {high:.3f})"


def read(folder):
    """The curves of a run, by method and similarity and then by image and target."""
    curves = defaultdict(dict)
    for line in (folder / "evaluation.jsonl").read_text().splitlines():
        record = json.loads(line)
        if "error" not in record and record["metric"].startswith("sanity-check"):
            for kind, values in record["curves"].items():
                curves[record["method"], kind][record["image"], record["target"]["text"]] = values
    return curves


def main():
    read_runs = [read(Path(folder)) for folder in sys.argv[1:]]
    if not read_runs:
        raise SystemExit(__doc__)
    print("| method | similarity | first step | half of the layers | last step | last less half of the first | images, runs |")
    print("|---|---|---|---|---|---|---|")
    for key in read_runs[0]:
        images = set.intersection(*(set(run[key]) for run in read_runs))
        runs = [[run[key][image] for image in sorted(images)] for run in read_runs]
        half = len(runs[0][0]) // 2

        def step(place):
            return lambda some: mean([mean([curve[place] for curve in run]) for run in some])

        first, last = step(0), step(-1)
        texts = [cell(runs, statistic) for statistic in (first, step(half), last, lambda some: last(some) - first(some) / 2)]
        print(f"| `{key[0]}` | {key[1]} | " + " | ".join(texts) + f" | {len(images)}, {len(runs)} |")


if __name__ == "__main__":
    main()
