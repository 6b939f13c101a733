"""Compares the augmentation with its definition, index by index, on a network whose gradient is known by hand."""

import environment

if __name__ == "__main__":
    environment.enter()

import dataclasses
import math
import unittest

import numpy as np
import torch
import torch.nn.functional as F

from group_cam_augmentation import VARIANTS, augment, blended, blur, group_masks, group_sums, saliency

SIZE, CELLS, CHANNELS, CLASSES = 28, 4, 8, 5
PLACES = CELLS * CELLS


class Pooled:
    """A 1x1 convolution over 4x4 cells with a ReLU, then global average pooling and a linear layer."""

    def __init__(self, generator):
        self.mix = torch.from_numpy(generator.standard_normal((CHANNELS, 3)) * 2)
        self.head = torch.from_numpy(generator.standard_normal((CLASSES, CHANNELS)))

    def trunk(self, x):
        return torch.einsum("kc,ncij->nkij", self.mix, F.avg_pool2d(x, SIZE // CELLS)).relu()

    def tail(self, activation):
        return activation.mean((2, 3)) @ self.head.T


def mirror(index, length):
    return -index if index < 0 else 2 * (length - 1) - index if index >= length else index


def blur_matrix(length, size=51, sigma=50.0):
    """Row d: what each pixel of an axis gives to pixel d."""
    matrix = np.zeros((length, length))
    for d in range(length):
        for i in range(size):
            radius = (size - 1) // 2
            matrix[d, mirror(d + i - radius, length)] += math.exp(-((i - radius) ** 2) / (2 * sigma**2))
    return matrix / matrix.sum(1, keepdims=True)


def bilinear_matrix(length, cells):
    matrix = np.zeros((length, cells))
    for d in range(length):
        place = max((d + 0.5) * (cells / length) - 0.5, 0)
        low = min(int(place), cells - 1)
        matrix[d, low] += 1 - (place - low)
        matrix[d, min(low + 1, cells - 1)] += place - low
    return matrix


def percentile(values, theta):
    ascending = sorted(values)
    h = theta / 100 * (len(ascending) - 1)
    low = math.floor(h)
    return ascending[low] + (h - low) * (ascending[min(low + 1, len(ascending) - 1)] - ascending[low])


def probability(network, picture, label):
    """By NumPy: pictures `[3,H,W]` one at a time."""
    cells = picture.reshape(3, CELLS, SIZE // CELLS, CELLS, SIZE // CELLS).mean((2, 4)).reshape(3, PLACES)
    activation = np.maximum(network.mix.numpy() @ cells, 0)
    powers = np.exp(network.head.numpy() @ activation.mean(1))
    return powers[label] / powers.sum(), activation


def map_by_definition(network, picture, label, variant):
    _, activation = probability(network, picture, label)
    if variant.weighted:
        activation = activation * network.head.numpy()[label][:, None] / PLACES
    enlarge, soften = bilinear_matrix(SIZE, CELLS), blur_matrix(SIZE)
    baseline = soften @ picture @ soften.T
    clean, _ = probability(network, baseline, label)
    total = np.zeros((SIZE, SIZE))
    groups = min(variant.groups, CHANNELS)
    for group in range(groups):
        members = [k for k in range(CHANNELS) if group * CHANNELS // groups <= k < (group + 1) * CHANNELS // groups]
        small = np.maximum(sum(activation[k] for k in members), 0)
        if variant.theta:
            cut = percentile(small, variant.theta)
            small = np.array([value if value > cut else 0 for value in small])
        mask = enlarge @ small.reshape(CELLS, CELLS) @ enlarge.T
        if mask.max() > mask.min():
            mask = (mask - mask.min()) / (mask.max() - mask.min())
            total += (probability(network, picture * mask + baseline * (1 - mask), label)[0] - clean) * mask
    total = np.maximum(total, 0)
    return (total - total.min()) / (total.max() - total.min()) if total.max() > 0 else total


class Definition(unittest.TestCase):
    def setUp(self):
        generator = np.random.default_rng(11)
        self.network = Pooled(generator)
        self.pictures = torch.from_numpy(generator.standard_normal((6, 3, SIZE, SIZE)))
        self.pictures += 2 * F.interpolate(self.pictures[:, :, ::9, ::9], size=(SIZE, SIZE))
        self.labels = torch.tensor([0, 1, 2, 3, 4, 0])

    def test_maps(self):
        empty = 0
        for way, variant in VARIANTS.items():
            for groups in (3, 8, variant.groups):
                case = dataclasses.replace(variant, groups=groups)
                for picture, label in zip(self.pictures, self.labels):
                    known = map_by_definition(self.network, picture.numpy(), label.item(), case)
                    found = saliency(self.network, picture, label, case).numpy()
                    np.testing.assert_allclose(found, known, atol=1e-10, err_msg=f"{way}, {groups} groups")
                    empty += known.max() == 0
        self.assertIn(empty, range(1, 30), "both empty and other maps are compared")

    def test_pixels(self):
        """A pixel is compared with the mean of its own map or of all maps, and blended as its variant says."""
        soft = blur(self.pictures)
        for way, variant in VARIANTS.items():
            found = augment(self.network, self.pictures, self.labels, variant)
            self.assertTrue(0 < found.masks.mean() < 1)
            for n, c, i, j in np.ndindex(6, 3, SIZE, SIZE):
                compared = found.maps[n] if way == "paper" else found.maps
                shown = found.maps[n, i, j] >= compared.sum() / compared.numel()
                x, y = self.pictures[n, c, i, j], soft[n, c, i, j]
                known = (x if shown else y) if way == "paper" else (x + y if shown else y + 1)
                self.assertAlmostEqual(found.pictures[n, c, i, j].item(), known.item(), places=12)


class Parts(unittest.TestCase):
    def test_blur_is_two_products_with_mirrored_taps(self):
        x = torch.from_numpy(np.random.default_rng(3).standard_normal((2, 3, 27, 40)))
        for size, sigma in ((51, 50.0), (5, 1.25)):
            known = blur_matrix(27, size, sigma) @ x.numpy() @ blur_matrix(40, size, sigma).T
            np.testing.assert_allclose(blur(x, size, sigma).numpy(), known, atol=1e-13)

    def test_ten_channels_fall_into_two_three_two_three(self):
        channels = torch.tensor([2.0**k for k in range(10)])[:, None, None]
        self.assertEqual(group_sums(channels, 4).flatten().tolist(), [3, 28, 96, 896])
        self.assertEqual(group_sums(channels, 32).flatten().tolist(), channels.flatten().tolist())

    def test_a_value_at_the_percentile_is_dropped_and_an_empty_group_skipped(self):
        sums = torch.tensor([[[4.0, 2.0], [2.0, 1.0]], [[-1.0, 0.0], [-2.0, -3.0]]])
        masks = group_masks(sums, theta=50, size=(2, 2))
        self.assertEqual(masks.tolist(), [[[[1.0, 0.0], [0.0, 0.0]]]])

    def test_the_sum_adds_the_blur_everywhere_and_one_where_hidden(self):
        x = torch.full((1, 3, 40, 40), 2.0, dtype=torch.float64)
        masks = torch.zeros(1, 1, 40, 40, dtype=torch.float64)
        masks[..., :7] = 1
        self.assertEqual(blended(x, masks, "sum")[0, 0, 0, 6:8].round(decimals=9).tolist(), [4.0, 3.0])
        self.assertEqual(blended(x, masks, "product").round(decimals=9).unique().tolist(), [2.0])


if __name__ == "__main__":
    unittest.main()
