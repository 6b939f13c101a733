"""Writes and reads safetensors: a header of JSON, then the tensors end to end."""

import json
import struct
from pathlib import Path

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


def read(path):
    """Float32 tensors by name, in the order in which they lie in the file."""
    content = Path(path).read_bytes()
    (length,) = struct.unpack_from("<Q", content)
    header = json.loads(content[8 : 8 + length])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        if entry["dtype"] != "F32":
            raise ValueError(f"{path}: {name} is {entry['dtype']}, not F32")
        start, end = (8 + length + place for place in entry["data_offsets"])
        tensors[name] = np.frombuffer(content[start:end], "<f4").reshape(entry["shape"])
    return tensors
