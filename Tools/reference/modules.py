"""Compares the layers that `salient layers` names after modules with what PyTorch's hooks see."""

import environment

if __name__ == "__main__":
    environment.enter()

import argparse
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from torch.nn import functional

import make_fixtures
import networks

LIMIT = 1e-4
PICTURES = 1
FEWEST = 15  # modules found by name in each file

# A module path means the module's value after the non-linearity that directly follows.
FOLLOWING = {
    "nothing": lambda x: x,
    "ReLU": torch.relu,
    "ReLU6": functional.relu6,
    "SiLU": functional.silu,
    "sigmoid": torch.sigmoid,
}


def named_layers(salient, model):
    """Module path to the name of the tensor that is taken."""
    text = subprocess.run([salient, "layers", model, "--json"], stdout=subprocess.PIPE, check=True).stdout
    return {row["name"]: row["tensor"] for row in json.loads(text)["layers"]}


def tensors(file, names, pictures):
    """The values of the named tensors, by onnxruntime: [N,C,H,W] each."""
    model = onnx.load(file)
    known = {output.name for output in model.graph.output}
    computed = {name for node in model.graph.node for name in node.output}
    missing = sorted((set(names) & computed) - known)
    model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in missing)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    copy = Path(file).with_suffix(".tapped.onnx")
    onnx.save(model, copy, save_as_external_data=True, location=f"{copy.name}.data")
    try:
        session = onnxruntime.InferenceSession(str(copy), options)
        feed = session.get_inputs()[0].name
        values = session.run(missing, {feed: pictures.numpy()})
    finally:
        copy.unlink()
        copy.with_name(f"{copy.name}.data").unlink()
    return {name: torch.from_numpy(np.array(value)).double() for name, value in zip(missing, values)}


def distance(found, expected):
    """The smallest normalised difference over the non-linearities that may follow."""
    if found is None or found.shape != expected.shape:
        return float("inf")
    scale = max(expected.abs().max().item(), 1e-30)
    return min((found - after(expected)).abs().max().item() / scale for after in FOLLOWING.values())


def row(salient, name, exporter, file, outputs, pictures):
    layers = named_layers(salient, file)
    values = tensors(file, {layers[path] for path in outputs if path in layers}, pictures)
    everything = make_fixtures.graph_tensors(file, pictures)
    surviving = {
        path
        for path, output in outputs.items()
        if any(distance(tensor, output) <= LIMIT for tensor in everything.values())
    }
    named = {path: distance(values.get(layers[path]), outputs[path]) for path in outputs if path in layers}
    found = {path for path, error in named.items() if error <= LIMIT}
    folded = {path for path, error in named.items() if error > LIMIT}
    unnamed = surviving - set(named)
    worst = max((named[path] for path in found), default=float("inf"))
    # A path whose value differs is a convolution that the exporter folded a batch norm into, and a
    # value without a path is that norm, or a module that does nothing: neither left a node.
    holds = len(found) >= FEWEST and not folded & surviving and all(map(leaves_no_node, unnamed))
    print(
        f"{name:<18}  {exporter:<8}  {len(outputs):>7}  {len(found):>5}  {worst:>7.1e}  {len(folded):>6}"
        f"  {len(unnamed):>9}  {'' if holds else f'FAIL {sorted(folded & surviving)} {sorted(unnamed)}'}",
        flush=True,
    )
    return len(found), holds


def leaves_no_node(path):
    last = path.split(".")[-1]
    return last == "stochastic_depth" or last.startswith(("bn", "norm")) or last.isdigit()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--salient", required=True, type=Path)
    parser.add_argument("--work", required=True, type=Path, help="the folder of matrix.py")
    parser.add_argument("--only", action="append", help="a network; repeatable")
    arguments = parser.parse_args()
    pictures = None
    total, all_hold = 0, True
    print("network             exporter  modules  found    worst  folded  no node")
    for name in arguments.only or networks.FULL_SIZE:
        folder = arguments.work / name
        network = networks.full_size(name)
        pictures = networks.pictures(PICTURES, network.size, 7)
        outputs = make_fixtures.module_outputs(network, pictures)
        for exporter, file in json.loads((folder / "about.json").read_text())["exporters"].items():
            count, holds = row(arguments.salient, name, exporter, folder / file, outputs, pictures)
            total, all_hold = total + count, all_hold and holds
    print(f"{total} modules found by their path, limit {LIMIT:.0e}")
    if not all_hold:
        sys.exit("a module is not found, or differs")


if __name__ == "__main__":
    main()
