"""Writes Tests/Fixtures/evaluation/grad-cam afresh: maps by pytorch-grad-cam at several resolutions, and their deletion.

The network is the small ResNet of Tests/Fixtures/networks and the pictures are those beside it, by themselves and enlarged,
so that the package makes maps of 32x32, 48x48 and 20x20. Deletion is RISE's arithmetic written out in PyTorch: 448 pixels a
step, zeros, softmax, the class of the clean picture; a map of another size is enlarged by interpolate(..., "bilinear").
"""

import environment

if __name__ == "__main__":
    environment.enter("methods")

import networks  # before any package that imports torchvision: see conditioning.py

import json
from pathlib import Path

import numpy as np
import pytorch_grad_cam
import torch
import torch.nn.functional as F

FIXTURES = Path(__file__).resolve().parents[2] / "Tests" / "Fixtures"
OUT = FIXTURES / "evaluation" / "grad-cam"
SIZES = [32, 48, 20, 32, 48]
STEP = 448


def deletion(model, picture, values):
    """The area under the probability of the class while pixels go to zero, the brightest first."""
    with torch.no_grad():
        index = int(model(picture[None])[0].argmax())
        order = torch.argsort(values.flatten(), descending=True, stable=True)
        scores, changed = [], picture.clone()
        for start in range(0, order.numel() + STEP, STEP):
            scores.append(float(model(changed[None])[0].softmax(0)[index]))
            changed.flatten(1)[:, order[start:start + STEP]] = 0
    return (sum(scores) - scores[0] / 2 - scores[-1] / 2) / (len(scores) - 1)


def main():
    network = networks.small("resnet-basic")
    single = network.model.float().eval()
    pictures = torch.from_numpy(np.load(FIXTURES / "networks" / "pictures.input.npy"))
    OUT.mkdir(parents=True, exist_ok=True)
    areas = []
    for number, (picture, size) in enumerate(zip(pictures, SIZES)):
        image = picture[None] if size == 32 else F.interpolate(picture[None], (size, size), mode="bilinear")
        with pytorch_grad_cam.GradCAM(single, [single.get_submodule(network.layer)]) as method:
            values = method(image, targets=None)[0]
        assert values.shape == (size, size)
        # Of both types that people save.
        np.save(OUT / f"pictures.input.npy.{number}.npy", values.astype(np.float64 if number == 1 else np.float32))
        whole = torch.from_numpy(values.astype(np.float32))[None, None]
        if size != 32:
            whole = F.interpolate(whole, (32, 32), mode="bilinear")
        areas.append(deletion(single.double(), picture.double(), whole[0, 0]))
        single = single.float()
    (OUT / "deletion.json").write_text(json.dumps({"step": STEP, "areas": areas}) + "\n")
    print(areas)


if __name__ == "__main__":
    main()
