"""Writes Sources/Imaging/TorchvisionPresets.swift's table: what torchvision says about each of its weights.

With --check nothing is written; the script fails where the file differs.
"""

import environment

if __name__ == "__main__":
    environment.enter()

import pathlib
import sys

from networks import models

FILE = pathlib.Path(__file__).resolve().parents[2] / "Sources" / "Imaging" / "TorchvisionPresets+Table.swift"
IMAGENET = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
EXCEPTIONS = {
    ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)): "half",
    ((0.48235, 0.45882, 0.40784), (1 / 255, 1 / 255, 1 / 255)): "bytes",
}
HEAD = '''// Written by Tools/reference/torchvision_presets.py from torchvision; not edited by hand.

extension TorchvisionPresets {
  /// A line a weight: builder, enumeration, member, resize, crop, filter, values; `*` is the default.
  static let table = """
'''


def lines():
    distinct, result = set(), []
    for builder in models.list_models(module=models):
        weights = models.get_model_weights(builder)
        for weight in weights:
            steps = weight.transforms()
            (resize,), (crop,) = steps.resize_size, steps.crop_size
            values = "imagenet"
            if (list(steps.mean), list(steps.std)) != IMAGENET:
                values = EXCEPTIONS[tuple(steps.mean), tuple(steps.std)]
            star = "*" if weight == weights.DEFAULT else ""
            recipe = (resize, crop, steps.interpolation.value, values)
            distinct.add(recipe)
            result.append(f"{builder}{star} {weights.__name__} {weight.name} " + " ".join(map(str, recipe)))
    assert len(result) == 115 and len(distinct) == 28, (len(result), len(distinct))
    return result


text = HEAD + "".join(f"    {line}\n" for line in lines()) + '    """\n}\n'
if "--check" in sys.argv:
    sys.exit(0 if FILE.read_text() == text else f"{FILE.name} differs from torchvision")
FILE.write_text(text)
print(f"{FILE.name}: 115 weights, 28 recipes")
