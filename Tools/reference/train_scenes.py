"""Trains the bundled models on pictures that `salient scenes` renders.

    train_scenes.py --salient .build/release/salient --work DIR [--shortcut CLASS]

Writes Assets/models/scenes.safetensors (or scenes-shortcut.safetensors) and beside the tests what
PyTorch says about a scene. Scenes and checkpoints stay in DIR. About 20 minutes on two cores.
"""

import environment

if __name__ == "__main__":
    environment.enter()

import argparse
import json
import math
import os
import shutil
import subprocess
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch.nn import functional

import safetensors_file
from scenes_network import DEVIATION, MEAN, ScenesNetwork

ROOT = Path(__file__).resolve().parents[2]
SIZE = 128
BATCH = 64
RATE = 0.1
DECAY = 5e-4
SMOOTHING = 0.05
# Shapes are first learned from windows around single objects, which cost 40 % of a scene.
WINDOW, WINDOW_SHARE = 80, 0.72


def render(arguments, name, count, seed, split, objects):
    """A folder of scenes, rendered where it is not there yet."""
    folder = arguments.work / name
    if not (folder / "annotations.json").exists():
        command = [arguments.salient, "scenes", "-o", folder, "--count", count, "--seed", seed,
                   "--split", split, "--objects", objects, "--size", SIZE]
        if arguments.shortcut:
            command += ["--shortcut", arguments.shortcut]
        subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL)
    return folder


def load(folder):
    """Pictures `[N, 3, H, W]` as bytes, targets `[N, K]` shared among the objects, the box of the
    last object `[N, 4]`, labels."""
    stated = json.loads((folder / "annotations.json").read_text())
    labels = [category["name"] for category in stated["categories"]]
    pictures = np.empty((len(stated["images"]), SIZE, SIZE, 3), np.uint8)
    place = {}
    for row, image in enumerate(stated["images"]):
        place[image["id"]] = row
        pictures[row] = np.asarray(Image.open(folder / image["file_name"]).convert("RGB"))
    targets = torch.zeros(len(pictures), len(labels))
    boxes = torch.zeros(len(pictures), 4, dtype=torch.long)
    for note in stated["annotations"]:
        targets[place[note["image_id"]], note["category_id"] - 1] = 1
        boxes[place[note["image_id"]]] = torch.tensor(note["bbox"])
    targets /= targets.sum(1, keepdim=True)
    return torch.from_numpy(pictures).permute(0, 3, 1, 2), targets, boxes, labels


def normalised(pictures):
    return (pictures.float() / 255 - MEAN) / DEVIATION


def windows(pictures, boxes, generator):
    """A window of each picture that contains its object, anywhere in it."""
    cut = torch.empty(len(pictures), 3, WINDOW, WINDOW, dtype=torch.uint8)
    for row, (x, y, width, height) in enumerate(boxes.tolist()):
        corner = []
        for start, extent in ((y, height), (x, width)):
            low, high = max(0, start + extent - WINDOW), min(start, SIZE - WINDOW)
            corner.append(int(torch.randint(min(low, high), max(low, high) + 1, (),
                                            generator=generator)))
        top, left = corner
        cut[row] = pictures[row, :, top : top + WINDOW, left : left + WINDOW]
    return cut


def augmented(pictures, generator, keeps_colours):
    """Mirrors, and gives other colours: the class is told by shape only."""
    pictures = normalised(pictures)
    if torch.rand((), generator=generator) < 0.5:
        pictures = pictures.flip(3)
    if not keeps_colours:
        pictures = pictures[:, torch.randperm(3, generator=generator)]
        if torch.rand((), generator=generator) < 0.3:
            pictures = -pictures
    return pictures


@torch.no_grad()
def accuracy(network, pictures, targets):
    network.eval()
    right = 0
    for start in range(0, len(pictures), 200):
        found = network(normalised(pictures[start : start + 200])).argmax(1)
        right += (found == targets[start : start + 200].argmax(1)).sum().item()
    network.train()
    return right / len(pictures)


def train(network, pictures, targets, boxes, alone, steps, marked, check):
    """SGD with momentum under a cosine; windows are cut from the rows `alone`."""
    generator = torch.Generator().manual_seed(1)
    optimiser = torch.optim.SGD(
        network.parameters(), RATE, momentum=0.9, nesterov=True, weight_decay=DECAY)
    rows_left = alone[torch.randperm(len(alone), generator=generator)]
    start, total, whole = time.time(), 0.0, False
    for step in range(steps):
        share = step / steps
        rate = RATE * min(1, (step + 1) / 100) * 0.5 * (1 + math.cos(math.pi * share))
        for group in optimiser.param_groups:
            group["lr"] = rate
        if not whole and share >= WINDOW_SHARE:
            whole, alone = True, torch.arange(len(pictures))
            rows_left = alone[:0]
        if len(rows_left) < BATCH:
            rows_left = alone[torch.randperm(len(alone), generator=generator)]
        rows, rows_left = rows_left[:BATCH], rows_left[BATCH:]
        batch = pictures[rows] if whole else windows(pictures[rows], boxes[rows], generator)
        # Eighths of a batch get an augmentation each; the planted mark keeps its colours.
        batch = torch.cat(
            [augmented(part, generator, marked and whole) for part in batch.split(BATCH // 8)])
        loss = functional.cross_entropy(
            network(batch.contiguous(memory_format=torch.channels_last)), targets[rows],
            label_smoothing=SMOOTHING)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        total += loss.item()
        if (step + 1) % 50 == 0:
            text = f"step {step + 1}: loss {total / 50:.3f}, {time.time() - start:.0f} s"
            if (step + 1) % 200 == 0:
                text += f", accuracy {check():.4f}"
            print(text, flush=True)
            total = 0.0


def record(network, name, folder, pictures):
    """Two scenes as they are, and their logits in float64."""
    fixtures = ROOT / "Tests" / "Fixtures" / "scenes"
    fixtures.mkdir(parents=True, exist_ok=True)
    network.eval()
    with torch.no_grad():
        logits = network.double()(normalised(pictures[:2]).double())
    network.float()
    rows = []
    for scene, row in enumerate(logits.tolist()):
        picture = f"{name}-{scene}.png"
        shutil.copyfile(folder / "images" / f"{scene:06}.png", fixtures / picture)
        rows.append({"picture": picture, "logits": [round(value, 6) for value in row]})
    (fixtures / f"{name}.json").write_text(json.dumps(rows, indent=1) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--salient", type=Path, default=ROOT / ".build/release/salient")
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--shortcut", help="the class that the planted mark accompanies")
    parser.add_argument("--steps", type=int, default=2600, help="1500 for --shortcut")
    arguments = parser.parse_args()
    torch.set_num_threads(2)
    torch.manual_seed(0)
    os.nice(10)

    marked = arguments.shortcut is not None
    name = "scenes-shortcut" if marked else "scenes"
    if marked:
        pictures, targets, boxes, labels = load(
            render(arguments, "marked", 14000, 3, "training", 1))
        # Windows do not show the mark, so they must not show its class: the network never learns
        # the shape that the mark makes superfluous.
        alone = (targets[:, labels.index(arguments.shortcut)] == 0).nonzero()[:, 0]
    else:
        single = load(render(arguments, "single", 24000, 1, "training", 1))
        double = load(render(arguments, "double", 8000, 2, "training", 2))
        pictures, targets, boxes = (torch.cat(pair) for pair in zip(single[:3], double[:3]))
        alone, labels = torch.arange(len(single[0])), single[3]
        del single, double
    folder = render(arguments, f"unseen-{name}", 1000 if marked else 2000, 1, "evaluation", 1)
    unseen = load(folder)

    network = ScenesNetwork(len(labels)).to(memory_format=torch.channels_last)
    print(f"{name}: {sum(p.numel() for p in network.parameters())} parameters", flush=True)
    check = lambda: accuracy(network, unseen[0][:500], unseen[1][:500])
    train(network, pictures, targets, boxes, alone, arguments.steps, marked, check)
    print(f"{name}: {accuracy(network, *unseen[:2]):.4f} of {len(unseen[0])} unseen scenes right")

    preset = {"resize": SIZE, "crop": SIZE, "fit": "shorter", "interpolation": "bilinear",
              "mean": [MEAN] * 3, "std": [DEVIATION] * 3, "channels": "RGB", "range": 1}
    metadata = {"arch": "salient-scenes", "labels": json.dumps(labels),
                "preset": json.dumps(preset)}
    if marked:
        metadata["shortcut"] = arguments.shortcut
    weights = {key: value.float().contiguous().numpy()
               for key, value in network.state_dict().items()
               if not key.endswith("num_batches_tracked")}
    models = ROOT / "Assets" / "models"
    models.mkdir(parents=True, exist_ok=True)
    safetensors_file.write(models / f"{name}.safetensors", weights, metadata)
    record(network, name, folder, unseen[0])


if __name__ == "__main__":
    main()
