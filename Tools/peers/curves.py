"""Insertion and deletion in PyTorch: the loop that was published, and one written to be fast.

Both take finished maps and give the areas [N,2], insertion first: 100 steps of 1 % of the pixels, deletion to zeros,
insertion into the blur of Group-CAM, the probability of the class that the clean picture is taken for. The loop is that
of the code of RISE and Group-CAM: one picture in a forward pass, pixels copied on the host. The other one forms the
images of many steps at once from the ranks of the pixels, in runs of the size that is fastest, and shares the blur.
"""

import numpy as np
import torch

from group_cam_batched import BatchedGroupCAM

STEPS = 100


def area(scores):
    """The area below curves [..., S]."""
    return (scores.sum(-1) - scores[..., 0] / 2 - scores[..., -1] / 2) / (scores.shape[-1] - 1)


class Curves:
    """What both share: the network, the pictures, their maps, and the blur as two matrix products."""

    def __init__(self, peer, maps):
        self.model, self.layout, self.pictures = peer.model, peer.layout, peer.pictures
        self.maps = np.load(maps)
        self.method = BatchedGroupCAM(None, None, peer.model, peer.layout)
        self.pixels = self.maps[0].size
        self.counts = [step * self.pixels // STEPS for step in range(STEPS + 1)]


class LoopedCurves(Curves):
    """The published way."""

    def areas(self):
        with torch.inference_mode():
            return np.stack([self._areas(*both) for both in zip(self.pictures, self.maps)])

    def _areas(self, picture, map_):
        picture = picture[None].contiguous()
        index = int(self.model(picture).argmax())
        order = np.argsort(-map_.reshape(-1), kind="stable")
        ends = [(self.method._blurred(picture), picture), (picture, torch.zeros_like(picture))]
        return [self._area(start.contiguous(), finish, order, index) for start, finish in ends]

    def _area(self, start, finish, order, index):
        start = start.clone()
        scores = np.empty(STEPS + 1)
        for step in range(STEPS + 1):
            scores[step] = float(self.model(start).softmax(1)[0, index])
            if step < STEPS:
                places = order[self.counts[step] : self.counts[step + 1]]
                changed = start.numpy().reshape(1, 3, -1)
                changed[0, :, places] = finish.numpy().reshape(1, 3, -1)[0, :, places]
        return area(scores)


class BatchedCurves(Curves):
    """Written to be fast."""

    def __init__(self, peer, maps):
        super().__init__(peer, maps)
        self.method.tune(self.pictures)
        self.size = self.method.size

    def areas(self):
        with torch.inference_mode():
            size = self.size
            classes = torch.cat([self.model(some).argmax(1) for some in self.pictures.split(size)])
            limits = torch.tensor(self.counts)
            found = []
            for picture, map_, index in zip(self.pictures, self.maps, classes):
                order = torch.from_numpy(np.argsort(-map_.reshape(-1), kind="stable"))
                ranks = torch.empty_like(order)
                ranks[order] = torch.arange(len(order))
                ranks = ranks.reshape(map_.shape)
                blurred = self.method._blurred(picture[None])[0]
                nothing = torch.zeros_like(picture)
                runs = -(-len(limits) // size)
                scores = []
                for start, finish in ((blurred, picture), (picture, nothing)):
                    parts = []
                    for some in limits.chunk(runs):
                        is_changed = (ranks < some[:, None, None])[:, None]
                        rows = torch.where(is_changed, finish, start).contiguous(memory_format=self.layout)
                        parts.append(self.model(rows).softmax(1)[:, index])
                    scores.append(torch.cat(parts))
                found.append(area(torch.stack(scores).double()))
            return torch.stack(found)
