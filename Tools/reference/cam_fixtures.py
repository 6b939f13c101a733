"""Writes Tests/Fixtures/methods/cam: class-activation maps by published packages."""

import environment

if __name__ == "__main__":
    environment.enter("methods")

import networks  # before any package that imports torchvision: see conditioning.py

import pytorch_grad_cam
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

import method_fixtures


def top1(network, picture):
    return int(network.model(picture[None]).argmax())


def library(method):
    """The map of a class of pytorch-grad-cam for the most likely class."""

    def maps(network, picture):
        model = method_fixtures.Tapped(network)
        targets = [ClassifierOutputTarget(top1(network, picture))]
        with method(model=model, target_layers=[model.tap]) as cam:
            return cam(input_tensor=picture[None], targets=targets)[0]

    return maps


def main():
    family = method_fixtures.Family("cam")
    for name in method_fixtures.STANDARD:
        network = networks.small(name)
        family.record(
            network, "grad-cam", "grad-cam", library(pytorch_grad_cam.GradCAM), settings={"finish": "library"}
        )
    family.write()


if __name__ == "__main__":
    main()
