#!/usr/bin/env python3
"""What agreement.py lets pass to the clock: gradients, ours by the report of `salient verify`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "reference"))

import environment

if __name__ == "__main__":
    environment.enter()

import unittest

import numpy as np

from agreement import FEWEST, Disagreement, compare_results
from gradients import OPERATORS
from rows import ROWS

VALUES = np.linspace(-1, 1, 100, dtype=np.float32)


class Peer:
    def __init__(self, name, values=VALUES):
        self.name, self.values = name, values

    def outputs(self):
        return self.values


class Ours:
    """Says what `verify` would say; remembers what it was asked."""

    def __init__(self, verdict="pass", cases=2 * FEWEST, error=1e-7):
        rows = [("definition", "pass", 0.0), ("winograd4 NB=1 UW=6", verdict, error)]
        self.report = {"passed": verdict == "pass", "cases": cases, "rows": [
            {"variant": variant, "verdict": said, "worstError": worst, "worstCase": "7x7"}
            for variant, said, worst in rows
        ]}
        self.asked = []

    def verified(self, operator):
        self.asked.append(operator)
        return self.report


class Gradients(unittest.TestCase):
    rows = [row for row in ROWS if row.kind in OPERATORS]

    def compared(self, row, ours, other=VALUES):
        return compare_results(row, [Peer("torch-nchw"), Peer("torch-nhwc", other)], ours, None)

    def test_the_operator_of_the_row_is_verified(self):
        self.assertEqual({row.kind for row in self.rows}, set(OPERATORS))
        for row in self.rows:
            ours = Ours()
            peers, own = self.compared(row, ours)
            self.assertEqual(ours.asked, [OPERATORS[row.kind]])
            self.assertEqual((peers["left"], peers["values"]), ("torch-nhwc", len(VALUES)))
            self.assertEqual((own["left"], own["cases"], own["distance"]), ("salient", 2 * FEWEST, 1e-7))

    def test_a_kernel_that_fails_is_named_and_stops_the_row(self):
        for row in self.rows:
            for error in (0.3, None):  # no number where it is infinite
                with self.assertRaisesRegex(Disagreement, OPERATORS[row.kind] + " fails: winograd4 NB=1 UW=6, 7x7"):
                    self.compared(row, Ours("fail", error=error))

    def test_too_few_cases_say_nothing(self):
        with self.assertRaisesRegex(Disagreement, "no more than 0 cases"):
            self.compared(self.rows[0], Ours(cases=0))

    def test_peers_that_differ_stop_it_before(self):
        ours = Ours()
        with self.assertRaises(Disagreement):
            self.compared(self.rows[0], ours, VALUES * 1.001)
        self.assertEqual(ours.asked, [])

    def test_peers_alone_need_no_verification(self):
        self.assertEqual(len(self.compared(self.rows[0], None)), 1)


if __name__ == "__main__":
    unittest.main()
