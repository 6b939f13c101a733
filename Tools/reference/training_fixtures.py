"""Writes Tests/Fixtures/training: what PyTorch in float64 makes of small networks in some steps.

NAME.json lists the tensors of NAME.bin (float64, little-endian) and the losses of every run. A run
is a recipe: 20 steps of descent for all networks, and for the tiny one each other rule that there is.
Batches take turns; constants are those of single precision. A seed is taken only where float32 of
the same program ends within 1e-6 of the truth.
"""

import environment

if __name__ == "__main__":
    environment.enter()

import copy
import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from conditioning import initialise, pictures
from training_networks import NETWORKS, Dropout

FOLDER = Path(__file__).resolve().parents[2] / "Tests" / "Fixtures" / "training"
BATCHES, ROWS, LIMIT = 4, 4, 1e-6

DESCENT = {"rule": "sgd", "momentum": 0.9, "decay": 1e-4, "rate": 1e-2, "steps": 20}
RECIPES = {
    "nesterov": DESCENT | {"nesterov": True, "steps": 5},
    "adamw": {"rule": "adamw", "decay": 1e-2, "rate": 1e-2, "steps": 5},
    "clipping": DESCENT | {"clipping": 0.25, "steps": 5},
    "smoothing": DESCENT | {"smoothing": 0.1, "steps": 5},
    "frozen": DESCENT | {"frozen": ["conv1", "bn1"], "steps": 5},
}


def single(number):
    return float(np.float32(number))


def optimiser(recipe, parameters):
    rate, decay = single(recipe["rate"]), single(recipe["decay"])
    if recipe["rule"] == "adamw":
        betas, epsilon = (single(0.9), single(0.999)), single(1e-8)
        return torch.optim.AdamW(parameters, rate, betas, epsilon, decay)
    nesterov = recipe.get("nesterov", False)
    return torch.optim.SGD(parameters, rate, single(recipe["momentum"]), 0, decay, nesterov)


def prepare(model, frozen):
    """Training form, but for frozen modules; the parameters that learn."""
    model.train()
    for name in frozen:
        module = getattr(model, name)
        module.eval()
        module.requires_grad_(False)
    return [parameter for parameter in model.parameters() if parameter.requires_grad]


def train(model, images, labels, recipe):
    """The losses, the gradients of the first step and the state after it, and the state at the end."""
    learning = prepare(model, recipe.get("frozen", []))
    rule = optimiser(recipe, learning)
    losses, gradients, first = [], {}, {}
    for step in range(recipe["steps"]):
        for module in model.modules():
            if isinstance(module, Dropout):
                module.samples = range(step * ROWS, step * ROWS + ROWS)
        batch = step % BATCHES
        logits = model(images[batch].to(learning[0].dtype))
        loss = F.cross_entropy(logits, labels[batch], label_smoothing=single(recipe.get("smoothing", 0)))
        rule.zero_grad()
        loss.backward()
        if step == 0:
            gradients = {name: p.grad.clone() for name, p in model.named_parameters() if p.requires_grad}
        if "clipping" in recipe:
            torch.nn.utils.clip_grad_norm_(learning, single(recipe["clipping"]))
        rule.step()
        losses.append(loss.item())
        first = first or state(model)
    return losses, gradients, first, state(model)


def state(model):
    tensors = model.state_dict().items()
    return {name: t.detach().clone() for name, t in tensors if not name.endswith("num_batches_tracked")}


def distance(found, truth):
    worst = 0.0
    for name, tensor in truth.items():
        error = (found[name].double() - tensor).norm() / tensor.norm()
        worst = max(worst, error.item())
    return worst


def subject(name, seed):
    """A network in float64 whose weights are those of single precision, and its batches."""
    make, size, classes = NETWORKS[name]
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        model = make()
        initialise(model, generator)
    images = pictures(BATCHES * ROWS, size, seed).reshape(BATCHES, ROWS, 3, size, size)
    labels = torch.randint(classes, (BATCHES, ROWS), generator=generator)
    return model, images, labels


def fixture(name):
    recipes = {"descent": DESCENT} | (RECIPES if name == "tiny" else {})
    for seed in range(100):
        model, images, labels = subject(name, seed)
        truth = {key: train(copy.deepcopy(model).double(), images, labels, r) for key, r in recipes.items()}
        rough = {key: train(copy.deepcopy(model), images, labels, r) for key, r in recipes.items()}
        worst = max(distance(rough[key][3], truth[key][3]) for key in recipes)
        print(f"{name}: seed {seed}, float32 within {worst:.1e}", flush=True)
        if worst <= LIMIT:
            return write(name, seed, model, images, labels, recipes, truth)
    raise SystemExit(f"{name}: no seed will do")


def write(name, seed, model, images, labels, recipes, truth):
    tensors, data = [], bytearray()

    def add(kind, table):
        for key, tensor in table.items():
            tensors.append({"kind": kind, "name": key, "shape": list(tensor.shape), "offset": len(data) // 8})
            data.extend(tensor.detach().double().numpy().astype("<f8").tobytes())

    add("images", {str(place): batch for place, batch in enumerate(images)})
    add("weights", state(model))
    runs = []
    for key, recipe in recipes.items():
        losses, gradients, first, last = truth[key]
        runs.append(recipe | {"name": key, "losses": losses})
        add(f"{key} gradients", gradients)
        add(f"{key} first", first)
        add(f"{key} last", last)
    record = {"seed": seed, "rows": ROWS, "labels": labels.tolist(), "runs": runs, "tensors": tensors}
    (FOLDER / f"{name}.json").write_text(json.dumps(record) + "\n")
    (FOLDER / f"{name}.bin").write_bytes(data)


def main():
    torch.use_deterministic_algorithms(True)
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in NETWORKS:
        fixture(name)


if __name__ == "__main__":
    main()
