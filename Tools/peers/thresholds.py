"""Group-CAM in float64, and the cells of its masks that rounding may keep or drop.

A cell of a group's mask is kept where the sum over the group's channels is above the group's threshold and above 0. The
map jumps where rounding decides that otherwise: a mask whose only cell is 1e-9 above 0 is stretched to 1 there. As in
decisions.py a program's map must be the float64 one with some of the undecided cells decided the other way, and a cell is
undecided where it is within REACH root mean square errors of PyTorch's float32.
"""

import torch

import group_cam
from decisions import REACH, nearest


class Cells:
    """The masks of one picture, cell by cell."""

    def __init__(self, network, picture, settings):
        self.network, self.picture, self.settings = network, picture, settings
        self.sums, self.target = group_cam.group_sums(network, picture, settings, "top1")
        self.thresholds = group_cam.thresholds(torch.relu(self.sums), settings)[:, None, None]
        self.kept = self.sums > self.thresholds

    def undecided(self, single):
        """The places in `kept` of cells near their threshold, the nearest first; `single` are the sums in float32."""
        error = (single.double() - self.sums).square().mean().sqrt()
        margins = ((self.sums - self.thresholds).abs() / error).flatten()
        places = torch.nonzero(margins <= REACH).flatten()
        return [(place,) for place in places[margins[places].argsort()].tolist()]

    def turn(self, place):
        kept = self.kept.view(-1)
        kept[place] = ~kept[place]

    def map(self):
        masks = torch.where(self.kept, self.sums.abs(), 0)
        return group_cam.merged(self.network, self.picture, masks, self.target, self.settings).values.numpy()


def explained(found, network, picture, groups, limit):
    """How far a map [H,W] is from float64 with some cells turned, relative to the largest value; and how many were."""
    settings = group_cam.GroupCAM(groups=groups)
    exact = Cells(network.to(torch.float64), picture.double(), settings)
    single, _ = group_cam.group_sums(network, picture, settings, "top1")
    return nearest(found, exact.map, exact.turn, exact.undecided(single), limit)
