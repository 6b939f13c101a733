"""Results before times: what does not compute the same is not compared."""

from dataclasses import replace

import numpy as np

import gradients
from learned import comparisons
from rows import GROUP_CAM_GROUPS, MAPPING

LIMITS = dict.fromkeys(("forward", *MAPPING, "curves"), 1e-4)  # of the largest value
GRADIENT_LIMIT = 1e-4
LOGIT_PICTURES = 2
COUNTING_DISTANCE = 4e-5  # a map counts where PyTorch's layouts agree this well
GRADIENT_DISTANCE = 1e-2  # the same for a sum of many gradients, which is compared to four times that distance
DECIDING = ("guided-backprop",)  # one gradient: rounding decides ReLUs, see decisions.py
FEWEST = 10  # values compared


class Disagreement(Exception):
    """Two programs that are to be timed do not compute the same."""


def distance(values, expected):
    """The worst difference of all values, relative to the largest; and how many were compared."""
    if values.shape != expected.shape or not np.isfinite(values).all():
        raise Disagreement(f"{values.shape} instead of {expected.shape}, or not finite")
    return float(np.abs(values - expected).max() / np.abs(expected).max()), values.size


def compare_results(row, peers, ours, files):
    """Lines that say how well all agree. Throws where they do not, or where too little was compared."""
    outputs = {peer.name: peer.outputs() for peer in peers}
    if row.method in DECIDING:
        return compare_decisions(row, outputs, ours, files)
    if row.kind == "training":
        own = {"salient": ours.learned(row, files)} if ours is not None else {}
        return [said for line, limit in comparisons(outputs | own, files) for said in judged([line], limit)]
    first, *others = outputs
    expected = outputs[first]
    limit = LIMITS.get(row.kind, GRADIENT_LIMIT)
    counting = np.arange(len(expected))
    if row.kind in MAPPING:
        # Where rounding alone moves a map, agreement says nothing.
        spread = np.abs(outputs[first] - outputs[others[0]]).max((1, 2))
        largest = np.abs(expected).max((1, 2))
        told = GRADIENT_DISTANCE if row.kind == "method" else COUNTING_DISTANCE
        counting = np.flatnonzero((spread <= told * largest) & (largest > 0))
        if row.kind == "method" and len(counting):
            # A sum of many gradients: a ReLU that rounding switches on moves it in PyTorch as in ours.
            limit = max(limit, 4 * float((spread[counting] / largest[counting]).max()))
        if len(counting) == 0:
            raise Disagreement(f"no map of {row.name} is well conditioned: {spread} of {largest}")
    about = []
    for name in others:
        worst, count = distance(outputs[name][counting], expected[counting])
        about.append({"left": name, "right": first, "distance": worst, "values": count})
    if ours is not None and row.kind == "forward":
        found = ours.logits(files, min(LOGIT_PICTURES, row.images))
        scale = np.abs(expected).max()
        worst = max(abs(logit - expected[image, index]) / scale for image, index, logit in found)
        about.append({"left": "salient", "right": first, "distance": float(worst), "values": len(found)})
    if ours is not None and row.kind in MAPPING:
        # The published loop weighs and de-noises: what is compared is our map of that formula.
        same = replace(row, method="") if row.kind == "augmentation" else row
        about += compare_maps(row, ours.maps(same, files), expected, counting, limit, first, files)
    if ours is not None and row.kind == "curves":
        worst, count = distance(ours.areas(row, files), expected)
        about.append({"left": "salient", "right": first, "distance": worst, "values": count})
    about = judged(about, limit)
    if ours is not None and row.kind in gradients.OPERATORS:
        operator = gradients.OPERATORS[row.kind]
        about.append(verified(operator, ours.verified(operator)))
    return about


def compare_maps(row, found, expected, counting, limit, first, files):
    """Our maps beside a peer's. Those of Group-CAM that differ beside float64, whose undecided cells go either way."""
    differ = [image for image in counting if distance(found[image], expected[image])[0] > limit]
    apart = differ if row.kind != "method" else []
    same = np.setdiff1d(counting, apart)
    about = []
    if len(same):
        worst, count = distance(found[same], expected[same])
        about.append({"left": "salient", "right": first, "distance": worst, "values": count})
    for image in apart:
        worst, turned = undecided_cells(row, found[image], image, limit, files)
        about.append({"left": "salient", "right": "float64", "distance": worst, "values": found[image].size, "turned": turned})
    return about


def undecided_cells(row, values, image, limit, files):
    import torch

    import networks
    from thresholds import explained

    network = networks.restored(row.network, torch.load(files.state, weights_only=True))
    return explained(values, network, torch.from_numpy(np.load(files.pictures)[image]), GROUP_CAM_GROUPS, limit)


def verified(operator, report):
    """The line about our kernels of a gradient, said. Throws where one is wrong, or too little was tried.

    `salient bench --op` times them and hands no results over, so `salient verify` answers for them: every variant
    with every tile against double precision, on cases of its own.
    """
    wrong = [f"{row['variant']}, {row['worstCase']}" for row in report["rows"] if row["verdict"] != "pass"]
    if wrong or not report["passed"]:
        raise Disagreement(f"salient verify --op {operator} fails: {'; '.join(wrong)}")
    if report["cases"] < FEWEST:
        raise Disagreement(f"salient verify --op {operator} tried no more than {report['cases']} cases")
    line = {"left": "salient", "right": f"salient verify --op {operator}", "cases": report["cases"]}
    line["distance"] = max(row["worstError"] or 0 for row in report["rows"])
    print("  {right}: {cases} cases pass, worst {distance:.1e}".format(**line), flush=True)
    return line


def judged(about, limit):
    """The lines, said. Throws where one is above the limit or compares too little."""
    for line in about:
        said = f", {line['of']}" if "of" in line else ""
        said += f" with {line['turned']} choices turned" if "turned" in line else ""
        print("  {left} and {right}{said}: {values} values, worst {distance:.1e}".format(**line, said=said), flush=True)
        if not (line["distance"] <= limit and line["values"] >= FEWEST):
            raise Disagreement("{left} and {right} differ by {distance:.1e} in {values} values{said}".format(**line, said=said))
    return about


def compare_decisions(row, outputs, ours, files):
    """Every program, ours first, against float64, whose undecided ReLUs and max-pools may be decided either way."""
    import torch

    import networks
    from decisions import explained

    found = ({"salient": ours.maps(row, files)} if ours is not None else {}) | outputs
    model = networks.restored(row.network, torch.load(files.state, weights_only=True)).model.requires_grad_(False)
    pictures = torch.from_numpy(np.load(files.pictures))
    with torch.inference_mode():
        classes = model(pictures).argmax(1).tolist()
    about = []
    for name, maps in found.items():
        results = [
            explained(values, model, picture, number, GRADIENT_LIMIT)
            for values, picture, number in zip(maps, pictures, classes, strict=True)
        ]
        worst, turned = max(distance for distance, _ in results), sum(turned for _, turned in results)
        line = {"left": name, "right": "float64", "distance": worst, "values": maps.size, "turned": turned}
        about += judged([line], GRADIENT_LIMIT)
    return about
