#!/usr/bin/env python3
"""What decisions.py accepts and what it does not, on small networks."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "reference"))

import environment

if __name__ == "__main__":
    environment.enter("methods")

import unittest

import networks
import torch

import decisions

LIMIT = 1e-9


class Decisions(unittest.TestCase):
    def setUp(self):
        network = networks.small("vgg-bn")
        self.model = network.model.requires_grad_(False)
        self.picture = networks.pictures(1, network.size, seed=7)[0]
        self.number = int(self.model(self.picture[None]).argmax())

    def passes(self, dtype):
        return decisions.Passes(self.model, self.picture, dtype)

    def explained(self, values):
        return decisions.explained(values, self.model, self.picture, self.number, LIMIT)

    def near(self):
        """The map with each kind of choice turned, the nearest that moves it; the margin in errors."""
        exact = self.passes(torch.float64)
        plain, kinds = exact.map(self.number), {}
        for margin, layer, place in decisions.undecided(exact, self.passes(torch.float32)):
            kind = len(exact.choices[layer])
            if kind in kinds:
                continue
            exact.turn(layer, place)
            if abs(exact.map(self.number) - plain).max() > 1e-6 * abs(plain).max():
                kinds[kind] = exact.map(self.number)
            exact.turn(layer, place)
        return kinds

    def test_the_gradient_is_that_of_captum(self):
        import captum.attr

        network = networks.small("vgg-bn")
        picture = networks.pictures(1, network.size, seed=7)[0]
        for module in network.model.modules():
            if hasattr(module, "inplace"):
                module.inplace = False
        model = network.model.double()
        number = int(model(picture[None].double()).argmax())
        peer = captum.attr.GuidedBackprop(model).attribute(picture[None].double().requires_grad_(), target=number)
        found = decisions.Passes(model, picture, torch.float64).map(number)
        expected = peer[0].detach().abs().amax(0).numpy()
        self.assertGreater(expected.max(), 0)
        self.assertLess(abs(found - expected).max(), 1e-12 * expected.max())

    def test_float32_is_explained(self):
        distance, _ = decisions.explained(
            self.passes(torch.float32).map(self.number), self.model, self.picture, self.number, 1e-4
        )
        self.assertLess(distance, 1e-5)

    def test_a_choice_within_rounding_is_found(self):
        decisions.REACH, reach = 3000, decisions.REACH  # so small a network has none nearer
        try:
            kinds = self.near()
            self.assertEqual(set(kinds), {1, 2}, "a ReLU and a max-pool")
            for values in kinds.values():
                distance, turned = self.explained(values)
                self.assertLess(distance, LIMIT)
                self.assertEqual(turned, 1)
        finally:
            decisions.REACH = reach

    def test_a_mistake_is_not(self):
        plain = self.passes(torch.float64).map(self.number)
        for values in (1.001 * plain, plain.T.copy(), 0 * plain, plain * float("nan")):
            distance, _ = self.explained(values)
            self.assertGreater(distance, 5e-4)


if __name__ == "__main__":
    unittest.main()
