"""Writes Tests/Fixtures/evaluation/regions.json afresh: what others make of polygons, run lengths, maps and masks.

Masks: pycocotools. Similarities: scipy and scikit-image. Connected parts: scikit-image. Average precision: scikit-learn.
Enlarged maps: scipy's linear interpolation. The pointing game is TorchRay's rule, and segmentation that of Chefer and
others, both written out here: the first by scipy's distance transform, the second by NumPy's histogram of two labels.
"""

import environment

if __name__ == "__main__":
    environment.enter("region")

import json
import warnings
from pathlib import Path

import numpy as np
import philox
from pycocotools import mask as coco
from scipy import ndimage, stats
from skimage.feature import hog
from skimage.measure import label, regionprops
from skimage.metrics import structural_similarity
from sklearn.metrics import average_precision_score

OUT = Path(__file__).resolve().parents[2] / "Tests" / "Fixtures" / "evaluation" / "regions.json"


def numbers(count, seed):
    """Numbers in [0, 1), multiples of 2^-24, from a linear congruence that the tests have too."""
    state, values = seed, []
    for _ in range(count):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        values.append((state >> 40) / 2**24)
    return np.array(values)


def field(height, width, seed, steps=0):
    """A map of noise over a slope; with steps, of so many values, so that many are equal."""
    noise = numbers(height * width, seed).reshape(height, width)
    rows, columns = np.mgrid[:height, :width]
    values = 0.5 * noise + 0.25 * rows / height + 0.25 * ((columns * 3 // width) % 2)
    return np.floor(values * steps) / steps if steps else values


def unit(values):
    low, high = values.min(), values.max()
    return (values - low) / (high - low) if high > low else np.zeros_like(values)


def runs(mask):
    """Run lengths down the columns, outside first."""
    flat = mask.astype(bool).ravel(order="F")
    lengths, state, length = [], False, 0
    for value in flat:
        if value != state:
            lengths.append(length)
            state, length = value, 0
        length += 1
    return lengths + [length]


def masks():
    cases = []
    for number in range(48):
        dice = np.random.default_rng(number)
        height, width = (int(side) for side in dice.integers(3, 60, 2))
        count = int(dice.integers(3, 12))
        kind = number % 4
        corners = dice.uniform([0, 0], [width, height], (count, 2))
        if kind == 1:
            corners = np.round(corners)
        if kind == 2:
            corners = np.round(corners * 2) / 2
        if kind == 3:
            # Beyond the picture on all sides.
            corners = dice.uniform([-0.3 * width, -0.3 * height], [1.3 * width, 1.3 * height], (count, 2))
        polygon = [round(float(value), 2) for value in corners.ravel()]
        packed = coco.frPyObjects([polygon], height, width)[0]
        cases.append({
            "width": width, "height": height, "polygon": polygon,
            "runs": runs(coco.decode(packed)), "text": packed["counts"].decode(),
        })
    return cases


def similarities():
    cases = []
    for number, (height, width, steps) in enumerate(
            [(48, 48, 0), (64, 80, 0), (50, 71, 4), (128, 128, 0), (96, 65, 12), (48, 100, 2), (224, 224, 0), (63, 63, 3)]):
        first = field(height, width, 2 * number + 1, steps)
        second = field(height, width, 2 * number + 2, steps)
        if number % 2:
            second = 0.7 * first + 0.3 * second
        a, b = unit(first), unit(second)
        case = {"height": height, "width": width, "seeds": [2 * number + 1, 2 * number + 2], "steps": steps,
                "mixed": number % 2 == 1, "spearman": stats.spearmanr(first.ravel(), second.ravel()).statistic}
        for span in (1, 2):
            case[f"ssim{span}"] = structural_similarity(
                a, b, gaussian_weights=True, sigma=1.5, use_sample_covariance=True, data_range=span)
        vectors = [hog(values, orientations=9, pixels_per_cell=(16, 16), cells_per_block=(3, 3)) for values in (a, b)]
        case["hog"] = stats.spearmanr(*vectors).statistic
        case["hogSum"] = float(vectors[0].sum())
        case["hogCount"] = len(vectors[0])
        cases.append(case)
    return cases


def enlarged(small, box, height, width):
    """The small map over a part x, y, w, h of a picture, linear between centres, held beyond the outermost."""
    x, y, across, down = box
    rows = (np.arange(height) + 0.5 - y) * (small.shape[0] / down) - 0.5
    columns = (np.arange(width) + 0.5 - x) * (small.shape[1] / across) - 0.5
    grid = np.meshgrid(np.clip(rows, 0, small.shape[0] - 1), np.clip(columns, 0, small.shape[1] - 1), indexing="ij")
    # As float32, what is equal but for rounding is equal.
    values = ndimage.map_coordinates(small, grid, order=1, mode="nearest").astype(np.float32).astype(np.float64)
    inside_rows = (np.arange(height) + 0.5 >= y) & (np.arange(height) + 0.5 < y + down)
    inside_columns = (np.arange(width) + 0.5 >= x) & (np.arange(width) + 0.5 < x + across)
    return values, np.outer(inside_rows, inside_columns)


def average_precision(scores, labels):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(np.nan_to_num(average_precision_score(labels, scores)))


def overlap(a, b):
    """Intersection over union of rectangles whose corners belong to them."""
    columns = min(a[2], b[2]) - max(a[0], b[0]) + 1
    rows = min(a[3], b[3]) - max(a[1], b[1]) + 1
    both = max(columns, 0) * max(rows, 0)
    area = sum((box[2] - box[0] + 1) * (box[3] - box[1] + 1) for box in (a, b))
    return both / (area - both)


def judged(number):
    dice = np.random.default_rng(1000 + number)
    height, width = (int(side) for side in dice.integers(24, 120, 2))
    side = int(dice.choice([4, 7, 14]))
    steps = [0, 0, 3, 6][number % 4]
    small = field(side, side, 500 + number, steps).astype(np.float32).astype(np.float64)
    box = [0.0, 0.0, float(width), float(height)]
    if number % 3 == 2:
        edge = min(width, height)
        box = [(width - edge) / 2, (height - edge) / 2, float(edge), float(edge)]
    values, covered = enlarged(small, box, height, width)
    boxes = []
    for _ in range(int(dice.integers(1, 3))):
        left, top = int(dice.integers(0, width - 8)), int(dice.integers(0, height - 8))
        boxes.append([left, top, int(dice.integers(left + 2, width)), int(dice.integers(top + 2, height))])
    mask = np.zeros((height, width), bool)
    for left, top, right, bottom in boxes:
        mask[top:bottom + 1, left:right + 1] = True

    # The pointing game, TorchRay's rule: strictly nearer than the tolerance.
    pointed = np.where(covered, values, -np.inf)
    row, column = np.unravel_index(np.argmax(pointed), pointed.shape)
    distance = ndimage.distance_transform_edt(~mask)[row, column]
    hits = {str(tolerance): bool(distance < tolerance or mask[row, column]) for tolerance in (0, 3, 15)}

    low, high = values[covered].min(), values[covered].max()
    scaled = np.where(covered, (values - low) / (high - low), 0)
    energy = scaled[mask].sum() / scaled.sum()
    swapped = np.zeros_like(mask)
    for left, top, right, bottom in boxes:
        swapped[left:right, top:bottom] = True
    bug = scaled[swapped].sum() / scaled.sum()

    found = {}
    for neighbours, connectivity in (("8", 2), ("4", 1)):
        bright = covered & (values >= 0.6 * high)
        parts = regionprops(label(bright, connectivity=connectivity))
        largest = max(parts, key=lambda part: part.area)
        top, left, bottom, right = largest.bbox
        rectangle = [left, top, right - 1, bottom - 1]
        found[neighbours] = {"box": rectangle, "iou": max(overlap(rectangle, other) for other in boxes)}

    # Chefer and others: a histogram of label and prediction, -1 passed over.
    truth = np.where(covered, mask.astype(int), -1)
    ignored = [int(dice.integers(0, width)), int(dice.integers(0, height))]
    if number % 2:
        crowd = np.zeros_like(mask)
        crowd[ignored[1]:, ignored[0]:] = True
        truth = np.where(crowd & ~mask, -1, truth)
    predicted = (scaled > scaled[covered].mean()).astype(int)
    labelled = truth >= 0
    table = np.bincount(2 * truth[labelled] + predicted[labelled], minlength=4).reshape(2, 2)
    both, union = np.diag(table), table.sum(0) + table.sum(1) - np.diag(table)
    scores, labels = scaled[labelled], truth[labelled]
    precisions = [average_precision(scores, labels), average_precision(1 - scores, 1 - labels)]
    return {
        "height": height, "width": width, "map": [float(value) for value in small.ravel()], "side": side, "covered": box,
        "boxes": boxes, "crowd": ignored if number % 2 else None, "point": [int(column), int(row)], "hits": hits,
        "energy": energy, "bug": bug, "found": found, "both": both.tolist(), "union": union.tolist(),
        "correct": int(both.sum()), "labelled": int(labelled.sum()), "ap": sum(precisions) / 2,
        "pooled": average_precision(np.concatenate([scores, 1 - scores]), np.concatenate([labels, 1 - labels])),
    }


def intervals():
    """Percentile intervals of means: NumPy's quantiles over draws from stream 11."""
    cases = []
    for count, repetitions, level, seed in [(1, 50, 0.95, 0), (2, 400, 0.95, 0), (7, 1000, 0.95, 3), (40, 1000, 0.95, 0),
                                            (40, 333, 0.5, 2**40 + 7), (101, 250, 0.9, 1)]:
        values = numbers(count, 90 + count)
        blocks = philox.words(np.arange((count * repetitions + 3) // 4), 11, seed).ravel()[:count * repetitions]
        places = ((blocks.astype(np.uint64) * np.uint64(count)) >> np.uint64(32)).astype(int)
        means = values[places.reshape(repetitions, count)].mean(1)
        low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
        cases.append({"values": values.tolist(), "repetitions": repetitions, "level": level, "seed": seed, "low": low, "high": high})
    return cases


def main():
    OUT.parent.mkdir(parents=True, exist_ok=True)
    document = {"masks": masks(), "similarities": similarities(), "judged": [judged(number) for number in range(24)],
                "intervals": intervals()}
    parts = []
    for key, cases in document.items():
        lines = ",\n".join(" " + json.dumps(case, separators=(",", ":")) for case in cases)
        parts.append(f'"{key}":[\n{lines}\n]')
    OUT.write_text("{\n" + ",\n".join(parts) + "\n}\n")
    print(OUT, OUT.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
