#!/usr/bin/env python3
"""Makes the numbers of summary.json again from evaluation.jsonl alone, and compares them.

recompute_summary.py DIR: prints how many numbers were compared and the worst difference; ends with 1 where one is above
1e-9, or where a row, a pair or a ranking is missing or one too many. Nothing but Python itself is needed. It is also the description of the file: what a row is, line by line.
"""

import json
import sys
from collections import defaultdict
from pathlib import Path


def philox(block, stream, seed):
    """The four words of a block, J. K. Salmon et al., SC 2011."""
    x = [block & 0xFFFFFFFF, block >> 32, stream, 0]
    key = [seed & 0xFFFFFFFF, seed >> 32]
    for step in range(10):
        if step:
            key = [(key[0] + 0x9E3779B9) & 0xFFFFFFFF, (key[1] + 0xBB67AE85) & 0xFFFFFFFF]
        first, second = x[0] * 0xD2511F53, x[2] * 0xCD9E8D57
        x = [second >> 32 ^ x[1] ^ key[0], second & 0xFFFFFFFF, first >> 32 ^ x[3] ^ key[1], first & 0xFFFFFFFF]
    return x


DRAWS = {}


def draws(count, bootstrap):
    """The images of each repetition: element b * n + i of stream 11, as a number below n."""
    if count not in DRAWS:
        total = count * bootstrap["repetitions"]
        words = [word for block in range((total + 3) // 4) for word in philox(block, 11, bootstrap["seed"])]
        places = [word * count >> 32 for word in words[:total]]
        DRAWS[count] = [places[start:start + count] for start in range(0, total, count)]
    return DRAWS[count]


def mean(values):
    return sum(values) / len(values) if values else None


def harmonic(*terms):
    return len(terms) / sum(1 / term for term in terms) if all(term > 0 for term in terms) else 0.0


def shares(lines):
    """The share of hits of each class that occurs."""
    classes = defaultdict(list)
    for line in lines:
        classes[line["parts"]["class"]].append(line["value"])
    return [mean(values) for _, values in sorted(classes.items())]


def value(lines, metric, sample):
    """The value of images drawn from a sample: a mean, but for pointing, segmentation and adcc over a data set.

    Pointing is a mean over the classes of the data set; of those of the sample, which images of the draw lack are left out.
    """
    name, settings = metric["metric"].split("_")[0], metric["settings"]
    if not lines:
        return None
    total = lambda part: sum(line["parts"][part] for line in lines)
    if name == "pointing":
        drawn, seen = shares(lines), len({line["parts"]["class"] for line in sample})
        if settings["classes"] == "seen":
            return mean(drawn)
        stated = max(seen, max(line["parts"].get("classes", 0) for line in sample))
        return sum(drawn) / (stated * len(drawn) / seen)
    if name == "segmentation":
        sides = [(total(f"{side}-both"), total(f"{side}-union")) for side in ("background", "foreground")]
        return sum(both / union if union else 0 for both, union in sides) / 2
    if name == "segmentation-accuracy":
        return total("correct") / total("labelled")
    if name == "adcc" and settings.get("average") == "dataset":
        part = lambda key: mean([line["parts"][key] for line in lines])
        return harmonic(part("coherency"), 1 - part("complexity"), 1 - part("drop"))
    return mean([line["value"] for line in lines])


def quantile(values, share):
    place = share * (len(values) - 1)
    low = int(place)
    return values[low] + (place - low) * (values[min(low + 1, len(values) - 1)] - values[low])


def interval(count, statistic, bootstrap):
    """The quantiles of a statistic over all repetitions; one image varies by nothing."""
    if count < 2:
        return [None, None]
    found = sorted(number for places in draws(count, bootstrap) if (number := statistic(places)) is not None)
    level = bootstrap["level"]
    return [quantile(found, (1 - level) / 2), quantile(found, (1 + level) / 2)] if found else [None, None]


def kind(row):
    return row["method"], row["layer"]


def rankings(rows):
    """The layers of each method by their over-all score, the best first, where it has several."""
    scores = [row for row in rows if row["metric"].split("_")[0] == "over-all" and row["mean"] is not None]
    layers = defaultdict(list)
    for row in sorted(scores, key=lambda row: -row["mean"]):
        layers[row["method"]].append(row["layer"])
    methods = dict.fromkeys(row["method"] for row in scores)
    return [{"method": method, "metric": "over-all", "layers": layers[method]}
            for method in methods if len(layers[method]) > 1]


def main():
    folder = Path(sys.argv[1])
    summary = json.loads((folder / "summary.json").read_text())
    lines = [json.loads(line) for line in (folder / "evaluation.jsonl").read_text().splitlines()]
    images = list(dict.fromkeys(line["image"] for line in lines))
    failed = {line["image"] for line in lines if "error" in line}
    bootstrap = summary["bootstrap"]
    metrics = {metric["metric"]: metric for metric in summary["metrics"]}
    cells = defaultdict(lambda: defaultdict(list))
    layers = defaultdict(set)
    for line in lines:
        if "error" not in line:
            cells[line["method"], line["layer"], line["metric"]][line["image"]].append(line)
            layers[line["method"]].add(line["layer"])
    name = lambda method, layer: f"{method}@{layer}" if len(layers[method]) > 1 else method
    compared, worst = 0, 0.0
    kinds = list(dict.fromkeys([kind(row) for row in summary["rows"]] + [key[:2] for key in cells]))
    stated = [(*kind(row), row["metric"]) for row in summary["rows"]]
    expected = {(*one, metric) for one in kinds for metric in metrics} | set(cells)
    assert len(stated) == len(expected) and set(stated) == expected, "rows are missing, or too many"
    ranked = summary.get("ranking", [])
    assert ranked == rankings(summary["rows"]), f"the ranking is {rankings(summary['rows'])}, not {ranked}"

    def same(found, stated, what):
        nonlocal compared, worst
        compared += 1
        if found is None or stated is None:
            assert found == stated, f"{what}: {found}, not {stated}"
        else:
            worst = max(worst, abs(found - stated) / max(1, abs(stated)))

    same(len(images), summary["images"], "images")
    same(len(failed), summary["failed"], "failed")
    counted = {}
    for row in summary["rows"]:
        key = row["method"], row["layer"], row["metric"]
        metric = metrics[row["metric"]]
        cell = cells[key]
        known = {image: [line for line in cell.get(image, []) if line["value"] is not None] for image in images}
        counted[name(*key[:2]), key[2]] = known
        groups = [group for group in known.values() if group]
        flat = sum(groups, [])
        drawn = lambda places: value(sum((groups[p] for p in places), []), metric, flat)
        low, high = interval(len(groups), drawn, bootstrap)
        for column, number in {
                "mean": value(flat, metric, flat), "low": low, "high": high, "n": len(flat),
                "failed": sum(image not in cell for image in images)
                + sum(line["failed"] for group in cell.values() for line in group),
                "degenerate": sum(line["degenerate"] for line in flat),
                "skipped": sum(line["value"] is None and not line["failed"] for group in cell.values() for line in group)}.items():
            same(number, row[column], f"{key} {column}")
    measured = lambda one, metric: {image for image, group in counted[name(*one), metric].items() if group}
    expected = {(metric, name(*a), name(*b)) for metric in metrics for place, a in enumerate(kinds)
                for b in kinds[place + 1:] if measured(a, metric) & measured(b, metric)}
    stated = [(pair["metric"], pair["a"], pair["b"]) for pair in summary["paired"]]
    assert len(stated) == len(expected) and set(stated) == expected, "pairs are missing, or too many"
    for pair in summary["paired"]:
        metric = metrics[pair["metric"]]
        first, second = counted[pair["a"], pair["metric"]], counted[pair["b"], pair["metric"]]
        groups = [(first[image], second[image]) for image in images if first[image] and second[image]]
        samples = [sum((group[side] for group in groups), []) for side in (0, 1)]

        def difference(places):
            a, b = (value(sum((groups[p][side] for p in places), []), metric, samples[side]) for side in (0, 1))
            return a - b

        low, high = interval(len(groups), difference, bootstrap)
        for column, number in {
                "difference": difference(range(len(groups))), "low": low, "high": high, "n": len(groups)}.items():
            same(number, pair[column], f"{pair['a']} - {pair['b']} {pair['metric']} {column}")
    print(f"{compared} numbers compared, worst difference {worst:.1e}")
    return 0 if worst <= 1e-9 else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except AssertionError as error:
        sys.exit(f"{sys.argv[1]}: {error}")
