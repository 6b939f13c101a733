"""Writes Tests/Fixtures/clusters: how channels of activations fall into clusters.

`clusters.json` holds labels by clusters.py. The vectors are the weighted channels alpha[k] * A[k] of the small
networks as float32, some random ones, and sets with equal vectors in which there are fewer different vectors
than clusters. Tests/Fixtures/methods/clusters holds maps of Group-CAM with such groups by group_cam.py.
"""

import environment

if __name__ == "__main__":
    environment.enter("methods")

import json
import shutil
from pathlib import Path

import networks  # before any package that imports torchvision: see conditioning.py

import numpy as np
import scipy
import torch

import clusters
import group_cam
import method_fixtures

ROOT = Path(__file__).resolve().parents[2] / "Tests" / "Fixtures"
FOLDER = ROOT / "clusters"
COUNTS = (2, 5, 8, 16)


def channels(name, image):
    """alpha[k] * A[k] of the most likely class, as float32 `[C, u*v]`."""
    network = networks.small(name).to(torch.float64)
    picture = torch.from_numpy(np.load(ROOT / "networks" / "pictures.input.npy"))[image].double()
    activation, gradient, _ = group_cam._differentiated(network, picture, "top1")
    weighted = gradient.mean((1, 2))[:, None, None] * activation
    return weighted.flatten(1).float().numpy()


def sets():
    for name in ("resnet-basic", "resnet-bottleneck", "vgg", "mobilenet", "densenet"):
        for image in range(2):
            yield f"{name}-{image}", channels(name, image)
    generator = np.random.default_rng(7)
    yield "random", generator.standard_normal((60, 9)).astype(np.float32)
    yield "wide", generator.standard_normal((200, 49)).astype(np.float32)
    yield "equal", np.repeat(generator.standard_normal((4, 6)), 5, axis=0).astype(np.float32)
    yield "zeros", np.zeros((7, 4), np.float32)
    yield "two", generator.standard_normal((2, 5)).astype(np.float32)


def maps():
    """Maps of Group-CAM with clusters for groups."""
    family = method_fixtures.Family("clusters")
    ways = [{"cluster": "ward"}, {"cluster": "kmeans"}, {"cluster": "kmeans", "kmeans-init": "plusplus", "seed": "3"}]
    for name in ("resnet-basic", "vgg", "mobilenet"):
        network = networks.small(name)
        for way in ways:
            settings = {"groups": "8", **way}

            def explained(network, picture):
                return group_cam.explain(network, picture, "group-cam", settings).values

            peer = "arithmetic of Group-CAM with scikit-learn's idea of clusters, written out"
            if way["cluster"] == "ward":
                peer = f"group_cam.py over scipy {scipy.__version__}"
            family.record(network, "group-cam", peer, explained, settings=settings)
    family.write()


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    cases = []
    for name, vectors in sets():
        np.save(FOLDER / f"{name}.npy", vectors)
        exact = vectors.astype(np.float64)
        for count in COUNTS:
            known = {"ward": clusters.ward(exact, count), "distant": clusters.kmeans(exact, count)}
            for seed in (0, 1, 2**40 + 3):
                known[f"plusplus:{seed}"] = clusters.kmeans(exact, count, seed)
            for way, labels in known.items():
                cases.append({"vectors": f"{name}.npy", "way": way, "clusters": count, "labels": labels})
    lines = ",\n".join(" " + json.dumps(case, separators=(",", ":")) for case in cases)
    (FOLDER / "clusters.json").write_text(f'{{"scipy": "{scipy.__version__}", "cases": [\n{lines}\n]}}\n')
    print(f"{len(cases)} cases")
    maps()


if __name__ == "__main__":
    main()
