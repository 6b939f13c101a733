"""Results before times: what does not compute the same is not compared."""

import numpy as np

LIMITS = {"forward": 1e-4, "group-cam": 1e-4, "method": 1e-4, "curves": 1e-4}  # of the largest value
GRADIENT_LIMIT = 1e-4
LOGIT_PICTURES = 2
COUNTING_DISTANCE = 4e-5  # a map counts where PyTorch's layouts agree this well
GRADIENT_DISTANCE = 1e-2  # the same for a map of gradients, which is compared to four times that distance
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
    first, *others = outputs
    expected = outputs[first]
    limit = LIMITS.get(row.kind, GRADIENT_LIMIT)
    counting = np.arange(len(expected))
    if row.kind in ("group-cam", "method"):
        # Where rounding alone moves a map, agreement says nothing.
        spread = np.abs(outputs["torch-nchw"] - outputs["torch-nhwc"]).max((1, 2))
        largest = np.abs(expected).max((1, 2))
        told = COUNTING_DISTANCE if row.kind == "group-cam" else GRADIENT_DISTANCE
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
    if ours is not None and row.kind in ("group-cam", "method"):
        worst, count = distance(ours.maps(row, files)[counting], expected[counting])
        about.append({"left": "salient", "right": first, "distance": worst, "values": count})
    if ours is not None and row.kind == "curves":
        worst, count = distance(ours.areas(row, files), expected)
        about.append({"left": "salient", "right": first, "distance": worst, "values": count})
    for line in about:
        print("  {left} and {right}: {values} values, worst {distance:.1e}".format(**line), flush=True)
        if not (line["distance"] <= limit and line["values"] >= FEWEST):
            raise Disagreement("{left} and {right} differ by {distance:.1e} in {values} values".format(**line))
    return about
