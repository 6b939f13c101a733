#!/usr/bin/env python3
"""What thresholds.py accepts and what it does not, on a small network."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "reference"))

import environment

if __name__ == "__main__":
    environment.enter()

import unittest

import group_cam
import networks
import numpy as np
import torch

import thresholds

GROUPS, LIMIT = 8, 1e-4


class Thresholds(unittest.TestCase):
    def setUp(self):
        self.network = networks.small("vgg-bn")
        self.network.model.requires_grad_(False)
        self.picture = networks.pictures(1, self.network.size, seed=7)[0]
        self.settings = group_cam.GroupCAM(groups=GROUPS)

    def cells(self):
        return thresholds.Cells(self.network.to(torch.float64), self.picture.double(), self.settings)

    def explained(self, values):
        return thresholds.explained(values, self.network, self.picture, GROUPS, LIMIT)

    def moved(self, reach):
        """The map with the nearest cell turned that moves it, of those within `reach` errors."""
        cells, plain = self.cells(), self.cells().map()
        single, _ = group_cam.group_sums(self.network, self.picture, self.settings, "top1")
        thresholds.REACH, before = reach, thresholds.REACH
        try:
            for place, in cells.undecided(single):
                cells.turn(place)
                if np.abs(cells.map() - plain).max() > 10 * LIMIT:
                    return cells.map()
                cells.turn(place)
        finally:
            thresholds.REACH = before

    def test_the_map_is_that_of_the_method(self):
        expected = group_cam.explain(
            self.network.to(torch.float64), self.picture.double(), "group-cam", {"groups": str(GROUPS)}
        )
        self.assertGreater(expected.values.std(), 0.01)
        self.assertLess(np.abs(self.cells().map() - expected.values.numpy()).max(), 1e-12)

    def test_float32_is_explained(self):
        found = group_cam.explain(self.network, self.picture, "group-cam", {"groups": str(GROUPS)})
        self.assertLess(self.explained(found.values.numpy())[0], LIMIT)

    def test_a_cell_within_rounding_is_found(self):
        moved = self.moved(reach=1e9)
        self.assertGreater(self.explained(moved)[0], LIMIT, "it is not that near, as it is")
        thresholds.REACH, reach = 1e9, thresholds.REACH
        try:
            distance, turned = self.explained(moved)
        finally:
            thresholds.REACH = reach
        self.assertLess(distance, 1e-12)
        self.assertGreaterEqual(turned, 1)

    def test_a_mistake_is_not(self):
        plain = self.cells().map()
        for values in (1.001 * plain, plain.T.copy(), 0 * plain, plain * float("nan")):
            self.assertGreater(self.explained(values)[0], 5e-4)


if __name__ == "__main__":
    unittest.main()
