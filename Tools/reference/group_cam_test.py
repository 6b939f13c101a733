"""Properties that Grad-CAM and Group-CAM must have whatever computes them, and their primitives."""

import environment

if __name__ == "__main__":
    environment.enter()

import unittest

import numpy as np
import torch
import torch.nn.functional as F

import group_cam
import networks


class PooledLinear:
    """A tap of 8 channels, global average pooling and a linear layer."""

    scores = "softmax"

    def __init__(self):
        generator = torch.Generator().manual_seed(3)
        self.filters = torch.randn(8, 3, 8, 8, generator=generator, dtype=torch.float64) / 8
        self.weight = torch.randn(5, 8, generator=generator, dtype=torch.float64)

    def trunk(self, pictures):
        return torch.relu(F.conv2d(pictures, self.filters, stride=8))

    def tail(self, activation):
        return F.linear(activation.mean((2, 3)), self.weight)


class Properties(unittest.TestCase):
    def setUp(self):
        self.network = PooledLinear()
        self.picture = networks.pictures(1, 32, seed=5)[0].double()

    def explained(self, method, settings, target="top1"):
        return group_cam.explain(self.network, self.picture, method, settings, target)

    def test_grad_cam_is_the_rectified_class_activation_map(self):
        activation = self.network.trunk(self.picture[None])[0]
        low = torch.relu(torch.tensordot(self.network.weight[2], activation, 1) / activation[0].numel())
        raw = self.explained("grad-cam", {"finish": "raw"}, "2").values
        expected = group_cam.upsampled(low, (32, 32), align_corners=True)
        torch.testing.assert_close(raw, expected)

    def test_one_group_is_grad_cam_or_nothing(self):
        settings = {"groups": "1", "theta": "0"}
        outcomes = set()
        for target in "01234":
            single = self.explained("group-cam", settings, target)
            outcomes.add(single.degenerate)
            expected = self.explained("grad-cam", {}, target).values
            if single.degenerate:
                expected = torch.zeros_like(expected)
            torch.testing.assert_close(single.values, expected, atol=1e-12, rtol=0)
        self.assertEqual(outcomes, {False, True})

    def test_a_dead_group_is_left_out(self):
        settings = {"groups": "8", "theta": "0", "weights": "none"}
        self.network.filters[3] = 0
        whole = self.explained("group-cam", settings)
        alive = torch.arange(8) != 3
        self.network.filters = self.network.filters[alive]
        self.network.weight = self.network.weight[:, alive]
        rest = self.explained("group-cam", {**settings, "groups": "7"})
        self.assertFalse(whole.degenerate)
        torch.testing.assert_close(whole.values, rest.values)

    def test_scores_do_not_depend_on_the_rows_of_a_forward_run(self):
        expected = self.explained("group-cam", {"groups": "8"}).values
        rows, group_cam.FORWARD_ROWS = group_cam.FORWARD_ROWS, 3
        self.addCleanup(setattr, group_cam, "FORWARD_ROWS", rows)
        torch.testing.assert_close(self.explained("group-cam", {"groups": "8"}).values, expected)

    def test_evidence_against_is_the_other_side_of_the_unrectified_map(self):
        settings = {"relu": "false", "finish": "raw"}
        unrectified = self.explained("grad-cam", settings, "2").values
        against = self.explained("grad-cam", settings, "not:2").values
        torch.testing.assert_close(against, -unrectified)

    def test_one_output_has_two_classes(self):
        logits = torch.tensor([[-2.0]])
        target = group_cam.Target("top1", logits, "sigmoid")
        self.assertEqual(target.classes, [0])
        self.assertEqual(target.value(logits).item(), 2.0)
        self.assertAlmostEqual(target.score(logits).item(), 1 / (1 + np.exp(-2)), places=6)


class Primitives(unittest.TestCase):
    def test_percentile_is_numpys(self):
        values = torch.randn(49, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
        for theta in (0, 33.3, 50, 70, 100):
            expected = np.percentile(values.numpy(), theta)
            self.assertAlmostEqual(group_cam.percentile(values, theta).item(), expected, places=14)

    def test_blur_keeps_a_constant_and_spreads_an_impulse(self):
        constant = torch.full((3, 60, 60), 0.7, dtype=torch.float64)
        torch.testing.assert_close(group_cam.blurred(constant), constant)
        impulse = torch.zeros(1, 121, 121, dtype=torch.float64)
        impulse[0, 60, 60] = 1
        spread = group_cam.blurred(impulse)
        self.assertAlmostEqual(spread.sum().item(), 1, places=12)
        self.assertAlmostEqual((spread[0, 60, 35] / spread[0, 60, 60]).item(), np.exp(-0.125), places=12)

    def test_splits(self):
        channels = torch.arange(10)
        for split, sizes in (("balanced", [2, 3, 2, 3]), ("chunk", [3, 3, 3, 1])):
            settings = group_cam.GroupCAM(groups=4, split=split)
            self.assertEqual([len(part) for part in group_cam._split(channels, settings)], sizes)


if __name__ == "__main__":
    unittest.main()
