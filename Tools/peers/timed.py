"""The clock of a peer: warms work up, then times runs of it."""

import time

import numpy as np

WARM = 0.03  # two successive runs differ by less
FEWEST, MOST = 3, 20
LONG = 10e3  # milliseconds of a run that warms up by itself


class Timed:
    """Work that is done once by `run()`, after `begin()`, which is not timed. Times are in milliseconds an image."""

    layers = None

    def __init__(self, run, images, version):
        self.run, self.images, self.version = run, images, version

    def begin(self):
        """Makes a run start where the one before did; most leave nothing behind."""

    def time(self, runs):
        times = []
        for _ in range(runs):
            self.begin()
            start = time.perf_counter()
            self.run()
            times.append((time.perf_counter() - start) * 1e3 / self.images)
        return times

    def warm_up(self):
        times = self.time(1)
        if times[0] * self.images > LONG:
            return times
        times += self.time(FEWEST - 1)
        while abs(times[-1] - times[-2]) > WARM * times[-2] and len(times) < MOST:
            times += self.time(1)
        return times

    def outputs(self):
        return np.asarray(self.run())
