#!/usr/bin/env python3
"""Times `salient` and its peers in turns, on the same weights and pictures, and judges the ratios.

A turn asks ours and every peer once, one after the other; a ratio is the peer's time by ours of the same
turn, and a row is judged by the median over its turns. Each peer is a process that lives as long as its
row and uses no processor while it waits. Before anything is timed, the results of all are compared.

Exit code: 0 where every row reaches its floor, 1 where one does not or could not be measured, 75 where
the machine was too busy to say.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tools" / "reference"))

import environment

if __name__ == "__main__":
    environment.enter()

import argparse
import contextlib
import fnmatch
import hashlib
import json

import numpy as np

import machine
from agreement import Disagreement, compare_results
from baseline import Baseline
from files import files_of
from ours import NotOffered, Ours, method_of
from rows import FROZEN, MAPPING, ROWS, THREADS
from turns import Peer, take_turns
from verdicts import exit_code, head, judged, summary, table


def measured(row, options, ours, baseline):
    """One row from its files to its verdict."""
    print(f"{row.name}: {row.work}, {options.threads} threads", flush=True)
    files = files_of(row, options.work)
    result = {"row": row.name, "work": row.work, "kind": row.kind, "images": row.images, "floor": row.floor}
    result |= {"network": row.network, "model": files.model.name}
    result |= {"model_sha256": hashlib.sha256(files.model.read_bytes()).hexdigest()}
    result |= {"size": list(np.load(files.pictures, mmap_mode="r").shape[2:])}
    result |= {"method": method_of(row) if row.kind in MAPPING else None}
    result |= {"aim": row.aim, "rival": row.rival, "load_before": machine.load()}
    runs = options.runs or (1 if row.kind in (*MAPPING, "curves", "training") else 3)
    with contextlib.ExitStack() as stack:
        peers = []
        for name in row.peers:
            try:
                peers.append(Peer(name, row, files, options.threads))
            except RuntimeError as reason:
                if name not in FROZEN:  # not every network can be traced
                    raise
                print(f"  left out: {reason}", flush=True)
                continue
            stack.callback(peers[-1].close)
            print(f"  {name}: {peers[-1].version}, {len(peers[-1].warm_up)} runs to warm up", flush=True)
        result["versions"] = {peer.name: peer.version for peer in peers}
        result["agreement"] = compare_results(row, peers, ours, files)
        if options.baseline and not baseline.figures(row):
            if not baseline.record(row, peers, files, options.turns, runs):
                return result | {"verdict": "busy", "reason": "the machine is busy: no baseline"}
        lacking = None
        if ours is not None:
            try:
                ours.time(row, files, peers[0].layers)  # kernels are built now
            except NotOffered as reason:
                ours, lacking = None, {"verdict": "not measured", "reason": str(reason)}
        times, elsewhere = take_turns(row, peers, ours, files, options.turns, runs)
    result |= {"turns": times, "load_after": machine.load()} | (ours.device if ours else {})
    return result | judged(row, times, elsewhere, baseline.figures(row)) | (lacking or {})


def chosen_rows(patterns, images, threads):
    """The rows of that name; `images`, where given, are those of a forward pass or of curves."""
    rows = [row for row in ROWS if any(fnmatch.fnmatch(row.name, pattern) for pattern in patterns)]
    if not rows:
        raise SystemExit(f"no row is named {' or '.join(patterns)}; there are: {', '.join(row.name for row in ROWS)}")
    other = ("forward", "curves")
    return [row.asked(images if images and row.kind in other else row.images, threads) for row in rows]


def program(options):
    """Ours, and the roof of its device: once a run, before anything else is started."""
    try:
        ours = Ours(options.salient, options.threads)
        return ours, ours.roof()
    except (OSError, RuntimeError) as reason:
        raise SystemExit(f"{options.salient}: {reason}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--row", nargs="+", default=["*"], help="names, or patterns like 'group-cam-*'; all")
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--threads", type=int, default=THREADS, help=f"for others than {THREADS} there are no floors")
    parser.add_argument("--batch", type=int, help="another number of images for forwards and curves, without floors")
    parser.add_argument("--runs", type=int, help="runs of a peer in a turn (3; methods and training 1)")
    parser.add_argument("--out", type=Path, help="a JSON file for every figure")
    parser.add_argument("--baseline", type=Path, help="quiet times of this machine; recorded first where missing")
    parser.add_argument("--peers-only", action="store_true", help="time the peers, or record their baseline")
    parser.add_argument("--list", action="store_true", help="print the rows and their floors")
    parser.add_argument("--salient", type=Path, default=ROOT / ".build" / "release" / "salient")
    parser.add_argument("--work", type=Path, default=ROOT / ".build-peers", help="where models are kept")
    options = parser.parse_args()

    rows = chosen_rows(options.row, options.batch, options.threads)
    if options.list:
        for row in rows:
            bounds = f"at least {row.floor}, aim {row.aim} / {row.rival}" if row.floor else "no floor"
            print(f"{row.name:28} {row.work:60} {bounds}")
        return 0
    ours, roof = (None, None) if options.peers_only else program(options)
    baseline = Baseline(options.baseline, options.threads)
    about = {
        "commit": machine.commit(options.salient.resolve().parent),
        "salient": ours.version if ours else None,
        "processor": machine.processor(),
        "threads": options.threads,
        "turns": options.turns,
        "precision": "fp32",
        "roof": roof,
    }
    results = []
    for row in rows:
        try:
            results.append(measured(row, options, ours, baseline))
        except Disagreement as reason:
            results.append({"row": row.name, "verdict": "different", "reason": str(reason)})
        except RuntimeError as reason:
            results.append({"row": row.name, "verdict": "not measured", "reason": str(reason)})
        print(summary(results[-1]), flush=True)
        if options.out:
            options.out.write_text(json.dumps(about | {"rows": results}, indent=2) + "\n")

    print(f"\n{head(about, results)}\n")
    print(table(results))
    return exit_code(results)


if __name__ == "__main__":
    sys.exit(main())
