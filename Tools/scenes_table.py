#!/usr/bin/env python3
"""Every method on the fixed set of scenes, as the Markdown table of README.md.

scenes_table.py [-o DIR] [--limit N] [-- FLAGS]: renders `salient scenes --split benchmark`, measures every method with its
defaults by the main metrics, the bundled network and the built program, and prints the table. DIR is scenes-table by default;
a run that was stopped goes on where it stopped. FLAGS go to `salient evaluate`, `-- --device 1` say. Takes ten minutes
on two cores. Nothing but Python itself is needed.
"""

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

SALIENT = Path(__file__).resolve().parents[1] / ".build/release/salient"
VARIANTS = ["group-cam:variant=head", "group-cam:variant=fast"]
FLOORS = ["centre", "random"]
# What is asked for, what stands over the column, digits behind the point.
METRICS = [
    ("over-all", "over-all", 3), ("insertion", "insertion", 3), ("deletion", "deletion", 3), ("road", "ROAD", 3),
    ("average-drop", "average drop, %", 1), ("pointing:tol=0", "pointing", 3), ("energy", "energy", 3),
    ("localisation", "localisation error", 3), ("segmentation", "mIoU", 3), ("sparseness", "sparseness", 2),
]


def methods():
    listed = subprocess.run([SALIENT, "methods"], check=True, capture_output=True, text=True).stdout
    return re.findall(r"^([a-z][a-z+-]*) .* for an image and target$", listed, re.MULTILINE) + VARIANTS + FLOORS


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", dest="folder", default="scenes-table", type=Path)
    parser.add_argument("--limit")
    parser.add_argument("flags", nargs="*")
    options = parser.parse_args()
    scenes, results = options.folder / "scenes", options.folder / "results"
    if not scenes.exists():
        subprocess.run([SALIENT, "scenes", "-o", scenes, "--split", "benchmark", "-q"], check=True)
    command = [SALIENT, "evaluate", scenes, "--model", "scenes", "-o", results]
    command += ["--metric", ",".join(metric for metric, _, _ in METRICS), "--method", ",".join(methods())]
    command += (["--limit", options.limit] if options.limit else []) + options.flags
    if (results / "run.json").exists():
        command.append("--resume")
    subprocess.run(command, check=True, stdout=sys.stderr)
    print(table(json.loads((results / "summary.json").read_text())))


def table(summary):
    cells = {(row["method"], row["metric"]): row for row in summary["rows"]}
    direction = {metric["metric"]: metric["better"] for metric in summary["metrics"]}
    names = list(dict.fromkeys(row["method"] for row in summary["rows"]))
    keys = [metric.replace(":", "_") for metric, _, _ in METRICS]
    mean = lambda name, key: cells[name, key]["mean"]
    names.sort(key=lambda name: -mean(name, "over-all"))
    arrows = {"higher": "↑", "lower": "↓"}
    head = [f"{title} {arrows[direction[key]]}" for key, (_, title, _) in zip(keys, METRICS)]
    lines = ["| method | " + " | ".join(head) + " |", "|---|" + "---|" * len(head)]
    best = {key: (max if direction[key] == "higher" else min)(mean(name, key) for name in names) for key in keys}
    for name in names:
        texts = []
        for key, (_, _, digits) in zip(keys, METRICS):
            text = f"{mean(name, key):.{digits}f}"
            if key == "over-all":
                text += f" ({cells[name, key]['low']:.3f} to {cells[name, key]['high']:.3f})"
            texts.append(f"**{text}**" if mean(name, key) == best[key] else text)
        lines.append(f"| `{name.replace('_', ':')}` | " + " | ".join(texts) + " |")
    rows = summary["rows"]
    lines.append("")
    lines.append(
        f"{summary['images']} images, {summary['failed']} failed, {sum(row['degenerate'] for row in rows)} measurements of empty"
        f" maps counted; {summary['device']}, salient {summary['version']}.")
    for pair in summary["paired"]:
        if pair["metric"] == "over-all" and {pair["a"], pair["b"]} in ({"group-cam", "grad-cam"}, {"group-cam", "random"}):
            lines.append(
                f"Over-all, {pair['a']} less {pair['b']}: {pair['difference']:.3f} ({pair['low']:.3f} to {pair['high']:.3f}).")
    return "\n".join(lines)


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)
