#!/usr/bin/env python3
"""What is left of maps when the network's weights are lost, as a Markdown table, from the records of

    salient evaluate DIR --model NET --method A,B --metric sanity-check --curves -o OUT

sanity_table.py OUT: for each method the mean similarity of the trained network's map and that of a network without its last
layer, without half of its layers and without any trained layer; and whether what is left at the end is less than half of what
is left at the beginning, with a 95 % bootstrap interval over images. Nothing but Python itself is needed.
"""

import json
import random
import sys
from collections import defaultdict
from pathlib import Path

REPETITIONS = 2000


def mean(values):
    return sum(values) / len(values)


def interval(images, statistic):
    dice = random.Random(0)
    found = sorted(statistic(dice.choices(images, k=len(images))) for _ in range(REPETITIONS))
    return found[int(0.025 * REPETITIONS)], found[int(0.975 * REPETITIONS) - 1]


def cell(images, statistic):
    low, high = interval(images, statistic)
    return f"{statistic(images):.3f} ({low:.3f} to {high:.3f})"


def main():
    curves = defaultdict(list)
    for line in (Path(sys.argv[1]) / "evaluation.jsonl").read_text().splitlines():
        record = json.loads(line)
        if "error" not in record and record["metric"].startswith("sanity-check"):
            for kind, values in record["curves"].items():
                curves[record["method"], kind].append(values)
    print("| method | similarity | first step | half of the layers | last step | last less half of the first | n |")
    print("|---|---|---|---|---|---|---|")
    for (method, kind), images in curves.items():
        half = len(images[0]) // 2
        steps = [lambda some, place=place: mean([values[place] for values in some]) for place in (0, half, -1)]
        texts = [cell(images, step) for step in steps]
        texts.append(cell(images, lambda some: steps[2](some) - steps[0](some) / 2))
        print(f"| `{method}` | {kind} | " + " | ".join(texts) + f" | {len(images)} |")


if __name__ == "__main__":
    main()
