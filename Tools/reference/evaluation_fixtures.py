"""Writes Tests/Fixtures/evaluation: what published programs measure of maps of the small networks.

The maps are of this script's making, the same for every network: smooth, smooth with many equal zeros, and one
number for each pixel. Metrics that run a method again take pytorch-grad-cam's Grad-CAM. Each entry has the values of
one peer for some pictures in double precision, and how far the peer's own single precision is from them.

Packages are run as they are where they compute what they name. Where they do not, this script says so:

- the evaluation code of RISE and of Group-CAM is written out; it sorts by an unstable sort, here equal pixels keep
  their order;
- pytorch-grad-cam draws the noise of ROAD afresh at every call: here it is 0, or the noise of Salient;
- Captum perturbs as its caller says: here with the noise and the squares of Salient;
- Quantus multiplies map and change as matrices in its infidelity, and its patches lie 3 pixels off: here the product
  is taken pixel by pixel and the patches where they belong.
"""

import environment

if __name__ == "__main__":
    environment.enter("evaluation")

import networks  # before any package that imports torchvision: see conditioning.py

import json
import multiprocessing
import shutil
import warnings
from pathlib import Path
from unittest import mock

import captum.metrics
import numpy as np
import quantus
import torch
from pytorch_grad_cam.metrics import arcc, road
from pytorch_grad_cam.utils.model_targets import ClassifierOutputSoftmaxTarget, ClassifierOutputTarget

import method_fixtures
import philox
import truth
from evaluation_curves import PairedImputer, drop, record_confidence, record_curves, record_road
from evaluation_subjects import IMAGES, KINDS, MOVES, PERTURBATIONS, SIDE, Subject, made_maps

FOLDER = Path(__file__).resolve().parents[2] / "Tests" / "Fixtures" / "evaluation" / "metrics"
SIGMA = 0.03  # of the noise of infidelity: at Captum's 0.003 single precision sees little of what changes


# Metrics that run Grad-CAM again


def coherency(subject, _):
    with subject.cam() as cam:
        targets = [ClassifierOutputTarget(subject.index)]
        map_ = cam(input_tensor=subject.x[None], targets=targets)
        again = cam(input_tensor=subject.x[None] * torch.from_numpy(map_)[:, None], targets=targets)
        # The package adds 1e-8 to the denominator, so a constant map gets 0.5 there: it says nothing.
        if np.ptp(map_) == 0 or np.ptp(again) == 0:
            return float("nan")
        return float(arcc.Coherency()(subject.x[None], map_, targets, subject.model, cam)[0])


def adcc(subject, _):
    map_ = subject.map()[0]
    terms = np.nan_to_num(coherency(subject, None)), 1 - np.abs(map_).mean(), 1 - drop(subject, map_) / 100
    return 3 / sum(1 / term for term in terms) if min(terms) > 0 else 0.0


def library_arcc(subject, _):
    """The class as it is, with no noise; its one list of targets serves Grad-CAM and ROAD alike.

    The maps of two networks have pixels that are all but equal at a threshold, so that rounding decides which are
    removed: those are left out.
    """
    with mock.patch.object(road, "NoisyLinearImputer", PairedImputer), subject.cam() as cam:
        targets = [ClassifierOutputSoftmaxTarget(subject.index)]
        map_ = cam(input_tensor=subject.x[None], targets=targets)
        return float(arcc.ARCC(cam)(subject.x[None], map_, targets, subject.model)[0])


def sensitivity(subject, _):
    def explain(inputs):
        (pictures,) = inputs if isinstance(inputs, tuple) else (inputs,)
        with torch.enable_grad(), subject.cam() as cam:
            targets = [ClassifierOutputTarget(subject.index)] * len(pictures)
            maps = torch.from_numpy(np.asarray(cam(input_tensor=pictures, targets=targets)))[:, None]
        # As Captum's own methods do; a bare tensor for a tuple would be taken apart picture by picture.
        return (maps,) if isinstance(inputs, tuple) else maps

    def moved(inputs):
        (pictures,) = inputs if isinstance(inputs, tuple) else (inputs,)
        count = 3 * SIDE * SIDE
        numbers = philox.words(np.arange(len(pictures) * count // 4), MOVES, 0).reshape(-1)
        uniform = (numbers >> np.uint64(8)).astype(np.float64) * 2.0**-24
        return pictures + (0.02 * (2 * torch.from_numpy(uniform) - 1)).reshape(pictures.shape).to(pictures.dtype)

    return float(captum.metrics.sensitivity_max(explain, subject.x[None], perturb_func=moved)[0])


def record_methods(record):
    grad_cam = {"method": "grad-cam", "method_settings": {"finish": "library"}}
    record("coherency", "grad-cam", None, coherency, {}, **grad_cam)
    record("adcc", "formula, with the coherency of grad-cam", None, adcc, {}, **grad_cam)
    quiet = {"noise": "0", "select": "threshold"}
    record("arcc", "grad-cam", None, library_arcc, quiet, target="prob:top1", only=("vgg", "mobilenet"), **grad_cam)
    record("max-sensitivity", "captum", None, sensitivity, {}, **grad_cam, unit=None)


# Infidelity


def squares(count):
    """Salient's squares: side, row and column of each."""
    words = philox.words(np.arange((3 * count + 3) // 4), PERTURBATIONS, 0).reshape(-1).astype(object)
    least, most = max(1, -(-SIDE // 28)), max(1, 10 * SIDE // 28)
    found = []
    for place in range(count):
        side = least + (int(words[3 * place]) * (most - least + 1) >> 32)
        found.append([side] + [int(words[3 * place + axis]) * (SIDE - side + 1) >> 32 for axis in (1, 2)])
    return found


def infidelity(kind, count, normalize):
    """Captum's metric; the map lies in the first colour, and so does the change that it is multiplied by."""

    def value(subject, map_):
        def squared(inputs, *_):
            (pictures,) = inputs if isinstance(inputs, tuple) else (inputs,)
            change, changed = torch.zeros_like(pictures), pictures.clone()
            for place, (side, top, left) in enumerate(squares(count)):
                change[place, 0, top : top + side, left : left + side] = 1
                changed[place, :, top : top + side, left : left + side] = 0
            return change, changed

        def noisy(inputs, *_):
            (pictures,) = inputs if isinstance(inputs, tuple) else (inputs,)
            noise = [philox.normals(place, (3, SIDE, SIDE), stream=PERTURBATIONS) for place in range(count)]
            change = SIGMA * torch.from_numpy(np.stack(noise)).to(pictures.dtype)
            return change, pictures - change

        def forward(pictures):
            return subject.model(pictures)[:, subject.index]

        if kind == "square":
            attribution = torch.zeros_like(subject.x)
            attribution[0] = torch.from_numpy(map_)
        else:
            leaf = subject.x[None].clone().requires_grad_()
            attribution = torch.autograd.grad(forward(leaf)[0], leaf)[0][0]
        return float(
            captum.metrics.infidelity(
                forward,
                squared if kind == "square" else noisy,
                subject.x[None],
                attribution[None],
                n_perturb_samples=count,
                normalize=normalize,
            )[0]
        )

    return value


def quantus_infidelity(subject, map_):
    class Pixels:
        """numpy, but that its matrix product is taken pixel by pixel."""

        def __getattr__(self, name):
            return getattr(np, name)

        def dot(self, a, b):
            return a * b

    class Cast(torch.nn.Module):
        """Quantus hands over single precision."""

        def forward(self, pictures):
            return subject.model(pictures.to(subject.x.dtype))

    from quantus.metrics.faithfulness import infidelity as module

    metric = quantus.Infidelity(n_perturb_samples=1, disable_warnings=True, normalise=False, abs=False, perturb_baseline="black")
    # It finds the corner of a patch in a padded picture by its place in the plain one, 3 pixels off.
    unpadded = mock.patch.multiple(module.utils, _pad_array=lambda x, *_, **__: x, _unpad_array=lambda x, *_, **__: x)
    with mock.patch.object(module, "np", Pixels()), unpadded:
        return float(
            metric(
                model=Cast().eval(),
                x_batch=subject.x[None].numpy(),
                y_batch=np.array([subject.index]),
                a_batch=map_[None, None],
                device="cpu",
                channel_first=True,
                softmax=False,
            )[0]
        )


def record_infidelity(record):
    for kind in KINDS:
        record("infidelity", "captum, the squares of Salient", kind, infidelity("square", 100, True), {}, unit=None)
    record("infidelity", "captum, the squares of Salient", "smooth", infidelity("square", 25, False), {"n": "25", "scale": "none"}, unit=None)
    gradient = {"method": "gradient", "method_settings": {}}
    captum_settings = {"preset": "captum", "sigma": str(SIGMA)}
    record("infidelity", "captum, the noise of Salient", None, infidelity("noise", 10, False), captum_settings, **gradient, unit=None)
    best = {**captum_settings, "scale": "optimal"}
    record("infidelity", "captum, the noise of Salient", None, infidelity("noise", 10, True), best, **gradient, unit=None)
    record(
        "infidelity", "quantus, its product pixel by pixel, no padding", "smooth", quantus_infidelity, {"preset": "quantus"}, unit=None, black="minimum"
    )


# Metrics of the map alone


def quantus_map(metric):
    def value(subject, map_):
        return float(
            metric(disable_warnings=True, normalise=False, abs=True)(
                model=subject.model, x_batch=subject.x[None].numpy(), y_batch=np.array([0]), a_batch=map_[None, None], device="cpu"
            )[0]
        )

    return value


def record_maps(record):
    for kind in KINDS:
        record("sparseness", "quantus", kind, quantus_map(quantus.Sparseness), {})
        record("complexity", "quantus", kind, quantus_map(quantus.Complexity), {}, unit=None)


def finite(value, digits):
    """A number for JSON, which has no NaN."""
    return truth.significant(value, digits) if np.isfinite(value) else None


def measured(name):
    """The entries of one network."""
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore")
    maps = made_maps()
    pictures = torch.from_numpy(np.load(method_fixtures.PICTURES))[:IMAGES]
    network = networks.small(name)
    subjects = [[Subject(network, picture, precision) for precision in (torch.float64, torch.float32)] for picture in pictures]
    entries = []

    def record(metric, peer, kind, value, settings, *, unit=1, target="top1", black="usual", method=None, method_settings=None, only=()):
        """`unit`: what values are relative to; None: the largest of them. `only`: the networks, if not all."""
        if only and name not in only:
            return
        values, distances = [], []
        for image, pair in enumerate(subjects):
            map_ = None if kind is None else maps[KINDS.index(kind), image]
            exact, single = [value(subject, map_) for subject in pair]
            values.append(float(exact))
            distances.append(abs(float(exact) - float(single)))
        assert sum(np.isfinite(values)) >= truth.COUNTING_CASES, (name, metric, settings, values)
        scale = unit or np.nanmax(np.abs(values)) or 1
        package, comma, rest = peer.partition(",")
        entries.append(
            {
                "network": name,
                "metric": metric,
                "settings": settings,
                "maps": kind,
                "method": method,
                "method_settings": method_settings,
                "target": target,
                "black": black,
                "peer": method_fixtures.named(package) + comma + rest,
                "scale": truth.significant(scale, 8),
                "values": [finite(value, 9) for value in values],
                "float32_distances": [finite(distance / scale, 3) for distance in distances],
            }
        )

    families = [record_curves, record_confidence, record_road, record_methods, record_infidelity]
    for family in families + ([record_maps] if name == method_fixtures.STANDARD[0] else []):
        family(record)
    print(f"{name}: {len(entries)} entries", flush=True)
    return entries


def main():
    with multiprocessing.Pool(2) as pool:
        entries = [entry for found in pool.imap(measured, method_fixtures.STANDARD, 1) for entry in found]
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    np.save(FOLDER / "maps.npy", made_maps())
    text = json.dumps({"kinds": KINDS, "measurements": entries}, indent=1)
    (FOLDER / "measurements.json").write_text(text + "\n")
    print(f"{len(entries)} entries, {len(entries) * IMAGES} values")


if __name__ == "__main__":
    main()
