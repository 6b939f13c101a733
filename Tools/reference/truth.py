"""The float64 truth about a network, and how far PyTorch's own float32 is from it."""

import torch

import group_cam

# The maps that every network has: method and settings of each.
VARIANTS = {
    "grad-cam": ("grad-cam", {}),
    "paper": ("group-cam", {}),
    "head": ("group-cam", {"variant": "head"}),
    "fast": ("group-cam", {"variant": "fast"}),
}

# A map says something about a program only where float32 itself is near the truth and where it
# is neither all but empty nor all but full.
COUNTING_DISTANCE = 4e-5
COUNTING_MEAN = (0.03, 0.97)
COUNTING_CASES = 2


class Witness:
    """A network in both precisions."""

    def __init__(self, network):
        self.exact = network.to(torch.float64)
        self.single = network

    def logits(self, pictures):
        with torch.no_grad():
            return torch.cat([self.exact.model(picture[None].double()) for picture in pictures])

    def maps(self, pictures, method, settings, target="top1"):
        """The float64 maps [N,H,W] and what is known of each; every figure is relative to `scale`."""
        maps, cases = [], []
        for image, picture in enumerate(pictures):
            exact = group_cam.explain(self.exact, picture.double(), method, settings, target)
            single = group_cam.explain(self.single, picture, method, settings, target)
            scale = exact.values.abs().max().item() if settings.get("finish") == "raw" else 1.0
            distance = (exact.values - single.values).abs().max().item() / (scale or 1.0)
            mean = exact.values.mean().item() / (scale or 1.0)
            counts = (
                not exact.degenerate
                and distance <= COUNTING_DISTANCE
                and COUNTING_MEAN[0] <= mean <= COUNTING_MEAN[1]
            )
            maps.append(exact.values)
            cases.append(
                {
                    "image": image,
                    "scale": scale,
                    "float32_distance": significant(distance, 3),
                    "mean": significant(mean, 5),
                    "counts": counts,
                    "degenerate": exact.degenerate,
                }
            )
        return torch.stack(maps), cases


def require_counting(cases, what):
    counting = sum(case["counts"] for case in cases)
    if counting < COUNTING_CASES:
        raise SystemExit(f"{what}: only {counting} cases count; choose another seed")


def significant(value, digits):
    return float(f"{value:.{digits}g}")
