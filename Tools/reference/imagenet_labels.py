"""Writes Assets/labels/imagenet-1k.txt: the 1000 class names of ImageNet-1k, one a line, by index.

The names and their order are facts of the data set; they are taken from the table in torchvision
(BSD 3-Clause), read as text so that nothing of it is run.
"""

import ast
import importlib.util
from pathlib import Path

HERE = Path(__file__).resolve().parent
package = Path(importlib.util.find_spec("torchvision").origin).parent
tree = ast.parse((package / "models" / "_meta.py").read_text())
names = next(
    ast.literal_eval(node.value)
    for node in tree.body
    if isinstance(node, ast.Assign) and node.targets[0].id == "_IMAGENET_CATEGORIES"
)
assert len(names) == len(set(names)) == 1000
target = HERE.parents[1] / "Assets" / "labels" / "imagenet-1k.txt"
target.parent.mkdir(parents=True, exist_ok=True)
target.write_text("\n".join(names) + "\n")
print(f"{target.name}: {len(names)} names, from {names[0]} to {names[-1]}")
