"""Conditioned test networks: torchvision's architectures with seeded random weights.

A freshly initialised network is a poor witness: activations grow from block to block, every
picture gets the same class, and a map's error says more about rounding than about a program.
So the last batch norm of each residual branch starts at 0.2, running statistics are those of
real forward passes, and the head is scaled until the logits differ between pictures. A deep network
without residual branches also needs smooth filters, or rounding grows a hundredfold on its way.

Run as a script it writes the full-size networks as ONNX files.
"""

import environment

if __name__ == "__main__":
    environment.enter()

import argparse
import copy
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import torch
import torch.nn.functional as F
from torch import nn

from conditioning import calibrate, initialise, models, pictures, scale_head, smoothe


@dataclass(frozen=True)
class Family:
    """Where a torchvision class is cut: `layer` names the tap, `head` the last linear layer."""

    layer: Callable[[nn.Module], str]
    trunk: Callable[[nn.Module, torch.Tensor], torch.Tensor]
    tail: Callable[[nn.Module, torch.Tensor], torch.Tensor]
    head: str


def _resnet_trunk(model, pictures):
    x = model.maxpool(model.relu(model.bn1(model.conv1(pictures))))
    return model.layer4(model.layer3(model.layer2(model.layer1(x))))


def _resnet_tail(model, activation):
    return model.fc(torch.flatten(model.avgpool(activation), 1))


def _vgg_tail(model, activation):
    pooled = model.avgpool(model.features[-1](activation))
    return model.classifier(torch.flatten(pooled, 1))


def _pooled_tail(model, activation):
    return model.classifier(F.adaptive_avg_pool2d(activation, 1).flatten(1))


FAMILIES = {
    "resnet": Family(
        lambda model: f"layer4.{len(model.layer4) - 1}", _resnet_trunk, _resnet_tail, "fc"
    ),
    "vgg": Family(
        lambda model: f"features.{len(model.features) - 2}",
        lambda model, pictures: model.features[:-1](pictures),
        _vgg_tail,
        "classifier.6",
    ),
    "densenet": Family(
        lambda model: "features",
        lambda model, pictures: torch.relu(model.features(pictures)),
        _pooled_tail,
        "classifier",
    ),
    "mobilenet": Family(
        lambda model: f"features.{len(model.features) - 1}",
        lambda model, pictures: model.features(pictures),
        _pooled_tail,
        "classifier.1",
    ),
}
FAMILIES["efficientnet"] = FAMILIES["mobilenet"]


@dataclass(frozen=True)
class Network:
    """A conditioned network that gives logits; `ending` follows them in its exported graph."""

    name: str
    family: str
    model: nn.Module
    size: int
    scores: str = "softmax"
    ending: nn.Module | None = None

    @property
    def layer(self):
        return FAMILIES[self.family].layer(self.model)

    @property
    def exported(self):
        """What goes into an ONNX file: the model, with its ending behind the last linear layer."""
        if self.ending is None:
            return self.model
        whole = copy.deepcopy(self.model)
        head = FAMILIES[self.family].head
        whole.set_submodule(head, nn.Sequential(whole.get_submodule(head), self.ending))
        return whole

    def trunk(self, pictures):
        return FAMILIES[self.family].trunk(self.model, pictures)

    def tail(self, activation):
        return FAMILIES[self.family].tail(self.model, activation)

    def to(self, dtype):
        return Network(
            self.name,
            self.family,
            copy.deepcopy(self.model).to(dtype),
            self.size,
            self.scores,
            self.ending,
        )


def conditioned(name, family, model, size, seed, smooth=0.0, **heading):
    """Seeded weights, calibrated statistics and a scaled head, in the order in which they depend."""
    model.eval()
    with torch.no_grad():
        initialise(model, torch.Generator().manual_seed(seed))
        smoothe(model, smooth)
        calibrate(model, size, seed)
        scale_head(model.get_submodule(FAMILIES[family].head), model, size, seed)
    return Network(name, family, model, size, **heading)


# The full-size set

# name: family, seed, share of smooth filters
FULL_SIZE = {
    "resnet18": ("resnet", 1, 0.0),
    "resnet50": ("resnet", 1, 0.0),
    "resnext50_32x4d": ("resnet", 1, 0.0),
    "vgg16": ("vgg", 1, 0.0),
    "vgg19_bn": ("vgg", 1, 0.7),
    "densenet121": ("densenet", 1, 0.0),
    "mobilenet_v2": ("mobilenet", 2, 0.0),
    "efficientnet_b0": ("efficientnet", 1, 0.0),
}


# Networks that are timed beside those, but judge no map: the same, and the size of their pictures.
TIMED = {
    "vgg19": ("vgg", 1, 0.7, 224),
    "vgg13_bn": ("vgg", 1, 0.7, 160),
}


def full_size(name):
    """A network of either table, conditioned."""
    family, seed, smooth, size = _recipe(name)
    return conditioned(name, family, _architecture(name, size), size=size, seed=seed, smooth=smooth)


def restored(name, state):
    """The same network with weights that were kept, without the work of conditioning it."""
    family, _, _, size = _recipe(name)
    model = _architecture(name, size)
    model.load_state_dict(state)
    return Network(name, family, model.eval(), size)


def _recipe(name):
    return TIMED[name] if name in TIMED else (*FULL_SIZE[name], 224)


def _architecture(name, size):
    model = models.get_model(name)
    if name.startswith("vgg") and size != 224:
        # Neither exporter writes torchvision's pooling from 5x5 up to 7x7 as a pooling operator.
        places = size // 32
        model.avgpool = nn.AdaptiveAvgPool2d(places)
        model.classifier[0] = nn.Linear(512 * places * places, 4096)
    return model


# The small set: torchvision's classes at a fraction of their width, 4x4 positions at the tap

SMALL_SIZE = 32


def _narrow(model, divisor):
    """Divides every width but those of the picture and of the logits."""

    def narrower(channels):
        return channels if channels == 3 else max(1, channels // divisor)

    last = [module for module in model.modules() if isinstance(module, nn.Linear)][-1]
    for parent in list(model.modules()):
        for name, module in parent.named_children():
            if isinstance(module, nn.Conv2d):
                narrow = nn.Conv2d(
                    narrower(module.in_channels),
                    narrower(module.out_channels),
                    module.kernel_size,
                    stride=module.stride,
                    padding=module.padding,
                    dilation=module.dilation,
                    groups=narrower(module.groups),
                    bias=module.bias is not None,
                )
            elif isinstance(module, nn.BatchNorm2d):
                narrow = nn.BatchNorm2d(narrower(module.num_features), module.eps)
            elif isinstance(module, nn.Linear):
                outputs = module.out_features
                narrow = nn.Linear(
                    narrower(module.in_features),
                    outputs if module is last else narrower(outputs),
                )
            else:
                continue
            setattr(parent, name, narrow)
    return model


def _resnet(block, classes, divisor, **options):
    model = models.ResNet(block, [2, 1, 1, 1], num_classes=classes, **options)
    for module in [*model.layer3.modules(), *model.layer4.modules()]:
        if isinstance(module, nn.Conv2d):
            module.stride = (1, 1)
    return _narrow(model, divisor)


def _vgg(batch_norm, classes):
    plan = [64, 64, "M", 128, "M", 128, "M", 256, "M"]
    model = models.VGG(models.vgg.make_layers(plan, batch_norm), num_classes=classes)
    model.avgpool = nn.AdaptiveAvgPool2d(2)
    model.classifier[0] = nn.Linear(256 * 2 * 2, 128)
    model.classifier[3] = nn.Linear(128, 128)
    model.classifier[6] = nn.Linear(128, classes)
    return _narrow(model, 8)


def _densenet(classes):
    return _narrow(models.DenseNet(32, (2, 2), num_init_features=64, num_classes=classes), 4)


def _mobilenet(classes):
    blocks = [[1, 16, 1, 1], [6, 24, 2, 2], [6, 32, 2, 2], [6, 64, 1, 1]]
    model = models.MobileNetV2(classes, inverted_residual_setting=blocks)
    return _narrow(model, 8)


def _efficientnet(classes):
    def blocks(expand, kernel, stride, inputs, outputs, layers):
        return models.efficientnet.MBConvConfig(expand, kernel, stride, inputs, outputs, layers)

    plan = [
        blocks(1, 3, 1, 32, 16, 1),
        blocks(6, 3, 2, 16, 24, 2),
        blocks(6, 5, 2, 24, 40, 2),
        blocks(6, 5, 1, 40, 80, 1),
    ]
    return _narrow(models.EfficientNet(plan, 0.2, num_classes=classes, last_channel=512), 8)


BASIC, BOTTLENECK = models.resnet.BasicBlock, models.resnet.Bottleneck
RESNEXT = {"groups": 128, "width_per_group": 1}  # 4 groups once narrowed

# name: family, model, seed, heading. The seeds are those with which enough cases count.
SMALL = {
    "resnet-basic": ("resnet", lambda: _resnet(BASIC, 10, 16), 1, {}),
    "resnet-bottleneck": ("resnet", lambda: _resnet(BOTTLENECK, 12, 32), 1, {}),
    "resnext": ("resnet", lambda: _resnet(BOTTLENECK, 10, 32, **RESNEXT), 1, {}),
    "vgg": ("vgg", lambda: _vgg(False, 10), 4, {}),
    "vgg-bn": ("vgg", lambda: _vgg(True, 11), 2, {}),
    "densenet": ("densenet", lambda: _densenet(10), 1, {}),
    "mobilenet": ("mobilenet", lambda: _mobilenet(10), 1, {}),
    "efficientnet": ("efficientnet", lambda: _efficientnet(12), 1, {}),
    "one-logit": ("resnet", lambda: _resnet(BASIC, 1, 32), 1, {"scores": "sigmoid"}),
    "multi-label": (
        "mobilenet",
        lambda: _mobilenet(4),
        6,
        {"scores": "sigmoid", "ending": nn.Sigmoid()},
    ),
    "softmax": ("resnet", lambda: _resnet(BASIC, 10, 32), 2, {"ending": nn.Softmax(dim=1)}),
}


def small(name):
    family, model, seed, heading = SMALL[name]
    return conditioned(name, family, model(), SMALL_SIZE, seed, **heading)


# Exporters


EXPORTERS = ("legacy", "dynamo")


def export(network, folder, exporters=EXPORTERS):
    """Writes NAME-legacy.onnx and NAME-dynamo.onnx with its NAME-dynamo.onnx.data."""
    files = {exporter: f"{network.name}-{exporter}.onnx" for exporter in exporters}
    example = torch.zeros(1, 3, network.size, network.size)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the legacy exporter is deprecated, and says so at length
        if "legacy" in files:
            torch.onnx.export(
                network.exported,
                (example,),
                folder / files["legacy"],
                dynamo=False,
                input_names=["input"],
                output_names=["output"],
                dynamic_axes={"input": {0: "batch"}, "output": {0: "batch"}},
            )
        if "dynamo" in files:
            torch.onnx.export(network.exported, (example,), folder / files["dynamo"], verbose=False)
    return files


def main():
    parser = argparse.ArgumentParser(description="writes the full-size networks as ONNX files")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", choices=FULL_SIZE, action="append", help="repeatable")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    for name in arguments.only or FULL_SIZE:
        print(*export(full_size(name), arguments.folder).values())


if __name__ == "__main__":
    main()
