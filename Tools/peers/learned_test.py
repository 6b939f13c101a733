#!/usr/bin/env python3
"""What learned.py and agreement.py let pass to the clock: the loss of an epoch, and what it has changed."""

import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "reference"))

import environment

if __name__ == "__main__":
    environment.enter()

import unittest

import numpy as np

import safetensors_file
from agreement import Disagreement, compare_results
from learned import CHANGE_LIMIT, LOSS_LIMIT, change_distance, learned
from rows import ROWS
from training_files import first_epoch

generator = np.random.default_rng(1)
BEFORE = {"conv": generator.normal(size=(4, 3)).astype("f4"), "norm": np.ones(4, "f4"), "fc": np.zeros(5, "f4")}
AFTER = {name: values + generator.normal(size=values.shape).astype("f4") for name, values in BEFORE.items()}
LOSS = 2.5


def outputs(loss=LOSS, **factors):
    """What a program has learned whose changes are so many times too large."""
    after = {name: BEFORE[name] + factors.get(name, 1) * (AFTER[name] - BEFORE[name]) for name in BEFORE}
    return learned(loss, BEFORE, after)


class Learned(unittest.TestCase):
    row = next(row for row in ROWS if row.kind == "training")

    def compared(self, peer, own=None):
        ours = SimpleNamespace(learned=lambda row, files: own) if own is not None else None
        pair = [("torch-nchw", outputs()), ("torch-nhwc", peer)]
        peers = [SimpleNamespace(name=name, outputs=lambda values=values: values) for name, values in pair]
        with tempfile.TemporaryDirectory() as folder:
            files = SimpleNamespace(model=Path(folder) / "weights.safetensors", labels=Path(folder) / "labels.npy")
            safetensors_file.write(files.model, BEFORE, {})
            np.save(files.labels, np.zeros(64, int))
            return compare_results(self.row, peers, ours, files)

    def test_all_programs_are_compared_in_both(self):
        lines = self.compared(outputs(), outputs(LOSS * (1 + LOSS_LIMIT / 2), fc=1 + CHANGE_LIMIT / 2))
        self.assertEqual([line["left"] for line in lines], ["torch-nhwc"] * 2 + ["salient"] * 2)
        self.assertEqual([line["values"] for line in lines], [64, 21] * 2)
        self.assertAlmostEqual(lines[2]["distance"], LOSS_LIMIT / 2, 6)
        self.assertAlmostEqual(lines[3]["distance"], CHANGE_LIMIT / 2, 6)

    def test_another_loss_stops_the_row(self):
        for loss in (LOSS * (1 + 2 * LOSS_LIMIT), LOSS * (1 - 2 * LOSS_LIMIT), np.nan):
            with self.assertRaisesRegex(Disagreement, "salient and torch-nchw differ .* mean loss"):
                self.compared(outputs(), outputs(loss))
        with self.assertRaisesRegex(Disagreement, "torch-nhwc and torch-nchw differ"):
            self.compared(outputs(LOSS * 1.01))

    def test_a_parameter_that_moved_otherwise_stops_the_row(self):
        for factor in (1 + 2 * CHANGE_LIMIT, 1 - 2 * CHANGE_LIMIT, 0, -1, np.inf):
            with self.assertRaisesRegex(Disagreement, "salient and torch-nchw differ .* norm worst"):
                self.compared(outputs(), outputs(norm=factor))

    def test_the_worst_parameter_is_named(self):
        distance, name = change_distance(outputs(conv=1.01, norm=1.2), outputs(), BEFORE)
        self.assertEqual(name, "norm")
        self.assertAlmostEqual(distance, 0.2, 5)

    def test_a_parameter_that_stays_shows_nothing(self):
        self.assertEqual(change_distance(outputs(fc=0), outputs(fc=0), BEFORE), (np.inf, "fc"))


class Order(unittest.TestCase):
    def test_an_epoch_has_every_picture_once(self):
        for count in (1, 2, 63, 64, 65):
            self.assertEqual(sorted(first_epoch(count)), list(range(count)))
        self.assertNotEqual(first_epoch(64), list(range(64)))


if __name__ == "__main__":
    unittest.main()
