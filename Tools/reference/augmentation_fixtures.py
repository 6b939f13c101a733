"""Writes Tests/Fixtures/augmentation: a batch of eight pictures as fine-tuning with Group-CAM sees them.

- `pictures.safetensors`: `pictures`, `[8,3,40,40]`.
- `NETWORK.safetensors`: the weights under the names of their modules; `NETWORK.labels.safetensors`: `labels`, `[8]`.
- `NETWORK.VARIANT.safetensors`: what `group_cam_augmentation.Augmentation` holds; `__metadata__` names the settings.

All is float32; pictures and weights are so by nature, the rest is float64 rounded. The true class of a picture
is the most likely one, the second or the third, in turns. No decision is close: every margin is at least what a
map and its mean may be off together, or the script stops; then other `CHOSEN` pictures are the remedy.
"""

import environment

if __name__ == "__main__":
    environment.enter()

import copy
import dataclasses
import shutil
from pathlib import Path

import torch
from torch import nn

import safetensors_file
from conditioning import calibrate, initialise, models, pictures, scale_head
from group_cam_augmentation import VARIANTS, augment, group_sums, percentiles, weighted_activation

FOLDER = Path(__file__).resolve().parents[2] / "Tests" / "Fixtures" / "augmentation"
SIZE, CLASSES, SEED = 40, 10, 1
POOL, CHOSEN = 64, (23, 51, 48, 43, 59, 8, 11, 31)
LARGEST_FLOAT32_DISTANCE = 4e-5
SMALLEST_MARGIN = 1.1e-4  # 1e-4 of a map and 1e-5 of its mean
SMALLEST_CLEARANCE = 1e-4


class Residual(nn.Module):
    """Two residual blocks with batch norm, global average pooling; 32 channels of 5x5 at the tap."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 3, stride=2, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.layer1 = self._block(8, 8)
        self.layer2 = self._block(8, 32)
        self.fc = nn.Linear(32, CLASSES)

    @staticmethod
    def _block(inputs, outputs):
        shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride=2, bias=False), nn.BatchNorm2d(outputs))
        return nn.Sequential(models.resnet.BasicBlock(inputs, outputs, stride=2, downsample=shortcut))

    @property
    def head(self):
        return self.fc

    def trunk(self, x):
        return self.layer2(self.layer1(self.bn1(self.conv1(x)).relu()))

    def tail(self, activation):
        return self.fc(activation.mean((2, 3)))

    def forward(self, x):
        return self.tail(self.trunk(x))


class VGG(nn.Module):
    """Convolutions with biases, max-pools, two linear layers; 40 channels of 5x5 before the last pool, the tap."""

    def __init__(self):
        super().__init__()
        self.features = models.vgg.make_layers([8, "M", 8, "M", 16, "M", 40, "M"])
        self.classifier = nn.Sequential(nn.Linear(160, 24), nn.ReLU(), nn.Linear(24, CLASSES))

    @property
    def head(self):
        return self.classifier[-1]

    def trunk(self, x):
        return self.features[:-1](x)

    def tail(self, activation):
        return self.classifier(self.features[-1](activation).flatten(1))

    def forward(self, x):
        return self.tail(self.trunk(x))


NETWORKS = {"residual": Residual, "vgg": VGG}


def conditioned(name):
    network = NETWORKS[name]().eval()
    with torch.no_grad():
        initialise(network, torch.Generator().manual_seed(SEED))
        calibrate(network, SIZE, SEED)
        scale_head(network.head, network, SIZE, SEED)
    return network


def true_classes(network, batch):
    """The most likely class, the second or the third, in turns: `[N]`."""
    with torch.no_grad():
        order = network(batch).argsort(1, descending=True)
    return order[torch.arange(len(batch)), torch.arange(len(batch)) % 3]


def clearance(network, picture, label, variant):
    """How far the nearest group is from being skipped or not, and the nearest value from its group's percentile."""
    sums = group_sums(weighted_activation(network, picture, label, variant), variant.groups)
    tops = sums.amax((1, 2))
    found = (tops[tops != 0].abs() / tops.max()).min().item()
    if variant.theta == 0:
        return found
    live = sums[tops > 0].relu()
    cuts = percentiles(live, variant.theta)
    gaps = ((live - cuts).abs() / live.amax((1, 2), keepdim=True))[cuts.flatten() > 0]
    return min([found, *gaps.flatten().tolist()])


def refusal(network, batch, labels, variant, found):
    """Why these are no witnesses, or nothing."""
    rounded = augment(copy.deepcopy(network).float(), batch.float(), labels, variant)
    distance = (rounded.maps - found.maps).abs().max().item()
    margin = found.margins.min().item()
    clear = min(clearance(network, *pair, variant) for pair in zip(batch, labels))
    print(f"float32 is off by {distance:.1e}; smallest margin {margin:.1e}, clearance {clear:.1e}")
    if distance > LARGEST_FLOAT32_DISTANCE or (found.maps.amax((1, 2)) < 1).any():
        return "maps are empty or ill-conditioned"
    return "a decision is close" if margin < SMALLEST_MARGIN or clear < SMALLEST_CLEARANCE else None


def write(name, tensors, **about):
    arrays = {key: value.numpy() for key, value in tensors.items()}
    texts = {key: str(value) for key, value in about.items()}
    safetensors_file.write(FOLDER / f"{name}.safetensors", arrays, texts)


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    batch = pictures(POOL, SIZE, seed=SEED)[list(CHOSEN)]
    write("pictures", {"pictures": batch})
    for name in NETWORKS:
        network = conditioned(name)
        labels = true_classes(network, batch)
        state = {key: value for key, value in network.state_dict().items() if value.is_floating_point()}
        write(name, state, seed=SEED)
        write(f"{name}.labels", {"labels": labels})
        network.double()
        for way, variant in VARIANTS.items():
            found = augment(network, batch.double(), labels, variant)
            print(f"{name}, {way}: ", end="")
            if reason := refusal(network, batch.double(), labels, variant, found):
                raise SystemExit(f"{name}, {way}: {reason}; choose other pictures")
            write(f"{name}.{way}", vars(found), **dataclasses.asdict(variant))


if __name__ == "__main__":
    main()
