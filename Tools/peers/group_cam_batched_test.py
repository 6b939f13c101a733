#!/usr/bin/env python3
"""Compares the batched Group-CAM with the plain one in float64 on the small networks."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "reference"))

import environment

if __name__ == "__main__":
    environment.enter()

import torch

import group_cam
import networks
import truth
from group_cam_batched import BatchedGroupCAM

NETWORKS = ("resnet-basic", "resnet-bottleneck", "vgg", "vgg-bn", "densenet", "mobilenet", "efficientnet")
PICTURES = 5
FEWEST = 14  # maps that count: two of each network
LIMIT = 1e-4


def worst(name):
    """The largest difference over the maps that count, both layouts and sizes of a run; and their number."""
    network = networks.small(name)
    network.model.requires_grad_(False)
    pictures = networks.pictures(PICTURES, network.size, seed=7)
    channels = network.trunk(pictures).shape[1]
    groups = max(count for count in range(1, 33) if channels % count == 0)
    exact, cases = truth.Witness(network).maps(pictures, "group-cam", {"groups": groups})
    counting = [image for image, case in enumerate(cases) if case["counts"]]
    error = 0.0
    for layout in (torch.contiguous_format, torch.channels_last):
        model = network.model.to(memory_format=layout)
        for size in (3, 64):
            batched = BatchedGroupCAM(network.trunk, network.tail, model, layout, groups, size=size)
            maps = batched.maps(pictures.contiguous(memory_format=layout))
            error = max(error, (maps - exact)[counting].abs().max().item())
    return error, len(counting)


def main():
    count = 0
    for name in NETWORKS:
        error, counting = worst(name)
        print(f"{name:18} {counting} maps, worst difference {error:.1e}")
        count += counting
        if not error <= LIMIT:
            return 1
    return 0 if count >= FEWEST else 1


if __name__ == "__main__":
    sys.exit(main())
