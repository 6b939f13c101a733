"""The network of the bundled models in PyTorch; its module tree names the weights."""

from torch import nn
from torch.nn import functional

WIDTHS = (16, 24, 48, 96)
BLOCKS = (1, 2, 2)
MEAN, DEVIATION = 0.5, 0.25


class Block(nn.Module):
    """Two 3x3 convolutions beside a shortcut, which is a 1x1 convolution where the size changes."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, x):
        beside = x if self.downsample is None else self.downsample(x)
        y = functional.relu(self.bn1(self.conv1(x)))
        return functional.relu(self.bn2(self.conv2(y)) + beside)


class ScenesNetwork(nn.Module):
    """conv1, layer1 to layer3 of one or two blocks, global average pooling, fc: total stride 16."""

    def __init__(self, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(3, WIDTHS[0], 3, 2, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(WIDTHS[0])
        for place, (inputs, outputs) in enumerate(zip(WIDTHS, WIDTHS[1:])):
            blocks = [Block(inputs if first else outputs, outputs, 2 if first else 1)
                      for first in [True] + [False] * (BLOCKS[place] - 1)]
            self.add_module(f"layer{place + 1}", nn.Sequential(*blocks))
        self.fc = nn.Linear(WIDTHS[-1], classes)

    def features(self, x):
        x = functional.relu(self.bn1(self.conv1(x)))
        return self.layer3(self.layer2(self.layer1(x)))

    def forward(self, x):
        return self.fc(self.features(x).mean((2, 3)))
