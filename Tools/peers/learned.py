"""What an epoch of training comes to, the same from every program: the mean loss, and how far each parameter moved."""

import numpy as np

import safetensors_file

LOSS_LIMIT = 1e-4  # of the loss
CHANGE_LIMIT = 0.1  # of the norm of what a parameter, or a running statistic, has moved; PyTorch's layouts differ by 0.03


def learned(loss, before, after):
    """The loss, and behind it the changes of all parameters end to end, in the order of `before`."""
    changes = [(np.asarray(after[name]) - values).reshape(-1) for name, values in before.items()]
    return np.concatenate([[loss], *changes])


def comparisons(found, files):
    """Every program beside the first: lines about loss and changes, each with the limit of its distance."""
    before, pictures = safetensors_file.read(files.model), len(np.load(files.labels))
    first, *others = found
    lines = []
    for name in others:
        both, pair = (found[name], found[first]), {"left": name, "right": first}
        loss = {"of": "mean loss", "distance": loss_distance(*both), "values": pictures}
        change, worst = change_distance(*both, before)
        changes = {"of": f"changes, {worst} worst", "distance": change, "values": found[name].size - 1}
        lines += [(pair | loss, LOSS_LIMIT), (pair | changes, CHANGE_LIMIT)]
    return lines


def loss_distance(found, expected):
    return float(abs(found[0] - expected[0]) / abs(expected[0]))


def change_distance(found, expected, before):
    """The norm of the worst parameter's difference, relative to that of its change; and its name."""
    ends = np.cumsum([values.size for values in before.values()])[:-1]
    pairs = zip(before, np.split(found[1:], ends), np.split(expected[1:], ends), strict=True)
    distances = {name: _relative(one, other) for name, one, other in pairs}
    worst = max(distances, key=distances.get)
    return distances[worst], worst


def _relative(found, expected):
    """Infinite where nothing should have moved, or a number is none: a parameter that stays shows nothing."""
    distance = np.linalg.norm(found - expected) / (np.linalg.norm(expected) or np.nan)
    return float(distance) if np.isfinite(distance) else np.inf
