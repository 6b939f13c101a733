"""The maps of a training batch as the script published with Group-CAM makes them, rewritten in PyTorch.

One picture after the other, each with a forward and a backward pass through the whole network, then one mask after the
other, each with a forward pass of its own picture and a blur of its own. The formula is that of
`Tools/reference/group_cam.py`, variant `paper`: 32 groups, weighted, de-noised.
"""

import torch
import torch.nn.functional as F

import group_cam

GROUPS, THETA = 32, 70.0


class LoopedGroupCAM:
    """The maps [N,H,W] of the most likely classes; weights have gradients, as in training."""

    def __init__(self, peer):
        self.network, self.pictures = peer.network, peer.pictures
        self.network.model.requires_grad_(True)

    def maps(self):
        return torch.stack([self._map(picture[None]) for picture in self.pictures])

    def _map(self, picture):
        activation = self.network.trunk(picture)
        activation.retain_grad()
        logits = self.network.tail(activation)
        index = int(logits.argmax())
        self.network.model.zero_grad()
        logits[0, index].backward()
        with torch.no_grad():
            weighted = activation.grad.mean((2, 3), keepdim=True) * activation
            total = torch.zeros(picture.shape[2:])
            clean = self._score(self._blurred(picture), index)
            for channels in weighted.chunk(GROUPS, 1):
                mask = self._mask(channels, picture.shape[2:])
                if mask is not None:
                    blended = picture * mask + self._blurred(picture) * (1 - mask)
                    total += (self._score(blended, index) - clean) * mask[0, 0]
            total = total.relu()
            low, high = total.min(), total.max()
            return (total - low) / (high - low) if high > low else total

    def _mask(self, channels, size):
        """From 0 to 1, `[1,1,H,W]`; None where nothing of the group is left."""
        small = channels.sum(1, keepdim=True).relu()
        small = torch.where(small > group_cam.percentile(small.flatten(), THETA), small, 0)
        large = F.interpolate(small, size=size, mode="bilinear", align_corners=False)
        low, high = large.min(), large.max()
        return (large - low) / (high - low) if high > low else None

    def _score(self, picture, index):
        return self.network.model(picture).softmax(1)[0, index]

    @staticmethod
    def _blurred(picture):
        return group_cam.blurred(picture[0])[None]
