"""Peers as processes, and timing in turns: ours, then every peer, then ours again."""

import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import machine
from rows import GROUP_CAM_GROUPS

IDLE_SECONDS, IDLE_SHARE = 0.05, 0.01  # what waiting peers may use while another is timed

# The setting that is best for PyTorch, which asks the allocator for every activation: memory once had is kept.
ALLOCATOR = {
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": str(1 << 36),
    "MALLOC_TOP_PAD_": str(1 << 28),
}


class Peer:
    """A process of `peer.py`."""

    def __init__(self, name, row, files, threads):
        self.name = name
        limits = {"OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads), "TQDM_DISABLE": "1"}
        command = [sys.executable, Path(__file__).with_name("peer.py")]
        command += ["methods"] if row.kind == "method" else []
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen(command, env=os.environ | ALLOCATOR | limits, **pipes)
        order = {"peer": name, "kind": row.kind, "network": row.network, "images": row.images}
        order |= {"threads": threads, "groups": GROUP_CAM_GROUPS}
        order |= {"method": row.method.partition(":")[0], "settings": row.settings}
        order |= {"model": str(files.model), "state": str(files.state), "pictures": str(files.pictures)}
        order |= {"maps": str(files.maps), "labels": str(files.labels)}
        try:
            about = self.ask(do="prepare", **order)
        except RuntimeError:
            self.close()
            raise
        self.version, self.layers, self.warm_up = about["version"], about["layers"], about["warm_up"]

    def ask(self, **order):
        answer = ""
        with contextlib.suppress(BrokenPipeError):
            print(json.dumps(order), file=self.process.stdin, flush=True)
            answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"{self.name} ended with exit code {self.process.wait()}")
        return json.loads(answer)

    def time(self, runs):
        """Milliseconds an image: the median of the runs."""
        return statistics.median(self.ask(do="time", runs=runs)["milliseconds"])

    def outputs(self):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "outputs.npy"
            self.ask(do="outputs", file=str(file))
            return np.load(file)

    @property
    def used(self):
        return machine.used_by(self.process.pid)

    def close(self):
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.wait()


class Watch:
    """Processor time around one timing: who idles must not use it, and what others took is noted."""

    def __init__(self, peers, ours):
        self.peers, self.ours, self.elsewhere = peers, ours, []

    def _used(self):
        own = {peer.name: peer.used for peer in self.peers}
        return own | {"salient": self.ours.used if self.ours else 0.0}

    def around(self, name, timing):
        before, all_before, start = self._used(), machine.used(), time.perf_counter()
        value = timing()
        after, all_after, wall = self._used(), machine.used(), time.perf_counter() - start
        spent = {each: after[each] - before[each] for each in after}
        idle = sum(spent.values()) - spent[name]
        if idle > IDLE_SECONDS + IDLE_SHARE * wall:
            raise RuntimeError(f"while {name} was timed, the others used {idle:.2f} s of processor time")
        rest = all_after - all_before - sum(spent.values())
        self.elsewhere.append(max(0.0, rest) / (wall * os.cpu_count()))
        return value


def take_turns(row, peers, ours, files, turns, runs):
    """Times of every turn by name, and the share of the processor that others took."""
    watch = Watch(peers, ours)
    times = {name: [] for name in [*(["salient"] if ours else []), *(peer.name for peer in peers)]}
    for turn in range(turns):
        if ours is not None:
            timing = lambda: ours.time(row, files, peers[0].layers)
            times["salient"].append(watch.around("salient", timing))
        for peer in peers:
            times[peer.name].append(watch.around(peer.name, lambda: peer.time(runs)))
        found = "  ".join(f"{name} {values[-1]:.1f}" for name, values in times.items())
        print(f"  turn {turn + 1}: {found}", flush=True)
    return times, statistics.median(watch.elsewhere)
