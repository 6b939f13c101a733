"""Writes Tests/Fixtures/methods/cam: class-activation maps by published packages and by written-out formulas.

pytorch-grad-cam and torch-cam are run as they are where they compute what they name. Where they do not, this
script says so and writes the formula out instead:

- pytorch-grad-cam adds 1e-6 to the denominator of Grad-CAM++, 2 g^2 + g^3 sum(A). The gradients of the small
  networks are about 0.01 and less, so that outweighs the rest. Its class is run on the arithmetic of its own
  file with that number at 0. XGradCAM's 1e-7 moves nothing here and stays.
- torch-cam 0.5.0 divides a copy in GradCAMpp (`alpha[idx][mask].div_`), so its weights are sums of g^3 and not
  those of Grad-CAM++. It is left out; the `joint` formula is written out from the code of Group-CAM.
- PAIR's GradCam enlarges by scikit-image, which mirrors pixels at the border; it is asked for the small map,
  which is enlarged like all others.
- EigenCAM of pytorch-grad-cam leaves the sign to the SVD; its own sign-corrected projection takes its place.
"""

import contextlib
import importlib.metadata
from unittest import mock

import environment

if __name__ == "__main__":
    environment.enter("methods")

import networks  # before any package that imports torchvision: see conditioning.py

import inspect

import numpy as np
import pytorch_grad_cam
import saliency.core
import torch
import torch.nn.functional as F
import torchcam.methods
from pytorch_grad_cam.utils import svd_on_activations

import cam_formulas
import method_fixtures

# An earlier tap of each network, of another size than the last, and the linear layer of CAM.
EARLIER = {
    "resnet-basic": "layer1",
    "vgg": "features.9",
    "mobilenet": "features.3",
    "densenet": "features.denseblock1",
}
HEADS = {"resnet-basic": "fc", "mobilenet": "classifier.1", "densenet": "classifier", "efficientnet": "classifier.1"}
LAST = "last"
LIBRARY = {"finish": "library"}
TORCHCAM = {"finish": "torchcam"}


def seed(network, picture, text):
    """The target as a function of the outputs of one picture, its class resolved on the clean picture."""
    with torch.no_grad():
        clean = network.model(picture[None])[0]
    if text.startswith("top"):
        index = int(clean.argsort(descending=True, stable=True)[int(text[3:]) - 1])
        return lambda outputs: outputs[index]
    if text.startswith("not:"):
        inner = seed(network, picture, text[4:])
        return lambda outputs: -inner(outputs)
    if text.startswith("prob:"):
        inner = seed(network, picture, text[5:])
        return lambda outputs: inner(outputs.softmax(0))
    first, *second = [int(part) for part in text.split("-")]
    return lambda outputs: outputs[first] - (outputs[second[0]] if second else 0)


def tap(model, layer):
    return model.tap if layer in (None, LAST) else model.model.get_submodule(layer)


# Packages


@contextlib.contextmanager
def exact_grad_cam_plus_plus():
    """GradCAMPlusPlus of pytorch-grad-cam with 0 for the 1e-6 that it adds; 0/0 becomes 0 by its own `where`."""
    method = pytorch_grad_cam.GradCAMPlusPlus.get_cam_weights
    source = inspect.cleandoc("\n" + inspect.getsource(method)).replace("eps = 0.000001", "eps = 0")
    assert "eps = 0\n" in source
    scope = {"np": np}
    exec(source, scope)
    with mock.patch.object(pytorch_grad_cam.GradCAMPlusPlus, "get_cam_weights", scope["get_cam_weights"]):
        with np.errstate(invalid="ignore", divide="ignore"):
            yield


@contextlib.contextmanager
def signed_projection(module):
    corrected = svd_on_activations.get_2d_projection_with_sign_correction
    with mock.patch.object(module, "get_2d_projection", corrected):
        yield


def library(method, target="top1", layers=(LAST,), patch=contextlib.nullcontext):
    """The map of a class of pytorch-grad-cam."""

    def maps(network, picture):
        model = method_fixtures.Tapped(network)
        taps = [tap(model, layer) for layer in layers]
        with patch(), method(model=model, target_layers=taps) as cam:
            return cam(input_tensor=picture[None], targets=[seed(network, picture, target)])[0]

    return maps


def torch_cam(method, target="top1", layers=(LAST,), **options):
    """The map of a class of torch-cam, at the size of the picture; fused where there are several layers."""

    def maps(network, picture):
        model = method_fixtures.Tapped(network)
        taps = [tap(model, layer) for layer in layers]
        heads = {"fc_layer": network.model.get_submodule(HEADS[network.name])} if options.get("head") else {}
        with method(model, taps if len(taps) > 1 else taps[0], **heads) as cam:
            scores = model(picture[None])
            index = int(scores[0].argsort(descending=True, stable=True)[int(target[3:]) - 1])
            found = cam(index, scores)
            size = tuple(picture.shape[1:])
            fused = method.fuse_cams(found, size) if len(found) > 1 else enlarged(found[0], size)
        return fused[0]

    return maps


def enlarged(small, size):
    return F.interpolate(small[None], size, mode="bilinear", align_corners=False)[0]


def pair_cam(network, picture):
    """The small map of PAIR's GradCam, over its maximum as it does before it enlarges."""
    model = method_fixtures.Tapped(network)

    def call(pictures, call_model_args=None, expected_keys=None):
        kept = {}
        hook = model.tap.register_forward_hook(lambda module, inputs, output: kept.update(a=output))
        outputs = model(picture[None])[0]
        hook.remove()
        (g,) = torch.autograd.grad(outputs.max(), kept["a"])
        values = (kept["a"].detach(), g)
        return dict(zip(expected_keys, (v.permute(0, 2, 3, 1).numpy() for v in values)))

    peer = saliency.core.GradCam()
    small = peer.GetMask(picture.permute(1, 2, 0).numpy(), call, should_resize=False, three_dims=False)
    small = torch.from_numpy(small)[None]
    return enlarged(small / small.max(), tuple(picture.shape[1:]))[0]


# Formulas


def formula(small_map, target="top1", layer=LAST, rectified=True, finish="default"):
    """A formula with the common end: ReLU, upsample, min-max.

    `pair`: ReLU, over the maximum, upsample; `raw`: ReLU, upsample with corners on corners.
    """

    def maps(network, picture):
        model = method_fixtures.Tapped(network)
        kept = {}
        hook = tap(model, layer).register_forward_hook(
            lambda module, inputs, output: kept.update(a=output)
        )
        outputs = model(picture[None])[0]
        hook.remove()
        y = seed(network, picture, target)(outputs)
        g = torch.autograd.grad(y, kept["a"])[0]
        small = small_map(kept["a"][0].detach(), g[0], y.detach())[None]
        small = small.relu() if rectified else small
        size = tuple(picture.shape[1:])
        if finish == "pair":
            return enlarged(small / small.max(), size)[0]
        if finish == "raw":
            return F.interpolate(small[None], size, mode="bilinear", align_corners=True)[0, 0]
        large = enlarged(small, size)[0]
        return (large - large.min()) / (large.max() - large.min())

    return maps


def class_map(target="top1", relu=False):
    """CAM from the weights of the linear layer; targets are classes or differences of two."""

    def maps(network, picture):
        weights = network.model.get_submodule(HEADS[network.name]).weight.detach()
        probe = torch.eye(len(weights), dtype=weights.dtype)
        choose = seed(network, picture, target)
        row = torch.stack([choose(unit) for unit in probe]) @ weights
        return formula(
            lambda a, g, y: (row[:, None, None] * a).sum(0), "top1", LAST, rectified=relu
        )(network, picture)

    return maps


PLUS_PLUS = (
    ({}, cam_formulas.paper_plus_plus, "default", "formula of the paper"),
    ({"variant": "official"}, cam_formulas.official_plus_plus, "pair", "arithmetic of adityac94/Grad_CAM_plus_plus"),
    ({"variant": "joint"}, cam_formulas.joint_plus_plus, "default", "arithmetic of wofmanaf/Group-CAM"),
)
FORMULAS = (
    ("grad-cam", {}, cam_formulas.grad_cam),
    ("grad-cam", {"counterfactual": "true"}, lambda a, g, y: -cam_formulas.grad_cam(a, g, y)),
    ("layer-cam", {}, cam_formulas.layer_cam),
    ("layer-cam", {"tanh": "2"}, cam_formulas.shallow_layer_cam),
    ("xgrad-cam", {}, cam_formulas.xgrad_cam),
    ("hires-cam", {}, cam_formulas.hires_cam),
    ("eigen-cam", {}, cam_formulas.eigen_cam),
    ("eigen-cam", {"center": "true"}, lambda a, g, y: cam_formulas.projection(a, center=True)),
    ("eigen-cam", {"weighted": "true"}, cam_formulas.eigen_grad_cam),
    ("eigen-grad-cam", {}, cam_formulas.eigen_grad_cam),
)
LIBRARY_CLASSES = (
    ("grad-cam", {}, pytorch_grad_cam.GradCAM, contextlib.nullcontext),
    ("grad-cam++", {}, pytorch_grad_cam.GradCAMPlusPlus, exact_grad_cam_plus_plus),
    ("layer-cam", {}, pytorch_grad_cam.LayerCAM, contextlib.nullcontext),
    ("xgrad-cam", {}, pytorch_grad_cam.XGradCAM, contextlib.nullcontext),
    ("hires-cam", {}, pytorch_grad_cam.HiResCAM, contextlib.nullcontext),
    (
        "eigen-cam",
        {"center": "true"},
        pytorch_grad_cam.EigenCAM,
        lambda: signed_projection(pytorch_grad_cam.eigen_cam),
    ),
    (
        "eigen-grad-cam",
        {"center": "true"},
        pytorch_grad_cam.EigenGradCAM,
        lambda: signed_projection(pytorch_grad_cam.eigen_grad_cam),
    ),
)
VERSION = importlib.metadata.version("grad-cam")
PEERS = {
    "grad-cam++": f"grad-cam {VERSION}, 0 for the 1e-6 of its denominator",
    "eigen-cam": f"grad-cam {VERSION}, its projection with sign correction",
    "eigen-grad-cam": f"grad-cam {VERSION}, its projection with sign correction",
}
TORCH_CAM_CLASSES = (
    ("grad-cam", torchcam.methods.GradCAM),
    ("xgrad-cam", torchcam.methods.XGradCAM),
    ("layer-cam", torchcam.methods.LayerCAM),
)


def record_packages(family, network):
    earlier = EARLIER[network.name]
    both = f"{earlier}+{LAST}"
    for name, settings, method, patch in LIBRARY_CLASSES:
        peer, chosen = PEERS.get(name, "grad-cam"), {**settings, **LIBRARY}
        family.record(network, name, peer, library(method, patch=patch), settings=chosen)
        family.record(
            network,
            name,
            peer,
            library(method, layers=(earlier,), patch=patch),
            settings=chosen,
            layer=earlier,
            required=False,
        )
        family.record(
            network,
            name,
            peer,
            library(method, layers=(earlier, LAST), patch=patch),
            settings={**chosen, "fuse": "mean"},
            layer=both,
            required=False,
        )
    for target in ("top2", "not:top1", "3-7", "prob:top2"):
        for name, method in (("grad-cam", pytorch_grad_cam.GradCAM), ("layer-cam", pytorch_grad_cam.LayerCAM)):
            family.record(network, name, "grad-cam", library(method, target), settings=LIBRARY, target=target, required=False)
    for name, method in TORCH_CAM_CLASSES:
        family.record(network, name, "torchcam", torch_cam(method), settings=TORCHCAM)
        fused = {**TORCHCAM, "fuse": "max", **({"tanh": "2"} if name == "layer-cam" else {})}
        family.record(
            network, name, "torchcam", torch_cam(method, layers=(earlier, LAST)), settings=fused, layer=both, required=False
        )


def record_formulas(family, network):
    earlier = EARLIER[network.name]
    for settings, small_map, finish, peer in PLUS_PLUS:
        for layer in (LAST, earlier):
            family.record(
                network,
                "grad-cam++",
                peer,
                formula(small_map, layer=layer, finish=finish),
                settings=settings,
                layer=None if layer == LAST else layer,
                required=layer == LAST,
            )
    for name, settings, small_map in FORMULAS:
        for layer in (LAST, earlier):
            family.record(
                network,
                name,
                "formula of the paper",
                formula(small_map, layer=layer),
                settings=settings,
                layer=None if layer == LAST else layer,
                required=layer == LAST,
            )
    record_grad_cams(family, network)
    others = (
        ("xgrad-cam", cam_formulas.xgrad_cam),
        ("hires-cam", cam_formulas.hires_cam),
        ("eigen-grad-cam", cam_formulas.eigen_grad_cam),
    )
    for name, small_map in others:
        for target in ("top2", "3-7"):
            family.record(network, name, "formula of the paper", formula(small_map, target), target=target, required=False)


def record_grad_cams(family, network):
    """Grad-CAM as three codes end it: PAIR's, the authors' in Torch7, a tutorial's in Keras."""
    family.record(network, "grad-cam", "saliency", pair_cam, settings={"finish": "pair"})
    peer, settings = "arithmetic of ramprs/grad-cam", {"pool": "sum", "finish": "raw"}
    maps = formula(cam_formulas.summed_grad_cam, finish="raw")
    family.record(network, "grad-cam", peer, maps, settings=settings, kind="signed")
    peer, settings = "arithmetic of the Keras blog", {"reduce": "mean", "finish": "blog"}
    maps = formula(cam_formulas.averaged_grad_cam, "prob:top1", finish="pair")
    family.record(network, "grad-cam", peer, maps, settings=settings, target="prob:top1")


def record_cam(family, network):
    for target in ("top1", "top2", "not:top1", "3-7"):
        family.record(network, "cam", "formula of the paper", class_map(target), target=target, required=target == "top1")
    family.record(network, "cam", "formula of the paper", class_map(relu=True), settings={"relu": "true"})
    peer = torch_cam(torchcam.methods.CAM, head=True)
    family.record(network, "cam", "torchcam", peer, settings=TORCHCAM)


def main():
    family = method_fixtures.Family("cam")
    for name in method_fixtures.STANDARD:
        network = networks.small(name)
        record_packages(family, network)
        record_formulas(family, network)
    for name in HEADS:
        record_cam(family, networks.small(name))
    family.write()


if __name__ == "__main__":
    main()
