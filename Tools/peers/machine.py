"""What the machine does besides: processor time of processes, of everybody else, and what it is."""

import os
import platform
import subprocess
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def processor():
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    vectors = next((name for name in ("avx512f", "avx2", "avx") if any(name in line.split() for line in lines)), "")
    return f"{names[0] if names else platform.machine()}, {os.cpu_count()} cores, {vectors}".rstrip(", ")


def load():
    return os.getloadavg()[0]


def used_by(process):
    """Seconds of processor time of a process and its threads so far."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def used():
    """Seconds of processor time that anybody used, or that another guest of the host took."""
    fields = [int(text) for text in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    user, nice, system, _idle, _wait, irq, softirq, steal = fields
    return (user + nice + system + irq + softirq + steal) / TICKS


def commit(folder):
    """The commit of the working tree around a folder, `+changes` where the program's sources differ from it."""

    def git(*words):
        return subprocess.run(["git", "-C", str(folder), *words], capture_output=True, text=True).stdout.strip()

    changed = git("status", "--porcelain", "--", ":/Sources", ":/Kernels", ":/Package.swift")
    return (git("rev-parse", "--short=12", "HEAD") or "unknown") + ("+changes" if changed else "")
