"""Writes Tests/Fixtures/pictures: tiny networks that leave open or state what pictures need.

`any-size.onnx` has 1000 outputs, no labels and a free height and width; `grey.onnx` takes one
channel, `four-channels.onnx` four; `stated.onnx` states labels and a preset, `badly-stated.onnx` a
preset that cannot be used. Weights are random, from a fixed seed.
"""

import environment

if __name__ == "__main__":
    environment.enter()

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

FOLDER = Path(__file__).resolve().parents[2] / "Tests" / "Fixtures" / "pictures"
WIDTH = 8


def network(name, channels, classes, seed, size=("h", "w"), **metadata):
    """Two convolutions, global pooling, a linear layer."""
    generator = np.random.default_rng(seed)
    weights = {
        "first.weight": generator.normal(size=(WIDTH, channels, 3, 3)) * 0.4,
        "second.weight": generator.normal(size=(WIDTH, WIDTH, 3, 3)) * 0.3,
        "fc.weight": generator.normal(size=(classes, WIDTH)),
    }
    pads = [1, 1, 1, 1]
    nodes = [
        helper.make_node("Conv", ["image", "first.weight"], ["a"], pads=pads, strides=[2, 2]),
        helper.make_node("Relu", ["a"], ["b"]),
        helper.make_node("Conv", ["b", "second.weight"], ["c"], pads=pads, strides=[2, 2]),
        helper.make_node("Relu", ["c"], ["last"]),
        helper.make_node("GlobalAveragePool", ["last"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["flat"]),
        helper.make_node("Gemm", ["flat", "fc.weight"], ["logits"], transB=1),
    ]
    graph = helper.make_graph(
        nodes,
        name,
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", channels, *size])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", classes])],
        [numpy_helper.from_array(value.astype(np.float32), key) for key, value in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    helper.set_model_props(model, metadata)
    onnx.checker.check_model(model)
    onnx.save(model, FOLDER / f"{name}.onnx")


FOLDER.mkdir(parents=True, exist_ok=True)
network("any-size", 3, 1000, 1)
network("grey", 1, 5, 2, (32, 32))
network("four-channels", 4, 5, 3, (32, 32))
network("stated", 3, 3, 4, labels='["cat", "dog", "bird"]', preset='{"resize": 40, "crop": 32}')
network("badly-stated", 3, 3, 5, preset='{"resize": "large"}')
