"""Insertion, deletion, confidence and ROAD by others, for evaluation_fixtures.py."""

import networks  # before any package that imports torchvision: see conditioning.py

import numpy as np
import torch
import torch.nn.functional as F
from pytorch_grad_cam.metrics import cam_mult_image, perturbation_confidence, road
from pytorch_grad_cam.utils.model_targets import ClassifierOutputSoftmaxTarget, ClassifierOutputTarget
from scipy.ndimage import gaussian_filter

import group_cam
import philox
from evaluation_subjects import IMPUTATION, KINDS, SIDE, TIES

# Insertion and deletion


def rise_blur(x):
    """The blur of the code of RISE: a bright pixel of 11x11 under scipy's filter, as a convolution with zeros outside."""
    grid = np.zeros((11, 11))
    grid[5, 5] = 1
    kernel = torch.from_numpy(gaussian_filter(grid, 5)).to(x.dtype)
    return F.conv2d(x[:, None], kernel[None, None], padding=5)[:, 0]


def curve(subject, map_, way, settings):
    """The scores after each step, and the area below them, as the code of RISE has it."""
    x, pixels = subject.x, SIDE * SIDE
    if way == "deletion":
        start, finish = x, torch.zeros_like(x) if settings["del"] == "zero" else group_cam.blurred(x)
    else:
        start, finish = rise_blur(x) if settings["ins"] == "blur-rise" else group_cam.blurred(x), x
    order = torch.from_numpy(np.argsort(-map_.reshape(-1), kind="stable"))
    if settings["step"] == "paper":
        counts = [step * pixels // 100 for step in range(101)]
    else:
        size = int(settings["step"])
        counts = [min(step * size, pixels) for step in range((pixels + size - 1) // size + 1)]
    changed = []
    for count in counts:
        image = start.clone().reshape(3, -1)
        image[:, order[:count]] = finish.reshape(3, -1)[:, order[:count]]
        changed.append(image.reshape(x.shape))
    scores = subject.scores(torch.stack(changed)).double().numpy()
    area = (scores.sum() - scores[0] / 2 - scores[-1] / 2) / (len(scores) - 1)
    return area, scores


CURVES = (
    ("arithmetic of eclique/RISE", {"step": "224", "del": "zero", "ins": "blur-rise"}),
    ("arithmetic of eclique/RISE", {"step": "1792", "del": "zero", "ins": "blur-rise"}),
    ("arithmetic of wofmanaf/Group-CAM", {"step": "448", "del": "zero", "ins": "blur"}),
    ("formula of the paper of Group-CAM", {"step": "paper", "del": "blur", "ins": "blur"}),
)


def record_curves(record):
    for peer, settings in CURVES:
        for kind in KINDS if settings["step"] != "paper" else KINDS[:1]:

            def both(subject, map_):
                return [curve(subject, map_, way, settings)[0] for way in ("insertion", "deletion")]

            record("insertion", peer, kind, lambda s, m: both(s, m)[0], settings)
            record("deletion", peer, kind, lambda s, m: both(s, m)[1], settings)
    record("over-all", peer, "smooth", lambda s, m: both(s, m)[0] - both(s, m)[1], settings)


# Confidence


def explained(subject, map_):
    return subject.scores(torch.stack([subject.x, subject.x * torch.from_numpy(map_)])).double().numpy()


def drop(subject, map_):
    clean, seen = explained(subject, map_)
    return 100 * max(0, clean - seen) / clean


def increase(subject, map_):
    clean, seen = explained(subject, map_)
    return 100.0 * (seen > clean)


def library_confidence(metric):
    def value(subject, map_):
        targets = [ClassifierOutputTarget(subject.index)]
        return float(metric()(subject.x[None], map_[None], targets, subject.model)[0])

    return value


def record_confidence(record):
    for kind in KINDS:
        record("average-drop", "formula of the paper", kind, drop, {}, unit=100)
        record("increase", "formula of the paper", kind, increase, {}, unit=100)
        library = {"library": "true"}
        record("average-drop", "grad-cam", kind, library_confidence(cam_mult_image.DropInConfidence), library, unit=None)
        record("increase", "grad-cam", kind, library_confidence(cam_mult_image.IncreaseInConfidence), library)


# ROAD


class PairedImputer(road.NoisyLinearImputer):
    """The imputer of pytorch-grad-cam with noise that does not change from call to call, or with none.

    It fills in single precision only.
    """

    def __init__(self, level=0):
        super().__init__(noise=0)
        self.level = level

    def __call__(self, image, mask):
        # Where all is removed the equations are singular and the package's solution arbitrary.
        if not mask.any():
            filled = torch.zeros_like(image)
        else:
            filled = super().__call__(image.float(), mask).to(image.dtype)
        noise = torch.from_numpy(philox.normals(0, tuple(image.shape), stream=IMPUTATION))
        return filled + self.level * (noise * (1 - mask)).to(filled.dtype)


def changes(subject, map_, percentiles, perturbation):
    """The change of the probability at each percentile by pytorch-grad-cam's own metric class."""
    metric = [perturbation_confidence.PerturbationConfidenceMetric(perturbation(p)) for p in percentiles]
    targets = [ClassifierOutputSoftmaxTarget(subject.index)]
    return np.mean([m(subject.x[None], map_[None], targets, subject.model)[0] for m in metric])


def road_by_threshold(percentiles, imputer):
    def value(subject, map_):
        most = changes(subject, map_, percentiles, lambda p: perturbation_confidence.RemoveMostRelevantFirst(p, imputer))
        least = changes(subject, map_, percentiles, lambda p: perturbation_confidence.RemoveLeastRelevantFirst(p, imputer))
        return (least - most) / 2

    return value


def road_by_rank(percentiles, imputer):
    words = philox.words(np.arange(SIDE * SIDE // 4), TIES, 0).reshape(-1)

    def perturbation(sign):
        def at(percentile):
            def removed(image, map_):
                values = sign * map_.numpy().reshape(-1)
                count = int(np.floor((1 - percentile / 100) * values.size + 0.5))
                order = np.lexsort((np.arange(values.size), words, -values))
                mask = torch.ones(values.size)
                mask[torch.from_numpy(order[:count])] = 0
                return imputer(image, mask.reshape(SIDE, SIDE))

            return removed

        return at

    def value(subject, map_):
        return (changes(subject, map_, percentiles, perturbation(-1)) - changes(subject, map_, percentiles, perturbation(1))) / 2

    return value


def mean_imputer(image, mask):
    return torch.where(mask > 0, image, image.mean((1, 2), keepdim=True))


def record_road(record):
    four, nine = (20, 40, 60, 80), tuple(range(10, 100, 10))
    exact = {"noise": "0", "select": "threshold"}
    for kind in KINDS:
        record("road", "grad-cam", kind, road_by_threshold(four, PairedImputer()), exact)
        record("road", "grad-cam, its imputer; order by ties written out", kind, road_by_rank(four, PairedImputer(0.01)), {})
    wide = {**exact, "percentiles": ",".join(map(str, nine))}
    record("road", "grad-cam", "smooth", road_by_threshold(nine, PairedImputer()), wide)
    noisy = {"noise": "0.05", "select": "threshold"}
    record("road", "grad-cam, the noise of Salient", "pixels", road_by_threshold(four, PairedImputer(0.05)), noisy)
    record("road", "formula", "smooth", road_by_rank(four, mean_imputer), {"impute": "mean"})
