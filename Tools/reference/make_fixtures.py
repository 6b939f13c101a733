"""Writes Tests/Fixtures/networks: small networks, their inputs, and the float64 truth about them."""

import environment

if __name__ == "__main__":
    environment.enter()

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch

import networks
import truth

FOLDER = Path(__file__).resolve().parents[2] / "Tests" / "Fixtures" / "networks"
INPUT = "pictures.input.npy"
IMAGES, INPUT_SEED = 5, 7
POSITIONS = 4
SURVIVAL = 1e-4
KEPT_METADATA = "pkg.torch.onnx.name_scopes"

# Every option of both methods has a recorded truth on this network.
OPTIONS_NETWORK = "resnet-basic"
GROUP_CAM_OPTIONS = [
    {"groups": "8"},
    {"groups": "12", "split": "balanced"},
    {"groups": "12", "split": "chunk"},
    {"theta": "0"},
    {"groups": "8", "theta-scope": "joint"},
    {"weights": "none"},
    {"score": "prob"},
    {"merge": "raw"},
    {"rectify": "each"},
    {"norm-order": "norm-then-upsample"},
    {"baseline": "zero"},
    {"baseline": "black"},
]
GRAD_CAM_OPTIONS = [
    {"pool": "sum", "finish": "raw"},
    {"reduce": "mean", "finish": "raw"},
    {"relu": "false"},
    {"finish": "library"},
    {"finish": "torchcam"},
    {"finish": "pair"},
    {"finish": "raw"},
]
TARGETS = [
    ("grad-cam", 3),
    ("grad-cam", "not:3"),
    ("grad-cam", "prob:3"),
    ("grad-cam", "3-7"),
    ("group-cam", 3),
    ("group-cam", "prob:3"),
    ("group-cam", "3-7"),
]
# One group and no de-noising: Grad-CAM where the score is positive, nothing where it is not.
ONE_GROUP = {"groups": "1", "theta": "0"}
ONE_GROUP_TARGET = 4


def planned_maps(name):
    """Method, settings and target of every map of a network."""
    for method, settings in truth.VARIANTS.values():
        yield method, settings, "top1"
    if name == OPTIONS_NETWORK:
        for settings in GRAD_CAM_OPTIONS:
            yield "grad-cam", settings, "top1"
        for settings in GROUP_CAM_OPTIONS:
            yield "group-cam", settings, "top1"
        for method, target in TARGETS:
            yield method, {}, target
        yield "group-cam", ONE_GROUP, ONE_GROUP_TARGET


def map_file(name, method, settings, target):
    parts = [method, *(f"{key}={value}" for key, value in settings.items())]
    if target != "top1":
        parts.append(str(target).replace(":", "-"))
    return f"{name}.{'_'.join(parts)}.npy"


def write_network(network, pictures):
    """Every file of one network; gives its entry in the manifest."""
    name = network.name
    files = networks.export(network, FOLDER)
    prune_metadata(FOLDER / files["dynamo"])
    witness = truth.Witness(network)

    logits = witness.logits(pictures)
    save(f"{name}.logits.npy", logits)
    maps = []
    for method, settings, target in planned_maps(name):
        values, cases = witness.maps(pictures, method, settings, str(target))
        file = map_file(name, method, settings, target)
        truth.require_counting(cases, file)
        save(file, values)
        maps.append(
            {"method": method, "settings": settings, "target": target, "file": file, "cases": cases}
        )

    outputs = module_outputs(network, pictures)
    return {
        "name": name,
        "family": network.family,
        "exporters": files,
        "input": INPUT,
        "logits": f"{name}.logits.npy",
        "classes": logits.shape[1],
        "layer": network.layer,
        "scores": network.scores,
        "maps": maps,
        "modules": {
            exporter: module_rows(outputs, graph_tensors(FOLDER / file, pictures))
            for exporter, file in files.items()
        },
    }


def save(file, values):
    np.save(FOLDER / file, values.numpy().astype(np.float32))


def prune_metadata(file):
    """Keeps the module scopes of the nodes; the rest names folders of this machine and is large."""
    model = onnx.load(file, load_external_data=False)
    del model.graph.metadata_props[:]
    for value in model.graph.value_info:
        del value.metadata_props[:]
    for node in model.graph.node:
        kept = [entry for entry in node.metadata_props if entry.key == KEPT_METADATA]
        del node.metadata_props[:]
        node.metadata_props.extend(kept)
    onnx.save(model, file)


# Modules: what each of them gives in PyTorch, and which tensors of a graph still hold it


def module_outputs(network, pictures):
    """The float64 output of every named module with four axes, as its hook sees it."""
    model = network.to(torch.float64).model
    outputs = {}

    def keep(path):
        def hook(module, inputs, output):
            if output.dim() == 4:
                outputs[path] = output.clone()  # a following in-place ReLU must not alter it

        return hook

    for path, module in model.named_modules():
        if path:
            module.register_forward_hook(keep(path))
    with torch.no_grad():
        model(pictures.double())
    return outputs


def graph_tensors(file, pictures):
    """Every float tensor with four axes that the graph computes: name to [N,C,H,W]."""
    model = onnx.load(file)
    computed = [name for node in model.graph.node for name in node.output]
    known = {output.name for output in model.graph.output}
    model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in computed if name not in known)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    feed = session.get_inputs()[0].name
    names = [output.name for output in session.get_outputs()]
    rows = [session.run(names, {feed: picture[None].numpy()}) for picture in pictures]
    return {
        name: torch.from_numpy(np.concatenate(values)).double()
        for name, values in zip(names, zip(*rows))
        if values[0].ndim == 4 and values[0].dtype == np.float32
    }


def module_rows(outputs, tensors):
    rows = []
    for path, output in outputs.items():
        scale = output.abs().max().item()
        flat = output.flatten()
        positions = np.linspace(0, len(flat) - 1, min(POSITIONS, len(flat))).astype(int).tolist()
        matching = [
            name
            for name, tensor in tensors.items()
            if tensor.shape == output.shape and (tensor - output).abs().max() <= SURVIVAL * scale
        ]
        rows.append(
            {
                "path": path,
                "shape": list(output.shape[1:]),
                "scale": truth.significant(scale, 8),
                "positions": positions,
                "values": [truth.significant(value, 8) for value in flat[positions].tolist()],
                "survives": bool(matching),
                "tensors": matching,
            }
        )
    return rows


# The manifest, one map and one module a line


def manifest_text(entries):
    text = ",\n".join(entry_text(entry) for entry in entries)
    return f'{{"networks": [\n{text}\n]}}\n'


def entry_text(entry):
    lists = {"maps": entry["maps"], **entry["modules"]}
    lines = {key: lines_text(rows) for key, rows in lists.items()}
    short = {key: value for key, value in entry.items() if key not in ("maps", "modules")}
    return (
        f"{json.dumps(short)[:-1]},\n"
        f'"maps": {lines["maps"]},\n'
        f'"modules": {{"legacy": {lines["legacy"]},\n"dynamo": {lines["dynamo"]}}}}}'
    )


def lines_text(rows):
    return "[\n  " + ",\n  ".join(json.dumps(row) for row in rows) + "\n]"


def main():
    torch.set_num_threads(1)
    FOLDER.mkdir(parents=True, exist_ok=True)
    for file in FOLDER.iterdir():
        file.unlink()
    pictures = networks.pictures(IMAGES, networks.SMALL_SIZE, INPUT_SEED)
    save(INPUT, pictures)
    entries = []
    for name in networks.SMALL:
        entries.append(write_network(networks.small(name), pictures))
        print(f"{name}: {len(entries[-1]['maps'])} maps, tap {entries[-1]['layer']}")
    (FOLDER / "manifest.json").write_text(manifest_text(entries))
    size = sum(file.stat().st_size for file in FOLDER.iterdir())
    print(f"{size / 1e6:.2f} MB in {FOLDER}")


if __name__ == "__main__":
    main()
