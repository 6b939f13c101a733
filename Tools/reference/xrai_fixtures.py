"""Writes Tests/Fixtures/methods/xrai: regions by PAIR's XRAI.

The pictures are smaller than the 224x224 at which PAIR segments, and it would enlarge them by a cubic spline; so the
segments are handed over: scikit-image's, of the picture enlarged bilinearly. PAIR's own segments are compared in
segments.py.
"""

import environment

if __name__ == "__main__":
    environment.enter("methods")

import networks

import numpy as np
import torch
import torch.nn.functional as F
from saliency.core import base, xrai
from skimage.morphology import dilation, disk
from skimage.segmentation import felzenszwalb

import method_fixtures

SIDE, SCALES, SIGMA = 224, (50, 100, 150, 250, 500, 1200), 0.8
MEAN, DEVIATION = np.array((0.485, 0.456, 0.406)), np.array((0.229, 0.224, 0.225))
# network: what is set there beside the defaults. Not MobileNet: on its flat baselines a unit lies at an edge of ReLU6,
# and rounding decides on which side.
SETTINGS = {
    "resnet-basic": (
        {"algorithm": "fast"},
        {"area": "0.3"},
        {"min-size": "20"},
        {"min-diff": "20"},
        {"dilate": "0"},
        {"baseline": "black-white"},
        {"steps": "25"},
    ),
    "vgg": ({"algorithm": "fast"}, {"dilate": "2"}),
    "densenet": ({"algorithm": "fast"}, {"area": "0.3"}, {"baseline": "black-white"}, {"min-size": "20"}),
    "efficientnet": ({"algorithm": "fast"}, {"area": "0.3"}, {"baseline": "black-white"}, {"min-size": "20"}),
}


class FirstMaximum(torch.nn.Module):
    """Max-pooling that takes the first of values that differ by rounding alone.

    The baselines are images of one colour, where every window ties: at the first step of integration
    rounding would choose.
    """

    def __init__(self, pool):
        super().__init__()
        self.pool = pool

    def forward(self, x):
        near = 1e-11 if x.dtype == torch.float64 else 3e-7
        pool = self.pool
        geometry = [pool.kernel_size, pool.dilation, pool.padding, pool.stride]
        batch, channels, height, width = x.shape
        lowest = -1e30
        windows = F.unfold(x, *geometry)
        inside = F.unfold(torch.ones_like(x[:1, :1]), *geometry)
        taps = windows.shape[1] // channels
        windows = windows.view(batch, channels, taps, -1)
        values = windows.detach().masked_fill(inside.view(1, 1, taps, -1) == 0, lowest)
        highest = values.amax(2, keepdim=True)
        places = (values >= highest - near).to(torch.uint8).argmax(2, keepdim=True)
        size = F.max_pool2d(x[:1, :1], pool.kernel_size, pool.stride, pool.padding, pool.dilation).shape[2:]
        return windows.gather(2, places).view(batch, channels, *size)


def with_first_maxima(network):
    for name, module in list(network.model.named_modules()):
        if isinstance(module, torch.nn.MaxPool2d):
            network.model.set_submodule(name, FirstMaximum(module))
    return network


def segments(picture, smallest, radius):
    """Masks of a picture [H,W,C], scale by scale, within a scale by label."""
    low, high = picture.min(), picture.max()
    stretched = torch.from_numpy((picture - low) / (high - low) * 2 - 1).permute(2, 0, 1)[None]
    large = F.interpolate(stretched, (SIDE, SIDE), mode="bilinear", align_corners=False)[0].permute(1, 2, 0).numpy()
    rows, columns = ((2 * np.arange(size) + 1) * SIDE // (2 * size) for size in picture.shape[:2])
    masks = []
    for scale in SCALES:
        labels = felzenszwalb(large, scale=scale, sigma=SIGMA, min_size=smallest)
        near = labels[np.ix_(rows, columns)]
        masks += [dilation(near == label, footprint=disk(radius)) for label in range(labels.max() + 1)]
    return masks


def call(network, picture):
    """The call-back of PAIR: gradients of the class of the clean picture."""
    dtype = next(network.model.parameters()).dtype
    with torch.no_grad():
        top = int(network.model(picture[None]).argmax())

    def gradients(batch, call_model_args=None, expected_keys=None):
        x = torch.from_numpy(np.asarray(batch)).to(dtype).permute(0, 3, 1, 2).requires_grad_(True)
        logits = network.model(x)
        (found,) = torch.autograd.grad(logits[:, top].sum(), x)
        return {base.INPUT_OUTPUT_GRADIENTS: found.permute(0, 2, 3, 1).numpy()}

    return gradients


def explain(network, picture, settings):
    pixels = picture.permute(1, 2, 0).numpy()
    baselines = None
    if settings.get("baseline") == "black-white":
        levels = (-MEAN / DEVIATION, (1 - MEAN) / DEVIATION)
        baselines = [np.broadcast_to(level, pixels.shape).astype(pixels.dtype) for level in levels]
    parameters = xrai.XRAIParameters(
        steps=int(settings.get("steps", 100)),
        area_threshold=float(settings.get("area", 1)),
        algorithm=settings.get("algorithm", "full"),
    )
    parameters.experimental_params["min_pixel_diff"] = int(settings.get("min-diff", 50))
    return xrai.XRAI().GetMask(
        pixels,
        call(network, picture),
        baselines=baselines,
        segments=segments(
            pixels.astype(np.float64), int(settings.get("min-size", 150)), int(settings.get("dilate", 5))
        ),
        batch_size=50,
        extra_parameters=parameters,
    )


def main():
    family = method_fixtures.Family("xrai")
    for name, variants in SETTINGS.items():
        network = with_first_maxima(networks.small(name))
        for settings in ({}, *variants):

            def maps(network, picture, settings=settings):
                return explain(network, picture, settings)

            family.record(network, "xrai", "saliency", maps, settings=settings, kind="signed")
    family.write()


if __name__ == "__main__":
    main()
