"""Records what published packages make of the small networks, for Tests/Fixtures/methods.

A family of methods is one script, one folder of maps and one list beside it. Each entry is the map of one
peer for some pictures of Tests/Fixtures/networks, in double precision where the peer can compute in it,
with how far the peer's own single precision is from that: a case counts only where that is little and
where the map is neither constant nor all but empty. The replay is Tests/ConformanceTests/MethodFixtureTests.swift.
"""

import importlib.metadata
import json
import shutil
from pathlib import Path

import numpy as np
import torch

import truth

ROOT = Path(__file__).resolve().parents[2] / "Tests" / "Fixtures"
PICTURES = ROOT / "networks" / "pictures.input.npy"
# Batch-norm and residuals; linear layers on a grid; depthwise; concatenation.
STANDARD = ("resnet-basic", "vgg", "mobilenet", "densenet")
IMAGES = 3


class Tapped(torch.nn.Module):
    """A network cut at its tap, so that a peer that hooks modules sees the value after its non-linearity."""

    def __init__(self, network):
        super().__init__()
        self.network, self.model, self.tap = network, network.model, torch.nn.Identity()

    def forward(self, pictures):
        return self.network.tail(self.tap(self.network.trunk(pictures)))


class Family:
    """The entries of one family; written whole, so that nothing stale stays."""

    def __init__(self, name):
        self.name, self.entries, self.kept = name, [], {}
        self.pictures = torch.from_numpy(np.load(PICTURES))[:IMAGES]

    def record(self, network, method, peer, maps, *, settings=None, target="top1", layer=None, kind="map", doubles=True, required=True):
        """Records one peer's maps of the standard pictures.

        `peer` is a package name, or a text for released arithmetic written out. `maps(network, picture)` gives
        [H,W] or [3,H,W] for a picture [3,H,W] in the precision of both. `kind`: `map` for maps in [0, 1],
        `signed` for raw values, judged relative to the largest. `doubles=False`: the peer knows float32 only.
        `required=False`: leaves out, and names, what float32 cannot tell for two pictures.
        """
        settings = settings or {}
        exact, single = network.to(torch.float64), network
        values, cases = [], []
        for image, picture in enumerate(self.pictures):
            found = array(maps(single, picture))
            best = array(maps(exact, picture.double())) if doubles else found
            # A peer that divides 0 by 0 says nothing of that picture; JSON has no NaN.
            if not (np.isfinite(best).all() and np.isfinite(found).all()):
                best = found = np.zeros_like(best)
            values.append(best)
            cases.append(case(image, best, found, kind))
        what = f"{self.name}: {network.name} {method} {settings} {target} {layer or ''}"
        if not required and sum(case["counts"] for case in cases) < truth.COUNTING_CASES:
            print(f"{what}: left out, {[(case['float32_distance'], case['mean']) for case in cases]}")
            return
        truth.require_counting(cases, what)
        parts = [network.name, method, *(f"{key}={value}" for key, value in settings.items())]
        parts += ([str(target)] if target != "top1" else []) + ([layer] if layer else [])
        file = f"{self.name}/{'_'.join(parts)}.npy".replace(":", "-").replace(" ", "-")
        while file in self.kept:
            file = file.replace(".npy", "+.npy")
        self.kept[file] = np.stack(values).astype(np.float32)
        self.entries.append(
            {
                "network": network.name,
                "layer": layer,
                "method": method,
                "settings": settings,
                "target": str(target),
                "peer": named(peer),
                "kind": kind,
                "file": file,
                "cases": cases,
            }
        )

    def write(self):
        folder = ROOT / "methods"
        shutil.rmtree(folder / self.name, ignore_errors=True)
        (folder / self.name).mkdir(parents=True)
        for file, values in self.kept.items():
            np.save(folder / file, values)
        text = json.dumps({"maps": self.entries}, indent=1)
        (folder / f"{self.name}.json").write_text(text + "\n")
        counting = sum(case["counts"] for entry in self.entries for case in entry["cases"])
        print(f"{self.name}: {len(self.entries)} maps, {counting} counting cases")


def case(image, exact, single, kind):
    scale = 1.0 if kind == "map" else float(np.abs(exact).max()) or 1.0
    distance = float(np.abs(exact - single).max()) / scale
    mean = float(exact.mean()) / scale
    low, high = truth.COUNTING_MEAN
    says = low <= mean <= high if kind == "map" else float(exact.std()) > 0
    return {
        "image": image,
        "scale": truth.significant(scale, 8),
        "float32_distance": truth.significant(distance, 3),
        "mean": truth.significant(mean, 5),
        "counts": bool(says and np.isfinite(exact).all() and distance <= truth.COUNTING_DISTANCE),
        "degenerate": not bool(np.ptp(exact) > 0),
    }


def array(values):
    return np.asarray(values.detach() if torch.is_tensor(values) else values)


def named(peer):
    try:
        return f"{peer} {importlib.metadata.version(peer)}"
    except importlib.metadata.PackageNotFoundError:
        return peer
