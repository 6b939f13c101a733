"""The peers' times on a quiet machine: a run whose peers are far from them says nothing."""

import json
import statistics

import machine
from turns import take_turns
from verdicts import ELSEWHERE, group_times


class Baseline:
    """Times of the peers on this machine while it is quiet, kept in a file; without one, those of the rows."""

    def __init__(self, path, threads):
        self.path = path
        self.known = {"processor": machine.processor(), "threads": threads, "rows": {}}
        if path and path.exists():
            kept = json.loads(path.read_text())
            for key in ("processor", "threads"):
                if kept[key] != self.known[key]:
                    raise SystemExit(f"{path} is of another machine: {key} {kept[key]}, here {self.known[key]}")
            self.known = kept

    def figures(self, row):
        if self.path is None:
            return row.quiet
        return self.known["rows"].get(f"{row.name} {row.images}", {})

    def record(self, row, peers, files, turns, runs):
        """Times the peers alone. Gives false, and keeps nothing, where others used the processor meanwhile."""
        print("  baseline: the peers alone", flush=True)
        times, elsewhere = take_turns(row, peers, None, files, turns, runs)
        if elsewhere > ELSEWHERE:
            print(f"  the machine is busy ({elsewhere:.0%} of it elsewhere): no baseline recorded")
            return False
        best = {group: statistics.median(values) for group, (_, values) in group_times(row, times).items()}
        self.known["rows"][f"{row.name} {row.images}"] = best
        self.path.write_text(json.dumps(self.known, indent=2) + "\n")
        return True
