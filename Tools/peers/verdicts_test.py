#!/usr/bin/env python3
"""What verdicts.py makes of times, and that its table is one. Nothing but Python itself is needed."""

import unittest

from rows import FROZEN, GROUPS, ROWS, THREADS
from verdicts import HEADINGS, exit_code, head, judged, table

OURS, RATIOS = 10.0, (1.4, 1.5, 1.6)


def found(row, ratios=RATIOS, without=(), elsewhere=0.0, quiet=None):
    """The result of a row whose peers took `ratios` times ours, in as many turns."""
    peers = [peer for peer in row.peers if peer not in without]
    times = {"salient": [OURS] * len(ratios)} | {peer: [OURS * ratio for ratio in ratios] for peer in peers}
    about = {"row": row.name, "work": row.work, "floor": row.floor, "aim": row.aim, "rival": row.rival}
    return about | judged(row, times, elsewhere, quiet or {})


def cells(line):
    return [cell.strip() for cell in line.strip("|").split("|")]


class Table(unittest.TestCase):
    def check(self, results):
        """The rows of the table of these results, by heading."""
        head, rule, *lines = table(results).splitlines()
        self.assertEqual(cells(rule), ["---"] * len(cells(head)))
        for line in lines:
            self.assertEqual(len(cells(line)), len(cells(head)), line)
        return [dict(zip(cells(head), cells(line), strict=True)) for line in lines]

    def test_every_group_has_a_heading(self):
        self.assertEqual(set(HEADINGS), set(GROUPS))

    def test_every_row_has_as_many_cells_as_the_head_and_each_below_its_own(self):
        for results in ([found(row) for row in ROWS], *([found(row)] for row in ROWS)):
            lines = self.check(results)
            self.assertEqual(len(lines), len(results))
            for line, result in zip(lines, results, strict=True):
                self.assertEqual(line["ms an image"], result["work"])
                self.assertEqual(line["Salient"], "10.0")
                self.assertEqual(line["ratio [quartiles]"], "1.50 [1.45, 1.55]")
                self.assertEqual(line["at least"], str(result["floor"]))
                self.assertEqual(line["aim"], str(result["aim"] or ""))
                for group, heading in HEADINGS.items():
                    self.assertEqual(line.get(heading, ""), "15.0" if group in result["groups"] else "")

    def test_a_group_that_no_row_has_is_no_column(self):
        (line,) = self.check([found(row) for row in ROWS if row.name == "group-cam-vgg19-n1"])
        self.assertEqual(list(line), ["ms an image", "Salient", "PyTorch", "ratio [quartiles]", "at least", "aim"])

    def test_a_network_that_cannot_be_traced_leaves_a_cell_empty(self):
        first, second = self.check([found(ROWS[0], without=FROZEN), found(ROWS[1])])
        self.assertEqual((first["PyTorch, frozen"], second["PyTorch, frozen"]), ("", "15.0"))

    def test_a_row_without_times_of_ours_is_left_out(self):
        lacking = {"row": "a", "verdict": "not measured", "reason": "why"}
        refused = {"row": "b", "verdict": "different", "reason": "why"}
        peers_only = judged(ROWS[0], {peer: [15.0] for peer in ROWS[0].peers}, 0.0, {}) | {"row": "c", "work": "d"}
        lines = self.check([lacking, found(ROWS[0]), refused, peers_only])
        self.assertEqual([line["ms an image"] for line in lines], [ROWS[0].work])

    def test_a_table_of_nothing_is_a_head(self):
        self.assertEqual(self.check([]), [])

    def test_a_busy_row_says_so(self):
        (line,) = self.check([found(ROWS[0], elsewhere=0.2)])
        self.assertEqual(line["ratio [quartiles]"], "1.50 [1.45, 1.55] busy")


class Head(unittest.TestCase):
    about = {"salient": "salient 1", "commit": "abc", "processor": "a Xeon", "threads": 2, "turns": 7, "precision": "fp32"}
    row = {"device": "a core", "driver": "3.1", "versions": {"torch-nchw": "PyTorch 2, 32 rows a run"}}

    def test_it_names_the_roof_of_the_run(self):
        roof = {"operations_per_second": 205.06e9, "bytes_per_second": 20.31e9}
        text = head(self.about | {"roof": roof}, [self.row, self.row])
        self.assertEqual(text.splitlines(), [
            "salient 1, commit abc, a core, driver 3.1; PyTorch 2;",
            "a Xeon, 2 threads, fp32, median of 7 turns;",
            "roof, measured in this run: 205.1 GFLOP/s in registers, 20.3 GB/s copied",
        ])

    def test_peers_alone_have_none(self):
        text = head(self.about | {"salient": None, "roof": None}, [{"versions": self.row["versions"]}])
        self.assertEqual(text.splitlines()[0], "the peers alone, commit abc; PyTorch 2;")
        self.assertNotIn("roof", text)


class Promises(unittest.TestCase):
    """Floors, aims and quiet times are those of a batch and of two threads."""

    def test_what_is_stated_keeps_them(self):
        for row in ROWS:
            self.assertEqual(row.asked(row.images, THREADS), row)

    def test_others_have_none(self):
        for row in ROWS:
            for images, threads in ((row.images, THREADS - 1), (row.images, THREADS + 2), (row.images + 1, THREADS)):
                other = row.asked(images, threads)
                self.assertEqual((other.images, other.floor, other.aim, other.quiet), (images, None, None, {}))
                self.assertEqual((other.name, other.peers, other.rival), (row.name, row.peers, row.rival))

    def test_one_thread_neither_fails_nor_is_called_busy(self):
        stated = next(row for row in ROWS if row.name == "resnet50")
        slower = {"ratios": (0.5, 0.5, 0.5)}  # and far from the quiet time of two threads
        self.assertEqual(found(stated, **slower, quiet=stated.quiet)["verdict"], "busy")
        alone = stated.asked(stated.images, 1)
        self.assertEqual(found(alone, **slower, quiet=alone.quiet)["verdict"], "no floor")
        own = {group: OURS * 0.5 for group in stated.groups}
        self.assertEqual(found(stated, **slower, quiet=own)["verdict"], "FAIL")
        self.assertEqual(found(alone, **slower, quiet=own)["verdict"], "no floor")


class Verdicts(unittest.TestCase):
    def test_floor_and_aim(self):
        row = ROWS[0]  # at least 1.3, aim 1.6
        for ratio, verdict in ((1.29, "FAIL"), (1.3, "pass"), (1.59, "pass"), (1.61, "aim reached")):
            self.assertEqual(found(row, ratios=[ratio] * 3)["verdict"], verdict)

    def test_exit_codes(self):
        for verdicts, code in (
            (["pass", "aim reached", "no floor", "peers only"], 0),
            (["pass", "busy"], 75),
            (["busy", "FAIL"], 1),
            (["not measured"], 1),
            (["different"], 1),
        ):
            self.assertEqual(exit_code([{"verdict": verdict} for verdict in verdicts]), code)


if __name__ == "__main__":
    unittest.main()
