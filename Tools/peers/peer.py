"""The process of one peer: does what it is told on standard input, one JSON line each, and answers on standard output.

`{"do": "prepare", ...}` loads and warms up, `{"do": "outputs", "file": F}` writes the results of one run
as .npy, `{"do": "time", "runs": R}` gives the times of R runs. Between two orders it waits, without
using the processor. It ends with its input. An argument names the environment with the packages of a peer.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "reference"))

import environment

if __name__ == "__main__":
    environment.enter(*sys.argv[1:])

import json
import os
import warnings

import numpy as np

from timed import Timed


def onnxruntime_forward(order):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = order["threads"]
    session = onnxruntime.InferenceSession(order["model"], options, providers=["CPUExecutionProvider"])
    feed = {session.get_inputs()[0].name: np.load(order["pictures"])}
    version = f"onnxruntime {onnxruntime.__version__}"
    return Timed(lambda: session.run(None, feed)[0], order["images"], version)


class Torch:
    """The network in PyTorch: eager or traced, frozen and optimised; rows first or channels last."""

    def __init__(self, order):
        import torch

        import networks

        torch.set_num_threads(order["threads"])
        self.torch = torch
        self.version = f"PyTorch {torch.__version__}"
        self.layout = torch.channels_last if order["peer"].endswith("nhwc") else torch.contiguous_format
        state = torch.load(order["state"], weights_only=True)
        self.network = networks.restored(order["network"], state)
        self.network.model.requires_grad_(False).to(memory_format=self.layout)
        self.pictures = torch.from_numpy(np.load(order["pictures"])).contiguous(memory_format=self.layout)
        self.model = self.network.model
        if "jit" in order["peer"]:
            with torch.no_grad(), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                traced = torch.jit.trace(self.model, self.pictures)
                self.model = torch.jit.optimize_for_inference(torch.jit.freeze(traced))


def torch_forward(order):
    peer = Torch(order)

    def run():
        with peer.torch.inference_mode():
            return peer.model(peer.pictures)

    return Timed(run, order["images"], peer.version)


def torch_group_cam(order):
    from group_cam_batched import BatchedGroupCAM

    peer = Torch(order)
    network = peer.network
    method = BatchedGroupCAM(network.trunk, network.tail, peer.model, peer.layout, order["groups"])
    method.tune(peer.pictures)
    version = f"{peer.version}, {method.size} rows a run"
    return Timed(lambda: method.maps(peer.pictures), order["images"], version)


def torch_augmentation(order):
    from group_cam_loop import LoopedGroupCAM

    peer = Torch(order)
    return Timed(LoopedGroupCAM(peer).maps, order["images"], f"{peer.version}, 1 row a run")


def torch_curves(order):
    from curves import BatchedCurves, LoopedCurves

    peer = Torch(order)
    if order["peer"].startswith("loop"):
        curves, rows = LoopedCurves(peer, order["maps"]), 1
    else:
        curves = BatchedCurves(peer, order["maps"])
        rows = curves.size
    return Timed(curves.areas, order["images"], f"{peer.version}, {rows} rows a run")


def torch_method(order):
    from importlib.metadata import version

    from methods import METHODS

    peer = Torch(order)
    method = METHODS[order["method"]](peer, order["settings"])
    method.tune()
    package = "" if method.package == "torch" else f" {method.package} {version(method.package)},"
    return Timed(method.maps, order["images"], f"{peer.version},{package} {method.size} rows a run")


def prepared(order):
    if order["peer"] == "onnxruntime":
        return onnxruntime_forward(order)
    if order["kind"] == "forward":
        return torch_forward(order)
    if order["kind"] == "group-cam":
        return torch_group_cam(order)
    if order["kind"] == "augmentation":
        return torch_augmentation(order)
    if order["kind"] == "curves":
        return torch_curves(order)
    if order["kind"] == "method":
        return torch_method(order)
    if order["kind"] == "training":
        from training import Training

        return Training(order)
    from gradients import Gradients

    return Gradients(Torch(order), order)


def main():
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is no answer
    timed = None
    for line in sys.stdin:
        order = json.loads(line)
        if order["do"] == "prepare":
            timed = prepared(order)
            answer = {"warm_up": timed.warm_up(), "version": timed.version, "layers": timed.layers}
        elif order["do"] == "outputs":
            np.save(order["file"], timed.outputs())
            answer = {}
        else:
            answer = {"milliseconds": timed.time(order["runs"])}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
