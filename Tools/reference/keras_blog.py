"""Compares `--recipe keras-blog` with the tutorial's arithmetic in NumPy: maps and overlays.

F. Chollet, "Grad-CAM class activation visualization", its first form: the gradient of the class
probability averaged over space weighs the channels of the last convolution, their mean is
rectified and divided by its maximum, resized to the picture, coloured with JET and added.
"""

import environment

if __name__ == "__main__":
    environment.enter()

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from PIL import Image

import networks

PHOTOS = Path(__file__).resolve().parents[2] / "Assets" / "photos"
MAP_LIMIT, LEVEL_LIMIT = 1e-4, 1
STEP = 2e-6  # a few roundings of a single-precision S
CASES = 8  # four photos, each at the size of the network and at its own
CAFFE_MEAN = np.array([103.939, 116.779, 123.68])


def jet():
    """OpenCV's table, [256, 3] in RGB."""
    i = np.arange(256)
    ramp = lambda start: np.clip(4 * (i - start), 0, 255)
    red = np.where(i <= 95, 0, np.where(i <= 159, 2 + 4 * (i - 96), np.where(i <= 223, 255, 252 - 4 * (i - 224))))
    green = np.where(i <= 32, 0, np.where(i <= 95, ramp(32), np.where(i <= 159, 255, np.where(i <= 222, 252 - 4 * (i - 160), 0))))
    blue = np.where(i <= 31, 128 + 4 * i, np.where(i <= 95, 255, np.where(i <= 158, 254 - 4 * (i - 96), np.where(i == 159, 1, 0))))
    return np.stack([red, green, blue], 1).astype(np.float64)


def resized(heat, height, width):
    """Bilinear with half-pixel centres, as cv2.resize; [H, W]."""
    return torch.nn.functional.interpolate(
        torch.from_numpy(heat)[None, None], size=(height, width), mode="bilinear", align_corners=False
    )[0, 0].numpy()


def prepared(network, picture):
    """The picture as the tutorial loads it: nearest pixels, BGR minus the mean; [1, 3, S, S]."""
    loaded = picture.resize((network.size, network.size), Image.NEAREST)
    bgr = np.asarray(loaded, np.float64)[..., ::-1] - CAFFE_MEAN
    return torch.from_numpy(bgr.transpose(2, 0, 1).copy())[None]


def condition(network, pictures):
    """Scales the head so that values of 0 to 255 leave the softmax unsaturated."""
    model = network.model.to(torch.float64)
    head = [module for module in model.modules() if isinstance(module, torch.nn.Linear)][-1]
    with torch.no_grad():
        logits = torch.cat([model(prepared(network, picture)) for picture in pictures])
        for parameter in head.parameters():
            parameter /= logits.std(1).mean()


def heatmap(network, picture):
    """The tutorial's heatmap at the size of the last convolution, in [0, 1]."""
    image = prepared(network, picture)
    model = network.to(torch.float64).model
    kept = {}
    modules = dict(model.named_modules())
    handle = modules[network.layer].register_forward_hook(lambda m, i, o: kept.update(output=o))
    probabilities = torch.softmax(model(image), 1)[0]
    handle.remove()
    (gradient,) = torch.autograd.grad(probabilities.max(), kept["output"])
    weights = gradient.detach().numpy().mean((0, 2, 3))
    heat = (kept["output"].detach().numpy()[0] * weights[:, None, None]).mean(0)
    heat = np.maximum(heat, 0)
    return heat / heat.max()


def overlaid(picture, heat, shift=0.0):
    heat = np.clip(resized(heat, picture.height, picture.width) + shift, 0, 1)
    colours = jet()[np.trunc(255 * heat).astype(int)]
    mixed = 0.6 * np.asarray(picture, np.float64) + 0.4 * colours
    return np.clip(np.rint(mixed), 0, 255)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--salient", required=True, type=Path)
    arguments = parser.parse_args()
    network = networks.small("vgg")
    work = Path(tempfile.mkdtemp())
    cases = {}
    for path in sorted(PHOTOS.glob("*.*")):
        if path.suffix in (".jpg", ".png") and not path.name.startswith("texture"):
            picture = Image.open(path).convert("RGB")
            cases[f"own-{path.stem}.png"] = picture
            cases[f"network-{path.stem}.png"] = picture.resize((network.size, network.size))
    condition(network, cases.values())
    model = work / networks.export(network.to(torch.float32), work)["legacy"]
    (work / "in").mkdir()
    for name, picture in cases.items():
        picture.save(work / "in" / name)
    command = [arguments.salient, "explain", work / "in", "-m", model, "--recipe", "keras-blog"]
    command += ["--layer", network.layer, "--labels", "none", "--overlay-size", "full", "-o", work / "out", "-q"]
    subprocess.run(command, check=True)
    records = [json.loads(line) for line in (work / "out" / "results.jsonl").read_text().splitlines()]
    all_hold = len(records) == CASES
    print("picture                     map      overlay: worst level, share beyond 1")
    for record in records:
        picture = cases[record["image"]]
        heat = heatmap(network, picture)
        assert 0.02 < heat.mean() < 0.98 and heat.std() > 0.01
        map_error = np.abs(np.load(work / "out" / record["map"]) - resized(heat, network.size, network.size)).max()
        drawn = np.asarray(Image.open(work / "out" / record["overlay"]).convert("RGB"), np.float64)
        # Where 255 S lies on a step of the table, the rounding of S decides between two colours.
        shifts = [np.abs(drawn - overlaid(picture, heat, shift)) for shift in (0, -STEP, STEP)]
        levels = np.min(shifts, axis=0)
        holds = map_error <= MAP_LIMIT and levels.max() <= LEVEL_LIMIT
        all_hold &= holds
        print(f"{record['image']:<24}  {map_error:.1e}  {levels.max():5.0f}  {(levels > 1).mean():.4f}  {'' if holds else 'FAIL'}")
    print(f"{len(records)} pictures; limits {MAP_LIMIT:.0e} and {LEVEL_LIMIT} level")
    if not all_hold:
        sys.exit("the recipe is not the tutorial")


if __name__ == "__main__":
    main()
