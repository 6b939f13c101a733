"""Writes Tests/Fixtures/methods/gradients: the input-gradient family by published packages.

Random methods are fed the noise of philox.py. Captum hooks modules of type ReLU only, so networks with ReLU6
or with a functional ReLU follow the written-out rule instead.
"""

import environment

if __name__ == "__main__":
    environment.enter("methods")

import networks  # before any package that imports torchvision: see conditioning.py

import copy

import captum.attr
import numpy as np
import saliency.core
import torch
import torch.nn.functional as F
from torch import nn

import full_grad
import group_cam
import method_fixtures
import philox
from full_grad import apart, top1

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
LEVELS = {"black": 0.0, "white": 1.0, "grey": 0.5}
HOOKED = ("resnet-basic", "vgg", "resnet-bottleneck")
RULED = ("mobilenet", "densenet", "resnext")
ENDED = ("resnet-basic", "resnet-bottleneck", "efficientnet")
RULES = "arithmetic of the rule at every ReLU"


def reduced(values, how):
    values = method_fixtures.array(values)
    return {
        "abs-max": lambda: np.abs(values).max(0),
        "abs-sum": lambda: np.abs(values).sum(0),
        "max": lambda: values.max(0),
        "sum": lambda: values.sum(0),
        "none": lambda: values,
    }[how]()


def gradient(network, picture, label, model=None):
    picture = picture[None].clone().requires_grad_()
    (model or network.model)(picture)[0, label].backward()
    return picture.grad[0]


class Rule(torch.autograd.Function):
    """A clamp that passes back only what is positive, and for `guided` only where it passed."""

    @staticmethod
    def forward(context, value, upper, is_guided):
        context.save_for_backward(value)
        context.upper, context.is_guided = upper, is_guided
        return value.clamp(0, upper)

    @staticmethod
    def backward(context, adjoint):
        (value,) = context.saved_tensors
        passes = (value > 0) & (value < context.upper) if context.is_guided else torch.ones_like(value, dtype=torch.bool)
        return adjoint.clamp(min=0) * passes, None, None


class Ruled(nn.Module):
    def __init__(self, upper, is_guided):
        super().__init__()
        self.upper, self.is_guided = upper, is_guided

    def forward(self, value):
        return Rule.apply(value, self.upper, self.is_guided)


def ruled(network, is_guided):
    """The network with the rule in the place of every ReLU and ReLU6, functional ones too."""
    model = copy.deepcopy(network.model)
    for parent in list(model.modules()):
        for name, module in list(parent.named_children()):
            if isinstance(module, (nn.ReLU, nn.ReLU6)):
                setattr(parent, name, Ruled(6.0 if isinstance(module, nn.ReLU6) else float("inf"), is_guided))
    if network.family != "densenet":
        return model
    last = Ruled(float("inf"), is_guided)
    return lambda pictures: networks.FAMILIES["densenet"].tail(model, last(model.features(pictures)))


def written(is_guided, how="abs-max"):
    def maps(network, picture):
        return reduced(gradient(network, picture, top1(network, picture), ruled(network, is_guided)), how)

    return maps


def library(method, how, **options):
    """The attribution of a class of Captum."""

    def maps(network, picture):
        peer = method(apart(network.model))
        values = peer.attribute(picture[None].requires_grad_(), target=top1(network, picture), **options)
        return reduced(values[0], how)

    return maps


def baseline(picture, kind="black"):
    if kind == "zero":
        return torch.zeros_like(picture)
    if kind == "blur":
        return group_cam.blurred(picture)
    levels = [(LEVELS[kind] - mean) / deviation for mean, deviation in zip(MEAN, DEVIATION)]
    return torch.tensor(levels, dtype=picture.dtype)[:, None, None].expand_as(picture)


def integrated(rule, steps, factor=1.0, start="black"):
    def maps(network, picture):
        values = captum.attr.IntegratedGradients(apart(network.model)).attribute(
            picture[None],
            baselines=baseline(picture, start)[None].contiguous(),
            target=top1(network, picture),
            n_steps=steps,
            method=rule,
        )
        return reduced(factor * values[0], "sum")

    return maps


def caller(network, label):
    """What the PAIR library calls to see the model."""

    def call(pictures, call_model_args=None, expected_keys=None):
        kind = next(network.model.parameters()).dtype
        batch = torch.tensor(np.asarray(pictures), dtype=kind, requires_grad=True)
        network.model(batch)[:, label].sum().backward()
        return {saliency.core.base.INPUT_OUTPUT_GRADIENTS: batch.grad.numpy()}

    return call


def pair(method, how="sum", **options):
    def maps(network, picture):
        values = method().GetMask(picture.numpy(), caller(network, top1(network, picture)), **options)
        return reduced(values, how)

    return maps


def pair_integrated(steps):
    def maps(network, picture):
        peer = saliency.core.IntegratedGradients()
        values = peer.GetMask(
            picture.numpy(),
            caller(network, top1(network, picture)),
            x_baseline=baseline(picture).numpy(),
            x_steps=steps,
            batch_size=steps,
        )
        return reduced(values, "sum")

    return maps


def pair_smooth(samples, squares):
    """GetSmoothedMask with our noise in the place of NumPy's."""

    def maps(network, picture):
        count, ordinary = iter(range(samples)), np.random.normal
        np.random.normal = lambda mean, deviation, shape: deviation * philox.normals(next(count), shape)
        try:
            values = saliency.core.GradientSaliency().GetSmoothedMask(
                picture.numpy(), caller(network, top1(network, picture)), nsamples=samples, magnitude=squares
            )
        finally:
            np.random.normal = ordinary
        return reduced(values, "abs-sum")

    return maps


def samples(base, count, level=0.15, seed=0, divides=False):
    """The base at noisy copies, [N,3,H,W]; `base(network, picture, label)`."""

    def values(network, picture):
        label, spread = top1(network, picture), picture.max() - picture.min()
        sigma = level / spread if divides else level * spread
        found = []
        for sample in range(count):
            noise = torch.from_numpy(philox.normals(sample, tuple(picture.shape), seed)).to(picture.dtype)
            found.append(method_fixtures.array(base(network, picture + sigma * noise, label)))
        return np.stack(found)

    return values


def mean_of(values):
    return lambda network, picture: reduced(values(network, picture).mean(0), "abs-sum")


def variance_of(values):
    return lambda network, picture: reduced(values(network, picture).var(0), "abs-sum")


def attributed(peer_type, **options):
    """A class of Captum as a base for samples."""

    def base(network, picture, label):
        peer = peer_type(apart(network.model))
        if peer_type is captum.attr.IntegratedGradients:
            options["baselines"] = baseline(picture)[None].contiguous()
        return peer.attribute(picture[None].clone().requires_grad_(), target=label, **options)[0]

    return base


def guided_cam(network, picture):
    """Captum: nearest neighbours, nothing normalised."""
    model = method_fixtures.Tapped(network)
    for module in model.modules():
        if hasattr(module, "inplace"):
            module.inplace = False
    peer = captum.attr.GuidedGradCam(model, model.tap)
    return peer.attribute(picture[None].requires_grad_(), target=top1(network, picture))[0]


def guided_cam_written(is_guided):
    """Captum's Grad-CAM, enlarged as the paper has it, over its maximum, times the rule's gradient."""

    def maps(network, picture):
        label = top1(network, picture)
        model = method_fixtures.Tapped(network)
        cam = captum.attr.LayerGradCam(model, model.tap).attribute(
            picture[None].requires_grad_(), target=label, relu_attributions=True
        )
        cam = F.interpolate(cam.detach(), picture.shape[1:], mode="bilinear", align_corners=False)[0]
        # The map is divided by its maximum before it is enlarged; that only rescales.
        return gradient(network, picture.detach(), label, ruled(network, is_guided)) * cam

    return maps


def guided_cam_paper(network, picture):
    """The paper's, its Grad-CAM divided by its maximum: the small map's, before it is enlarged."""
    label = top1(network, picture)
    model = method_fixtures.Tapped(network)
    small = captum.attr.LayerGradCam(model, model.tap).attribute(
        picture[None].requires_grad_(), target=label, relu_attributions=True
    )
    small = small.detach() / small.max()
    cam = F.interpolate(small, picture.shape[1:], mode="bilinear", align_corners=False)[0]
    return gradient(network, picture.detach(), label, ruled(network, True)) * cam


def main():
    family = method_fixtures.Family("gradients")

    def record(name, *arguments, **options):
        options.setdefault("kind", "signed")
        family.record(small[name], *arguments, **options)

    names = dict.fromkeys((*method_fixtures.STANDARD, *HOOKED, *RULED, "efficientnet"))
    small = {name: networks.small(name) for name in names}
    saliency_ = captum.attr.Saliency
    for name in names:
        record(name, "gradient", "captum", library(saliency_, "abs-max"))
        record(name, "gradient-x-input", "captum", library(captum.attr.InputXGradient, "sum"))
    for name in HOOKED:
        for how in ("sum", "none", "max"):
            record(name, "gradient", "captum", library(saliency_, how, abs=False), settings={"reduce": how})
        record(name, "gradient", "saliency", pair(saliency.core.GradientSaliency, "abs-sum"), settings={"reduce": "abs-sum"})
        record(name, "deconvnet", "captum", library(captum.attr.Deconvolution, "abs-max"))
        record(name, "guided-backprop", "captum", library(captum.attr.GuidedBackprop, "abs-max"))
        record(
            name, "guided-grad-cam", "captum", guided_cam, settings={"resize": "nearest", "camnorm": "none"}
        )
        record(name, "guided-grad-cam", "captum Grad-CAM, " + RULES, guided_cam_paper)
        record(name, "guided-grad-cam", "captum Grad-CAM, " + RULES, guided_cam_written(True), settings={"camnorm": "none"})
        record(
            name,
            "guided-grad-cam",
            "captum Grad-CAM, " + RULES,
            guided_cam_written(False),
            settings={"camnorm": "none", "rule": "deconv"},
        )
    for name in RULED:
        record(name, "deconvnet", RULES, written(False))
        record(name, "guided-backprop", RULES, written(True))
    integrals(record)
    smooths(record)
    for name in method_fixtures.STANDARD:
        arithmetic = "arithmetic of idiap/fullgrad-saliency"
        record(name, "full-grad", arithmetic, full_grad.full_gradient(False))
        record(name, "full-grad", arithmetic, full_grad.full_gradient(True), settings={"variant": "simple"})
        record(name, "full-grad", "grad-cam", full_grad.full_library, settings={"variant": "library"}, kind="map")
    family.write()


def integrals(record):
    method = "integrated-gradients"
    record("resnet-basic", method, "captum", integrated("riemann_right", 50))
    for name in HOOKED[1:] + RULED:
        record(name, method, "captum", integrated("riemann_right", 7), settings={"steps": "7"})
    for name in HOOKED:
        for rule, known in (("mid", "riemann_middle"), ("gauss", "gausslegendre")):
            record(name, method, "captum", integrated(known, 7), settings={"rule": rule, "steps": "7"})
        for start in ("zero", "white", "grey", "blur"):
            maps = integrated("riemann_right", 7, start=start)
            record(name, method, "captum", maps, settings={"baseline": start, "steps": "7"})
    # Rules with a point on the baseline: on one colour max-pooling has ties everywhere, which rounding
    # breaks, so vgg says nothing.
    for name in ENDED:
        record(name, method, "captum", integrated("riemann_left", 7), settings={"rule": "left", "steps": "7"})
        peer = "captum, times m/(m-1)"
        maps = integrated("riemann_trapezoid", 7, 7 / 6)
        record(name, method, peer, maps, settings={"rule": "trapezoid", "steps": "7"})
        record(name, method, "saliency", pair_integrated(7), settings={"rule": "pair", "steps": "7"})


def smooths(record):
    plain = lambda network, picture, label: gradient(network, picture, label)
    for name in HOOKED:
        record(name, "smoothgrad", "saliency", pair_smooth(25 if name == "resnet-basic" else 6, False), settings={} if name == "resnet-basic" else {"n": "6"})
        record(name, "smoothgrad", "saliency", pair_smooth(6, True), settings={"mode": "square", "n": "6"})
        record(
            name, "smoothgrad", "numpy variance of PyTorch's gradients", variance_of(samples(plain, 6)),
            settings={"mode": "var", "n": "6"},
        )
        for base, method in (
            ("gradient-x-input", captum.attr.InputXGradient),
            ("deconvnet", captum.attr.Deconvolution),
            ("guided-backprop", captum.attr.GuidedBackprop),
        ):
            record(
                name, "smoothgrad", "captum", mean_of(samples(attributed(method), 4)),
                settings={"base": base, "n": "4"},
            )
        record(
            name, "smoothgrad", "arithmetic of wofmanaf/Group-CAM", mean_of(samples(plain, 4, divides=True)),
            settings={"sigma": "groupcam", "n": "4"},
        )
        whole = attributed(captum.attr.IntegratedGradients, method="riemann_right", n_steps=50)
        record(
            name, "smoothgrad", "captum", mean_of(samples(whole, 2, level=0.3)),
            settings={"base": "integrated-gradients", "n": "2", "level": "0.3"},
        )
    for name in RULED:
        record(name, "smoothgrad", "PyTorch's gradients", mean_of(samples(plain, 6)), settings={"n": "6"})


if __name__ == "__main__":
    main()
