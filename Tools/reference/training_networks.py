"""Small networks to be trained: a residual one, VGG's kind, one filter a channel, a dense one, a tiny one.

Parameters have the names of PyTorch's `state_dict`. Imported, not run.
"""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

import philox

DROPOUT = 14
GOLDEN = 0x9E3779B97F4A7C15


class Dropout(nn.Module):
    """Drops out what a counter-based generator says, row by row, whatever the batch."""

    def __init__(self, probability, place, seed=0):
        super().__init__()
        self.probability = np.float32(probability)
        self.seed = (seed + place * GOLDEN) % 2**64
        self.samples = None

    def forward(self, x):
        if not self.training:
            return x
        numbers = np.stack([philox.uniforms(s, x.shape[1:], self.seed, DROPOUT) for s in self.samples])
        kept = torch.from_numpy(numbers >= self.probability).to(x.dtype)
        return x / float(np.float32(1) - self.probability) * kept


def normalisation(channels):
    """Batch normalisation with the constants in single precision."""
    return nn.BatchNorm2d(channels, eps=float(np.float32(1e-5)), momentum=float(np.float32(0.1)))


def convolution(inputs, outputs, kernel=3, stride=1, groups=1, bias=False):
    return nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=bias)


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = convolution(3, 8), normalisation(8)
        self.conv2, self.bn2 = convolution(8, 8), normalisation(8)
        self.conv3, self.bn3 = convolution(8, 8), normalisation(8)
        self.conv4, self.bn4 = convolution(8, 17, stride=2), normalisation(17)
        self.conv5, self.bn5 = convolution(17, 17), normalisation(17)
        self.down, self.bn6 = convolution(8, 17, 1, 2), normalisation(17)
        self.fc = nn.Linear(17, 5)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        x = F.relu(self.bn3(self.conv3(F.relu(self.bn2(self.conv2(x))))) + x)
        y = self.bn5(self.conv5(F.relu(self.bn4(self.conv4(x)))))
        x = F.relu(y + self.bn6(self.down(x)))
        return self.fc(x.mean((2, 3)))


class Plain(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = convolution(3, 8, bias=True), normalisation(8)
        self.conv2, self.bn2 = convolution(8, 18, bias=True), normalisation(18)
        self.fc1, self.drop, self.fc2 = nn.Linear(162, 16), Dropout(0.5, 0), nn.Linear(16, 5)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 2)
        x = F.max_pool2d(F.relu(self.bn2(self.conv2(x))), 2)
        return self.fc2(self.drop(F.relu(self.fc1(x.flatten(1)))))


class Depthwise(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = convolution(3, 16, stride=2), normalisation(16)
        self.conv2, self.bn2 = convolution(16, 16, groups=16), normalisation(16)
        self.conv3, self.bn3 = convolution(16, 12, 1), normalisation(12)
        self.conv4, self.bn4 = convolution(12, 24, 1), normalisation(24)
        self.conv5, self.bn5 = convolution(24, 24, groups=24), normalisation(24)
        self.conv6, self.bn6 = convolution(24, 12, 1), normalisation(12)
        self.conv7, self.bn7 = convolution(12, 20, 1), normalisation(20)
        self.drop, self.fc = Dropout(0.2, 0), nn.Linear(20, 5)

    def forward(self, x):
        x = F.relu6(self.bn2(self.conv2(F.relu6(self.bn1(self.conv1(x))))))
        x = self.bn3(self.conv3(x))
        y = F.relu6(self.bn5(self.conv5(F.relu6(self.bn4(self.conv4(x))))))
        x = x + self.bn6(self.conv6(y))
        x = F.relu6(self.bn7(self.conv7(x)))
        return self.fc(self.drop(x.mean((2, 3))))


class Dense(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv0, self.bn0 = convolution(3, 8), normalisation(8)
        self.bn1, self.conv1 = normalisation(8), convolution(8, 12, 1)
        self.bn2, self.conv2 = normalisation(12), convolution(12, 8)
        self.bn3, self.conv3 = normalisation(16), convolution(16, 12, 1)
        self.bn4, self.conv4 = normalisation(12), convolution(12, 8)
        self.bn5, self.conv5 = normalisation(24), convolution(24, 12, 1)
        self.bn6, self.conv6 = normalisation(12), convolution(12, 8)
        self.bn7, self.fc = normalisation(20), nn.Linear(20, 5)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn0(self.conv0(x))), 2)
        for inner, outer in (("1", "2"), ("3", "4")):
            x = torch.cat([x, self.layer(x, inner, outer)], 1)
        x = F.avg_pool2d(self.conv5(F.relu(self.bn5(x))), 2)
        x = torch.cat([x, self.conv6(F.relu(self.bn6(x)))], 1)
        return self.fc(F.relu(self.bn7(x)).mean((2, 3)))

    def layer(self, x, inner, outer):
        for name in (inner, outer):
            norm, conv = getattr(self, "bn" + name), getattr(self, "conv" + name)
            x = conv(F.relu(norm(x)))
        return x


class Tiny(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = convolution(3, 4), normalisation(4)
        self.drop, self.fc = Dropout(0.5, 0), nn.Linear(36, 3)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 2)
        return self.fc(self.drop(x).flatten(1))


NETWORKS = {
    "residual": (Residual, 12, 5),
    "plain": (Plain, 12, 5),
    "depthwise": (Depthwise, 12, 5),
    "dense": (Dense, 12, 5),
    "tiny": (Tiny, 6, 3),
}
