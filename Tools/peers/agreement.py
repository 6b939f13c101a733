"""Results before times: what does not compute the same is not compared."""

import numpy as np

LIMITS = {"forward": 1e-4, "group-cam": 1e-4, "curves": 1e-4}  # of the largest value
GRADIENT_LIMIT = 1e-4
LOGIT_PICTURES = 2
COUNTING_DISTANCE = 4e-5  # a map counts where PyTorch's layouts agree this well
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
    if row.kind == "group-cam":
        # Where rounding alone moves a map, agreement says nothing.
        spread = np.abs(outputs["torch-nchw"] - outputs["torch-nhwc"]).max((1, 2))
        counting = np.flatnonzero((spread <= COUNTING_DISTANCE) & (expected.max((1, 2)) > 0))
        if len(counting) == 0:
            raise Disagreement(f"no map of {row.name} is well conditioned: {spread}")
    about = []
    for name in others:
        worst, count = distance(outputs[name][counting], expected[counting])
        about.append({"left": name, "right": first, "distance": worst, "values": count})
    if ours is not None and row.kind == "forward":
        found = ours.logits(files, min(LOGIT_PICTURES, row.images))
        scale = np.abs(expected).max()
        worst = max(abs(logit - expected[image, index]) / scale for image, index, logit in found)
        about.append({"left": "salient", "right": first, "distance": float(worst), "values": len(found)})
    if ours is not None and row.kind == "group-cam":
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
