"""Writes Tests/Fixtures/scenes afresh: two unseen scenes for each bundled model, and their logits in float64.

    scenes_fixtures.py [--salient .build/release/salient]

To run when a bundled model changes. `salient` renders the scenes; PyTorch reads the weights in `Assets/models`.
"""

import environment

if __name__ == "__main__":
    environment.enter()

import argparse
import json
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import torch
from PIL import Image

import safetensors_file
from scenes_network import DEVIATION, MEAN, ScenesNetwork

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "Tests" / "Fixtures" / "scenes"
# The models, and what salient is asked for beside the split.
MODELS = {"scenes": [], "scenes-shortcut": ["--shortcut", "cup"]}
COUNT = 2


def network(name):
    weights = safetensors_file.read(ROOT / "Assets" / "models" / f"{name}.safetensors")
    model = ScenesNetwork(len(weights["fc.bias"]))
    state = {key: torch.from_numpy(values.copy()) for key, values in weights.items()}
    missing, unexpected = model.load_state_dict(state, strict=False)
    if unexpected or not all(key.endswith("num_batches_tracked") for key in missing):
        raise SystemExit(f"{name}: {missing} missing, {unexpected} unexpected")
    return model.eval().double()


def rendered(salient, flags, folder):
    command = [salient, "scenes", "-o", folder, "--count", COUNT, "--seed", 1, "--objects", 1, "--split", "evaluation"]
    subprocess.run([str(word) for word in command + flags], check=True, stdout=subprocess.DEVNULL)
    return [folder / "images" / f"{scene:06}.png" for scene in range(COUNT)]


@torch.no_grad()
def record(name, pictures):
    pixels = np.stack([np.asarray(Image.open(picture).convert("RGB")) for picture in pictures])
    images = torch.from_numpy(pixels).permute(0, 3, 1, 2).double() / 255
    rows = []
    for scene, logits in enumerate(network(name)((images - MEAN) / DEVIATION).tolist()):
        shutil.copyfile(pictures[scene], FIXTURES / f"{name}-{scene}.png")
        rows.append({"picture": f"{name}-{scene}.png", "logits": [round(value, 6) for value in logits]})
    (FIXTURES / f"{name}.json").write_text(json.dumps(rows, indent=1) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--salient", type=Path, default=ROOT / ".build/release/salient")
    salient = parser.parse_args().salient
    for name, flags in MODELS.items():
        with tempfile.TemporaryDirectory() as work:
            record(name, rendered(salient, flags, Path(work) / "scenes"))


if __name__ == "__main__":
    main()
