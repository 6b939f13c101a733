"""Pictures as fine-tuning with Group-CAM sees them: sharp where the map of the true class marks them, else blurred.

Written from the formulas alone, apart from `group_cam.py`. A network gives its activation by `trunk(pictures)` and its
logits by `tail(activation)`, and is in inference mode. Everything is in the precision of its pictures.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F


@dataclass(frozen=True)
class Variant:
    """How maps are made, what a pixel is compared with, and what becomes of one that is hidden."""

    groups: int
    weighted: bool  # by the gradient of the true class
    theta: float  # percentile that a value of a group must exceed; 0: no de-noising
    threshold: str  # mean of each `image`'s map or of the whole `batch`
    blend: str  # `product`: x * B + blur * (1 - B); `sum`: x * B + blur + (1 - B)


VARIANTS = {
    "paper": Variant(groups=16, weighted=False, theta=0, threshold="image", blend="product"),
    "repo": Variant(groups=32, weighted=True, theta=70, threshold="batch", blend="sum"),
}


@dataclass(frozen=True)
class Augmentation:
    """Maps S `[N,H,W]` in [0,1], thresholds T `[N]`, masks B and margins |S - T| like S, pictures x' `[N,3,H,W]`."""

    maps: torch.Tensor
    thresholds: torch.Tensor
    masks: torch.Tensor
    margins: torch.Tensor
    pictures: torch.Tensor


def blur(pictures, size=51, sigma=50.0):
    """A Gaussian over `[N,C,H,W]`, rows first; borders mirror without their edge."""
    radius = size // 2
    taps = torch.exp(-torch.arange(-radius, radius + 1, dtype=pictures.dtype).square() / (2 * sigma**2))
    taps = (taps / taps.sum()).repeat(pictures.shape[1], 1)
    padded = F.pad(pictures, (radius,) * 4, mode="reflect")
    rows = F.conv2d(padded, taps[:, None, None, :], groups=pictures.shape[1])
    return F.conv2d(rows, taps[:, None, :, None], groups=pictures.shape[1])


def min_max(values):
    """Each `[H,W]` at the end of the shape from 0 to 1; none of them may be constant."""
    low, high = values.amin((-2, -1), keepdim=True), values.amax((-2, -1), keepdim=True)
    return (values - low) / (high - low)


def weighted_activation(network, picture, label, variant):
    """A, or alpha * A with alpha the spatial mean of d logit / d A: `[C,u,v]`."""
    with torch.no_grad():
        activation = network.trunk(picture[None])
    if not variant.weighted:
        return activation[0]
    activation.requires_grad_()
    (gradient,) = torch.autograd.grad(network.tail(activation)[0, label], activation)
    return (gradient.mean((2, 3), keepdim=True) * activation.detach())[0]


def group_sums(activation, groups):
    """Sums over consecutive channels, as equal in number as may be: `[G,u,v]`."""
    channels = activation.shape[0]
    groups = min(groups, channels)
    bounds = [channels * group // groups for group in range(groups + 1)]
    return torch.stack([activation[low:high].sum(0) for low, high in zip(bounds, bounds[1:])])


def percentiles(maps, theta):
    """Of each `[u,v]`, between its two nearest values: `[G,1,1]`."""
    return maps.flatten(1).quantile(theta / 100, dim=1)[:, None, None]


def group_masks(sums, theta, size):
    """Masks `[L,1,H,W]` in [0,1] of the groups that are positive anywhere."""
    maps = sums.relu()
    if theta > 0:
        maps = maps * (maps > percentiles(maps, theta))
    large = F.interpolate(maps[:, None], size=size, mode="bilinear", align_corners=False)
    return min_max(large[large.amax((1, 2, 3)) > large.amin((1, 2, 3))])


def saliency(network, picture, label, variant):
    """The Group-CAM map `[H,W]` of one picture `[3,H,W]`; zeros where no mask raises the probability of its class."""
    sums = group_sums(weighted_activation(network, picture, label, variant), variant.groups)
    masks = group_masks(sums, variant.theta, picture.shape[1:])
    blurred = blur(picture[None])
    with torch.no_grad():
        rows = torch.cat([blurred, picture * masks + blurred * (1 - masks)])
        scores = network.tail(network.trunk(rows)).softmax(1)[:, label]
    total = ((scores[1:] - scores[0])[:, None, None] * masks[:, 0]).sum(0).relu()
    return min_max(total) if total.amax() > total.amin() else torch.zeros_like(total)


def augment(network, pictures, labels, variant):
    """The pictures `[N,3,H,W]` of these true classes, with all that led to them."""
    maps = torch.stack([saliency(network, *pair, variant) for pair in zip(pictures, labels, strict=True)])
    means = maps.mean((1, 2))
    thresholds = means if variant.threshold == "image" else means.mean().expand_as(means)
    distances = maps - thresholds[:, None, None]
    masks = (distances >= 0).to(maps.dtype)
    return Augmentation(maps, thresholds, masks, distances.abs(), blended(pictures, masks[:, None], variant.blend))


def blended(pictures, masks, blend):
    """x * B + blur * (1 - B), or what the published script computes with a plus in the place of its second product."""
    hidden = blur(pictures) * (1 - masks) if blend == "product" else blur(pictures) + (1 - masks)
    return pictures * masks + hidden
