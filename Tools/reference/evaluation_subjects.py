"""What evaluation_fixtures.py measures: made maps, and pictures with their class and network."""

import networks  # before any package that imports torchvision: see conditioning.py

import numpy as np
import pytorch_grad_cam
import torch
import torch.nn.functional as F
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

import method_fixtures

IMAGES = 3
KINDS = ("smooth", "ties", "pixels")
SIDE = 32
# The streams of random numbers that Salient draws from.
IMPUTATION, TIES, PERTURBATIONS, MOVES = 6, 7, 8, 9


def made_maps():
    """[3,3,32,32] float32 in [0, 1]: kinds, pictures."""
    generator = np.random.default_rng(20)
    found = []
    for kind in KINDS:
        for _ in range(IMAGES):
            side = SIDE if kind == "pixels" else 5
            grid = torch.from_numpy(generator.random((1, 1, side, side)))
            map_ = F.interpolate(grid, (SIDE, SIDE), mode="bilinear", align_corners=False)[0, 0].numpy()
            if kind == "ties":
                map_ = np.maximum(map_ - np.median(map_), 0)
            found.append((map_ - map_.min()) / (map_.max() - map_.min()))
    return np.stack(found).reshape(len(KINDS), IMAGES, SIDE, SIDE).astype(np.float32)


class Subject:
    """A picture with its class, and the network, all in one precision."""

    def __init__(self, network, picture, precision):
        self.network = network.to(precision)
        self.model = method_fixtures.Tapped(self.network)
        self.x = picture.to(precision)
        with torch.no_grad():
            self.index = int(self.model(self.x[None])[0].argmax())

    def logits(self, pictures):
        with torch.no_grad():
            return torch.cat([self.model(part) for part in pictures.split(64)])[:, self.index]

    def scores(self, pictures):
        with torch.no_grad():
            return torch.cat([self.model(part) for part in pictures.split(64)]).softmax(1)[:, self.index]

    def cam(self):
        """Grad-CAM of pytorch-grad-cam; the caller closes it."""
        return pytorch_grad_cam.GradCAM(model=self.model, target_layers=[self.model.tap])

    def map(self):
        with self.cam() as cam:
            return cam(input_tensor=self.x[None], targets=[ClassifierOutputTarget(self.index)])
