"""Writes Tests/Fixtures/architectures afresh: torchvision's architectures as names, shapes and a few numbers.

NAME.json holds `parameters`, a line each in the order of the state dict: name, shape, and how torchvision begins it
(`= value`, or `~ deviation, largest magnitude` of its random numbers), and `logits`, float64, of a made picture under
made weights: see `number`. VGG's hidden layers have 16 outputs for the logits, not 4096.
"""

import environment

if __name__ == "__main__":
    environment.enter()

import json
from pathlib import Path

import numpy as np
import torch
from torch import nn

from conditioning import models
from scenes_network import ScenesNetwork

FOLDER = Path(__file__).resolve().parents[2] / "Tests" / "Fixtures" / "architectures"
NAMES = ["resnet18", "resnet34", "resnet50", "vgg11_bn", "vgg16_bn", "mobilenet_v2", "densenet121"]
CLASSES = 10
HEIGHT, WIDTH = 40, 56
HIDDEN = 16


def network(name):
    if name == "salient-scenes":
        return ScenesNetwork(CLASSES)
    return models.get_model(name, num_classes=CLASSES)


def numbers(count, seed):
    """Numbers in [-1, 1): a 32-bit mix of place and seed, which the tests compute too."""
    mask = np.uint64(0xFFFFFFFF)
    x = (np.arange(count, dtype=np.uint64) + np.uint64(seed * 0x9E3779B9)) & mask
    x = ((x ^ (x >> np.uint64(16))) * np.uint64(0x85EBCA6B)) & mask
    x = ((x ^ (x >> np.uint64(13))) * np.uint64(0xC2B2AE35)) & mask
    x ^= x >> np.uint64(16)
    return (x >> np.uint64(8)).astype(np.float64) * 2.0**-23 - 1


def made(name, shape, place):
    """The float32 weights of the parameter at a place: filters of variance 2 / fan-in, all else near the identity."""
    values = numbers(int(np.prod(shape)), place + 1).reshape(shape)
    if len(shape) > 1:
        values = values * np.sqrt(6 / np.prod(shape[1:]))
    elif name.endswith("weight"):
        values = 1 + 0.2 * values
    elif name.endswith("running_var"):
        values = 1 + 0.3 * values
    else:
        values = 0.1 * values
    return values.astype(np.float32)


def parameters(model):
    """The state dict without the counters of batches, which are no tensors of numbers."""
    return {name: value for name, value in model.state_dict().items() if not name.endswith("num_batches_tracked")}


def beginning(value):
    if value.min() == value.max():
        return f"= {value.reshape(-1)[0].item():g}"
    return f"~ {value.double().std().item():.5g} {value.abs().max().item():.5g}"


def logits(name):
    model = network(name).double().eval()
    if name.startswith("vgg"):
        model.classifier[0] = nn.Linear(512 * 7 * 7, HIDDEN).double()
        model.classifier[3] = nn.Linear(HIDDEN, HIDDEN).double()
        model.classifier[6] = nn.Linear(HIDDEN, CLASSES).double()
    weights = {key: torch.from_numpy(made(key, tuple(value.shape), place)).double()
               for place, (key, value) in enumerate(parameters(model).items())}
    model.load_state_dict(weights, strict=False)
    picture = numbers(3 * HEIGHT * WIDTH, 0).astype(np.float32).reshape(1, 3, HEIGHT, WIDTH)
    with torch.no_grad():
        return model(torch.from_numpy(picture).double())[0].tolist()


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in ["salient-scenes", *NAMES]:
        torch.manual_seed(1)
        lines = [f"{key} {'x'.join(map(str, value.shape))} {beginning(value)}"
                 for key, value in parameters(network(name)).items()]
        content = {"parameters": lines, "logits": [float(f"{value:.8g}") for value in logits(name)]}
        (FOLDER / f"{name}.json").write_text(json.dumps(content, indent=0) + "\n")
        print(name, len(lines), "parameters", [round(value, 3) for value in content["logits"][:3]])


if __name__ == "__main__":
    main()
