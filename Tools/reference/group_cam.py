"""Grad-CAM and Group-CAM from scratch, in whatever precision the network and the picture have.

Grad-CAM: Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based
Localization", IJCV 2020 (arXiv 1610.02391). Group-CAM: Zhang, Rao and Yang, "Group-CAM: Group
Score-Weighted Visual Explanations for Deep Convolutional Networks", 2021 (arXiv 2103.13859):
`variant=paper` is the method as described there, `head` what the authors' published code does
today, `fast` what the paper's fine-tuning does.

A network is any object with `trunk(picture) -> A`, `tail(A) -> logits` and `scores`, one of
`softmax`, `sigmoid` and `raw`: the way in which logits become the scores that weigh the masks.
"""

from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F

import clusters

BLUR_SIZE, BLUR_SIGMA = 51, 50.0
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
FORWARD_ROWS = 8


@dataclass(frozen=True)
class GradCAM:
    pool: str = "mean"
    reduce: str = "sum"
    relu: str = "true"
    finish: str = "default"


@dataclass(frozen=True)
class GroupCAM:
    groups: int = 32
    theta: float = 70.0
    theta_scope: str = "group"
    weights: str = "gradient"
    score: str = "prob-minus-baseline"
    merge: str = "normalised"
    rectify: str = "sum"
    norm_order: str = "upsample-then-norm"
    baseline: str = "blur"
    split: str = "balanced"
    cluster: str = "none"
    kmeans_init: str = "distant"
    seed: int = 0


VARIANTS = {
    "paper": GroupCAM(),
    "head": GroupCAM(theta=0.0, merge="raw", rectify="each"),
    "fast": GroupCAM(groups=16, theta=0.0, weights="none"),
}


@dataclass(frozen=True)
class Map:
    values: torch.Tensor
    degenerate: bool


def explain(network, picture, method, settings, target="top1"):
    """The map of one picture [3,H,W]; `settings` maps setting names to strings, as typed by users."""
    settings = dict(settings)
    if method == "grad-cam":
        return grad_cam(network, picture, _configured(GradCAM(), settings), target)
    variant = VARIANTS[settings.pop("variant", "paper")]
    return group_cam(network, picture, _configured(variant, settings), target)


def _configured(defaults, settings):
    fields = {name.replace("-", "_"): value for name, value in settings.items()}
    typed = {name: type(getattr(defaults, name))(value) for name, value in fields.items()}
    return replace(defaults, **typed)


# Targets: what is differentiated, and what weighs the masks


class Target:
    """`top1`, a class `c`, `a-b`, `not:c`, `prob:c` or `logprob:c`, resolved on the clean logits.

    A network with one output z has two classes: 1 with the logit z and 0 with the logit -z.
    """

    def __init__(self, text, logits, scores):
        self.scores = scores
        self.kind, _, classes = text.rpartition(":")
        if classes == "top1":
            self.classes = [int(class_logits(logits)[0].argmax())]
        else:
            self.classes = [int(number) for number in classes.split("-")]

    def value(self, logits):
        """The scalar of each row that the gradient is taken of: a logit, unless asked otherwise."""
        logits = class_logits(logits)
        if self.kind == "prob":
            return probabilities(logits, self.scores)[:, self.classes[0]]
        if self.kind == "logprob":
            return probabilities(logits, self.scores)[:, self.classes[0]].log()
        value = logits[:, self.classes[0]]
        for other in self.classes[1:]:
            value = value - logits[:, other]
        return -value if self.kind == "not" else value

    def score(self, logits):
        """The score of each row: the probability of the class, or the value itself of a contrast."""
        if len(self.classes) > 1:
            return self.value(logits)
        score = probabilities(class_logits(logits), self.scores)[:, self.classes[0]]
        return -score if self.kind == "not" else score


def class_logits(logits):
    return torch.cat([-logits, logits], dim=1) if logits.shape[1] == 1 else logits


def probabilities(logits, scores):
    if scores == "softmax":
        return torch.softmax(logits, dim=1)
    return torch.sigmoid(logits) if scores == "sigmoid" else logits


# Grad-CAM


def grad_cam(network, picture, settings, target):
    activation, gradient, _ = _differentiated(network, picture, target)
    pooled = gradient.sum((1, 2)) if settings.pool == "sum" else gradient.mean((1, 2))  # equation 1
    weighted = pooled[:, None, None] * activation
    low = weighted.mean(0) if settings.reduce == "mean" else weighted.sum(0)  # equation 2
    if settings.relu == "true":
        low = torch.relu(low)
    return _finished(low, picture.shape[1:], settings.finish)


def _differentiated(network, picture, target):
    """The tapped activation A, dy/dA and the resolved target."""
    with torch.no_grad():
        activation = network.trunk(picture[None])
    activation.requires_grad_()
    with torch.enable_grad():
        logits = network.tail(activation)
        target = Target(target, logits, network.scores)
        (gradient,) = torch.autograd.grad(target.value(logits).sum(), activation)
    if not (logits.isfinite().all() and gradient.isfinite().all()):
        raise ArithmeticError("logits or gradient are not finite")
    return activation.detach()[0], gradient[0], target


def _finished(low, size, finish):
    """From the rectified map at the tap's size to the map at the picture's size, as each tool does it."""
    if low.max() == low.min():
        return Map(low.new_zeros(size), degenerate=True)
    if finish == "default":  # Group-CAM's repository
        return Map(_stretched(upsampled(low, size)), degenerate=False)
    if finish == "library":  # pytorch-grad-cam
        return Map(_stretched(upsampled(_stretched(low, 1e-7), size), 1e-7), degenerate=False)
    if finish == "torchcam":
        return Map(upsampled(_stretched(low, 1e-8), size), degenerate=False)
    if finish == "pair":
        top = low.max()
        return Map(upsampled(low / top if top > 0 else low, size), degenerate=False)
    if finish == "raw":  # Torch7, whose image.scale aligns the corners
        return Map(upsampled(low, size, align_corners=True), degenerate=False)
    raise ValueError(f"finish={finish}")


# Group-CAM


@torch.no_grad()
def group_cam(network, picture, settings, target):
    sums, target = group_sums(network, picture, settings, target)
    return merged(network, picture, _denoised(torch.relu(sums), settings), target, settings)


@torch.no_grad()
def group_sums(network, picture, settings, target):
    """The sum over each group's weighted channels [groups, u, v], and the resolved target."""
    activation, gradient, target = _differentiated(network, picture, target)
    if settings.weights == "gradient":
        activation = gradient.mean((1, 2))[:, None, None] * activation
    groups = _split(activation, settings) if settings.cluster == "none" else _clustered(activation, settings)
    return torch.stack([channels.sum(0) for channels in groups]), target


@torch.no_grad()
def merged(network, picture, masks, target, settings):
    """The map of masks [groups, u, v] that are rectified and de-noised."""
    masks = masks[masks.amax((1, 2)) > masks.amin((1, 2))]  # a constant mask hides nothing: skipped
    size = picture.shape[1:]
    if len(masks) == 0:
        return Map(picture.new_zeros(size), degenerate=True)

    raw = upsampled(masks, size)
    if settings.norm_order == "upsample-then-norm":
        normalised = torch.stack([_stretched(mask) for mask in raw])
    else:
        normalised = upsampled(torch.stack([_stretched(mask) for mask in masks]), size)

    scores = _scores(network, picture, normalised, target, settings)
    if settings.rectify == "each":
        scores = torch.relu(scores)
    merged = raw if settings.merge == "raw" else normalised
    total = torch.relu((scores[:, None, None] * merged).sum(0))
    if total.max() == total.min():
        return Map(torch.zeros_like(total), degenerate=True)
    return Map(_stretched(total), degenerate=False)


def _denoised(masks, settings):
    """Masks without what is not above their threshold."""
    if settings.theta == 0:
        return masks
    return torch.where(masks > thresholds(masks, settings)[:, None, None], masks, 0)


def thresholds(masks, settings):
    """One number a group, or one for all."""
    if settings.theta_scope == "joint":
        return percentile(masks.flatten(), settings.theta).reshape(1)
    return torch.stack([percentile(mask.flatten(), settings.theta) for mask in masks])


def _split(weighted, settings):
    channels = len(weighted)
    count = min(settings.groups, channels)
    if settings.split == "chunk":
        return weighted.chunk(count)
    bounds = [group * channels // count for group in range(count + 1)]
    return [weighted[start:end] for start, end in zip(bounds, bounds[1:])]


def _clustered(weighted, settings):
    vectors = weighted.flatten(1).double().numpy()
    count = min(settings.groups, len(weighted))
    if settings.cluster == "ward":
        labels = clusters.ward(vectors, count)
    else:
        labels = clusters.kmeans(vectors, count, settings.seed if settings.kmeans_init == "plusplus" else None)
    return [weighted[torch.tensor(labels) == label] for label in range(max(labels) + 1)]


def _scores(network, picture, masks, target, settings):
    """The score of the picture blended with its baseline through each mask, less the baseline's."""
    baseline = _baseline(picture, settings.baseline)
    scores = []
    for some in masks[:, None].split(FORWARD_ROWS):
        blended = picture * some + baseline * (1 - some)
        scores.append(target.score(network.tail(network.trunk(blended))))
    scores = torch.cat(scores)
    if settings.score == "prob-minus-baseline":
        scores = scores - target.score(network.tail(network.trunk(baseline[None])))
    if not scores.isfinite().all():
        raise ArithmeticError("scores are not finite")
    return scores


def _baseline(picture, name):
    if name == "blur":
        return blurred(picture)
    if name == "zero":
        return torch.zeros_like(picture)
    mean, std = picture.new_tensor(IMAGENET_MEAN), picture.new_tensor(IMAGENET_STD)
    return (-mean / std)[:, None, None].expand_as(picture)  # black


# Numeric primitives


def upsampled(maps, size, align_corners=False):
    """Bilinear, over the last two axes."""
    columns = maps.reshape(-1, 1, *maps.shape[-2:])
    resized = F.interpolate(columns, size=size, mode="bilinear", align_corners=align_corners)
    return resized.reshape(*maps.shape[:-2], *size)


def percentile(values, theta):
    """Linear interpolation between order statistics, computed in float64."""
    ascending = values.double().sort().values
    place = theta / 100 * (len(ascending) - 1)
    low = int(place)
    high = min(low + 1, len(ascending) - 1)
    return (ascending[low] + (place - low) * (ascending[high] - ascending[low])).to(values.dtype)


def blurred(picture):
    """A separable Gaussian; borders mirror without repeating the edge pixel."""
    radius = BLUR_SIZE // 2
    offsets = torch.arange(BLUR_SIZE, dtype=picture.dtype) - radius
    kernel = torch.exp(-(offsets**2) / (2 * BLUR_SIGMA**2))
    kernel = (kernel / kernel.sum()).to(picture)
    padded = F.pad(picture[:, None], (radius,) * 4, mode="reflect")
    rows = F.conv2d(padded, kernel.reshape(1, 1, 1, -1))
    return F.conv2d(rows, kernel.reshape(1, 1, -1, 1))[:, 0]


def _stretched(values, epsilon=0.0):
    low, high = values.min(), values.max()
    return (values - low) / (high - low + epsilon)

