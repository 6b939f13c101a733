"""Writes safetensors: a header of JSON, then the tensors end to end."""

import json
import struct

import numpy as np


def write(path, tensors, metadata):
    """Float32 tensors by name, in the order given, under `__metadata__`."""
    header, place = {"__metadata__": metadata}, 0
    for name, values in tensors.items():
        end = place + 4 * values.size
        header[name] = {"dtype": "F32", "shape": list(values.shape), "data_offsets": [place, end]}
        place = end
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for values in tensors.values():
            file.write(np.ascontiguousarray(values, "<f4").tobytes())
