"""FullGrad by its authors' released arithmetic, and by pytorch-grad-cam; imported, not run."""

import networks  # before any package that imports torchvision: see conditioning.py

import copy

import pytorch_grad_cam
import torch
import torch.nn.functional as F
from torch import nn


def top1(network, picture):
    return int(network.model(picture[None]).argmax())


def apart(model):
    """A copy whose ReLUs keep their input."""
    model = copy.deepcopy(model)
    for module in model.modules():
        if hasattr(module, "inplace"):
            module.inplace = False
    return model


def biased(model):
    """The layers that add a constant, with it: convolutions with a bias and batch norms."""
    for module in model.modules():
        if isinstance(module, nn.Conv2d) and module.bias is not None:
            yield module, module.bias
        elif isinstance(module, nn.BatchNorm2d):
            scale = module.weight / torch.sqrt(module.running_var + module.eps)
            yield module, module.bias - module.running_mean * scale


def full_gradient(is_simple):
    """Srinivas and Fleuret's released arithmetic without its epsilon: psi by whole tensors, corners aligned."""

    def maps(network, picture):
        model, outputs = apart(network.model), []
        layers = list(biased(model))
        for module, _ in layers:
            module.register_forward_hook(lambda _, __, output: outputs.append(output))
        order = {module: place for place, (module, _) in enumerate(layers)}
        picture = picture[None].clone().requires_grad_()
        called = []
        for module, _ in layers:
            module.register_forward_hook(lambda module, _, __: called.append(order[module]))
        family = networks.FAMILIES[network.family]
        # Cut in two: a ReLU in place would change the output of the last layer of a trunk.
        score = family.tail(model, family.trunk(model, picture))[0, top1(network, picture[0].detach())]
        gradients = torch.autograd.grad(score, [picture, *outputs])

        def psi(values):
            sizes = values.abs()
            spread = sizes.max() - sizes.min()
            unit = (sizes - sizes.min()) / spread if spread > 0 else torch.zeros_like(sizes)
            return F.interpolate(unit, picture.shape[2:], mode="bilinear", align_corners=True).sum(1)

        total = psi(picture * gradients[0])
        for place, adjoint in zip(called, gradients[1:]):
            factor = 1 if is_simple else layers[place][1][None, :, None, None]
            total = total + psi(adjoint * factor)
        return total[0].detach()

    return maps


def full_library(network, picture):
    """pytorch-grad-cam; targets are scaled so that its epsilons of 1e-7 do not count."""
    label = top1(network, picture)
    with pytorch_grad_cam.FullGrad(model=apart(network.model), target_layers=[]) as peer:
        return peer(input_tensor=picture[None], targets=[lambda output: 1e7 * output[label]])[0]
