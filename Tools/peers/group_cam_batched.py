"""Group-CAM in PyTorch, written to be fast: the peer that our own is timed against.

The same algorithm as `Tools/reference/group_cam.py` (variant `paper`) with nothing done twice:

- all images in one forward to the layer, one backward from the logits to it and no further;
- masks are made, scaled and summed on the layer's grid; the map is upsampled once;
- the blur is two small matrix products, borders included;
- baselines are rows like the masked pictures, constant masks are no rows;
- rows of all images share forward passes, without gradients, in equal runs of a size that is tried out.
"""

import time

import torch
import torch.nn.functional as F

import group_cam

SIZES = (8, 16, 32, 64)
CARD_SIZES = (16, 32, 64, 128, 256)


class BatchedGroupCAM:
    """The maps [N,H,W] of N pictures for the class that each is most likely to show.

    `trunk(pictures) -> A` and `tail(A) -> logits` are the network cut at the layer, `model` the whole;
    all three without gradients of weights, on the device and in the precision of the pictures. `layout` is the
    memory format of every batch of pictures. `rows` are those of the last run that was made, baselines included.
    """

    def __init__(self, trunk, tail, model, layout, groups=32, theta=70.0, size=32):
        self.trunk, self.tail, self.model = trunk, tail, model
        self.layout, self.groups, self.theta, self.size = layout, groups, theta, size
        self.blurs, self.rows = {}, 0

    def maps(self, pictures):
        grids, classes = self._grids(pictures)
        with torch.inference_mode():
            return self._merged(pictures, grids, classes)

    def tune(self, pictures):
        """Takes the size of a run at which a row is fastest."""
        best = float("inf")
        for size in CARD_SIZES if pictures.is_cuda else SIZES:
            rows = pictures[torch.arange(size) % len(pictures)].contiguous(memory_format=self.layout)
            with torch.inference_mode():
                for _ in range(2):
                    start = time.perf_counter()
                    self.model(rows).cpu()  # a card is done when its results are here
                    elapsed = (time.perf_counter() - start) / size
            if elapsed < best:
                best, self.size = elapsed, size

    def _grids(self, pictures):
        """ReLU of the weighted sum over each group's channels, de-noised: [N,G,u,v]; and the classes [N]."""
        with torch.no_grad():
            activation = self.trunk(pictures)
        activation.requires_grad_()
        logits = self.tail(activation)
        best, classes = logits.max(dim=1)
        (gradient,) = torch.autograd.grad(best.sum(), activation)
        with torch.no_grad():
            images, channels, *places = activation.shape
            groups = min(self.groups, channels)
            if channels % groups:
                raise ValueError(f"{channels} channels do not split into {groups} equal groups")
            weighted = (activation * gradient.mean((2, 3), keepdim=True)).contiguous()
            grids = weighted.view(images, groups, channels // groups, *places).sum(2).relu_()
            limits = grids.flatten(2).double().quantile(self.theta / 100, dim=2).to(grids.dtype)
            return torch.where(grids > limits[..., None, None], grids, 0), classes

    def _merged(self, pictures, grids, classes):
        size = pictures.shape[2:]
        raw = group_cam.upsampled(grids, size)
        low, high = raw.amin((2, 3)), raw.amax((2, 3))
        owners, groups = (high > low).nonzero(as_tuple=True)
        low, scale = low[owners, groups], 1 / (high - low)[owners, groups]
        masks = (raw[owners, groups] - low[:, None, None]) * scale[:, None, None]

        scores = self._scores(pictures, owners, masks, classes)
        # A resize is linear: the sum over masks is made on the grid, their offsets are one number an image.
        weights = scores * scale
        sums = torch.zeros_like(grids[:, 0]).index_add_(0, owners, weights[:, None, None] * grids[owners, groups])
        offsets = torch.zeros_like(sums[:, 0, 0]).index_add_(0, owners, weights * low)
        maps = (group_cam.upsampled(sums, size) - offsets[:, None, None]).relu_()
        low, high = maps.amin((1, 2), keepdim=True), maps.amax((1, 2), keepdim=True)
        return torch.where(high > low, (maps - low) / (high - low), 0)

    def _scores(self, pictures, owners, masks, classes):
        """The probability of the class under each mask, less that of the image's baseline."""
        baselines = self._blurred(pictures)
        differences = pictures - baselines
        everyone = torch.arange(len(pictures), device=pictures.device)
        owners_of_rows = torch.cat([everyone, owners])
        rows = torch.cat([masks.new_zeros(len(pictures), *masks.shape[1:]), masks])[:, None]
        self.rows, runs = len(rows), -(-len(rows) // self.size)
        found = []
        for some, owner in zip(rows.chunk(runs), owners_of_rows.chunk(runs)):
            blended = torch.addcmul(baselines[owner], some, differences[owner])
            logits = self.model(blended.contiguous(memory_format=self.layout))
            found.append(logits.softmax(1).gather(1, classes[owner][:, None])[:, 0])
        found = torch.cat(found)
        return found[len(pictures) :] - found[owners]

    def _blurred(self, pictures):
        height, width = pictures.shape[2:]
        blurred = self._blur(height).to(pictures) @ pictures.contiguous() @ self._blur(width).T.to(pictures)
        return blurred.contiguous(memory_format=self.layout)

    def _blur(self, length):
        """The blur of one axis as a matrix [length, length]: a column is what becomes of one pixel."""
        if length not in self.blurs:
            radius = group_cam.BLUR_SIZE // 2
            offsets = torch.arange(group_cam.BLUR_SIZE) - radius
            kernel = torch.exp(-(offsets.double() ** 2) / (2 * group_cam.BLUR_SIGMA**2))
            padded = F.pad(torch.eye(length, dtype=torch.double)[:, None], (radius, radius), mode="reflect")
            columns = F.conv1d(padded, (kernel / kernel.sum())[None, None])[:, 0]
            self.blurs[length] = columns.T.float().contiguous()
        return self.blurs[length]
