"""Writes Tests/Fixtures/expressions: values and gradients of random expressions over outputs of networks.

A target of `salient` may be a formula over the named outputs of a network. Its grammar is a part of
Python's, so the truth about a text is what Python makes of it: the text is evaluated as it stands, with
PyTorch tensors without their batch axis behind the names, and differentiated by autograd in float64.

Of each gradient its norm and its largest components are kept. A text counts where float32 finds its
value and gradients within COUNTING of the truth and where no maximum is nearly a tie; texts that do
not are drawn again.
"""

import environment

if __name__ == "__main__":
    environment.enter("methods")

import json
import random
import re
import warnings
from pathlib import Path

import numpy as np
import torch
from torch import nn

import conditioning
import networks
import truth

ROOT = Path(__file__).resolve().parents[2] / "Tests" / "Fixtures"
FOLDER = ROOT / "expressions"
SEED, COUNT, COMPONENTS, COUNTING, GAP = 20260, 200, 6, 2e-5, 1e-3


class Trunk(nn.Module):
    """Three convolutions; 8 channels of 8x8 for pictures of 32x32."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(3, 6, 3, padding=1, stride=2), nn.BatchNorm2d(6), nn.ReLU(inplace=True),
            nn.Conv2d(6, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(inplace=True),
            nn.Conv2d(8, 8, 3, padding=1, stride=2), nn.BatchNorm2d(8), nn.ReLU(inplace=True),
        )  # fmt: skip

    def forward(self, pictures):
        return self.body(pictures)


class Detector(nn.Module):
    """Outputs of rank 2, 3 and 5: scores, boxes and anchors."""

    outputs = ("scores", "boxes", "anchors")

    def __init__(self):
        super().__init__()
        self.trunk = Trunk()
        self.head = nn.Linear(8, 6)
        self.box = nn.Linear(8, 9 * 4)
        self.anchor = nn.Conv2d(8, 6, 1, stride=2)

    def tail(self, features):
        pooled = features.mean((2, 3))
        boxes = torch.sigmoid(self.box(pooled)).reshape(-1, 9, 4)
        anchors = self.anchor(features).reshape(-1, 2, 3, 4, 4)
        return self.head(pooled), boxes, anchors

    def forward(self, pictures):
        return self.tail(self.trunk(pictures))


class Segmenter(nn.Module):
    """One output, a map for each of five classes; no vector of classes at all."""

    outputs = ("mask",)

    def __init__(self):
        super().__init__()
        self.trunk = Trunk()
        self.score = nn.Conv2d(8, 5, 1)

    def tail(self, features):
        return (self.score(features),)

    def forward(self, pictures):
        return self.tail(self.trunk(pictures))[0]


class Custom:
    """A network of this file with its trunk, tail and names, in the manner of networks.Network."""

    def __init__(self, name, model):
        self.name, self.model, self.layer = name, model, "trunk"
        self.trunk, self.tail, self.outputs = model.trunk, model.tail, model.outputs

    @classmethod
    def made(cls, name, model, seed):
        model.eval()
        with torch.no_grad():
            conditioning.initialise(model, torch.Generator().manual_seed(seed))
            conditioning.calibrate(model, networks.SMALL_SIZE, seed)
        return cls(name, model)

    def to(self, dtype):
        import copy

        return Custom(self.name, copy.deepcopy(self.model).to(dtype))

    def export(self):
        example = torch.zeros(1, 3, networks.SMALL_SIZE, networks.SMALL_SIZE)
        names = list(self.outputs)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.onnx.export(
                self.model,
                (example,),
                FOLDER / f"{self.name}.onnx",
                dynamo=False,
                input_names=["input"],
                output_names=names,
                dynamic_axes={name: {0: "batch"} for name in ["input", *names]},
            )


class Classifier:
    """A network of networks.py, whose only output is called `output`."""

    def __init__(self, network):
        self.network, self.name, self.layer = network, network.name, network.layer
        self.trunk, self.outputs = network.trunk, ("output",)

    def tail(self, features):
        return (self.network.tail(features),)

    def to(self, dtype):
        return Classifier(self.network.to(dtype))


# Random texts


class Writer:
    """Texts over outputs of these shapes; `one` stands for one number, `many` for several."""

    def __init__(self, shapes, generator):
        self.shapes, self.random = shapes, generator

    def text(self):
        text = self.sum(2)
        while not re.search("[a-z]{4}", text):
            text = self.sum(2)
        return ("-" if self.random.random() < 0.1 else "") + text

    def sum(self, depth):
        return self.chain("+-", lambda: self.product(depth), 0.5)

    def product(self, depth):
        return self.chain("*/", lambda: self.signed(depth), 0.35)

    def chain(self, marks, part, share):
        text = part()
        while self.random.random() < share:
            blank = self.random.choice(["", " "])
            text += f"{blank}{self.random.choice(marks)}{blank}{part()}"
        return text

    def signed(self, depth):
        sign = "-" if self.random.random() < 0.15 else ""
        return sign + self.one(depth)

    def one(self, depth):
        kind = self.random.random()
        if kind < 0.15:
            return self.number()
        if kind < 0.3 and depth > 0:
            return f"({self.sum(depth - 1)})"
        name, shape = self.output()
        if kind < 0.55 or all(extent == 1 for extent in shape):
            return f"{name}[{', '.join(str(self.random.randrange(extent)) for extent in shape)}]"
        return f"{self.many(name, shape)}.{self.random.choice(['max', 'mean', 'sum'])}()"

    def many(self, name, shape):
        """Part of an output, or two parts of one shape combined."""
        lengths = [self.random.choice([1, max(1, extent // 2), extent]) for extent in shape]
        if self.random.random() < 0.55:
            return self.part(name, shape, lengths)
        mark = self.random.choice("+-*")
        left, right = self.part(name, shape, lengths), self.part(name, shape, lengths)
        if self.random.random() < 0.3:
            right = self.number()
        return f"({left} {mark} {right})"

    def part(self, name, shape, lengths):
        picks = []
        for extent, length in zip(shape, lengths):
            start = self.random.randint(0, extent - length)
            first = "" if start == 0 and self.random.random() < 0.5 else str(start)
            last = "" if start + length == extent and self.random.random() < 0.5 else str(start + length)
            picks.append(f"{first}:{last}")
        while picks and picks[-1] == ":":
            picks.pop()
        return f"{name}[{', '.join(picks)}]" if picks else name

    def output(self):
        return self.random.choice(list(self.shapes.items()))

    def number(self):
        return self.random.choice(["2", "0.5", ".25", "3", "1e-1", "1.75"])


# Truth


class NearTie(Exception):
    pass


class Numbers(torch.Tensor):
    """A tensor that refuses maxima which are nearly ties."""

    def max(self):
        values = self.detach().as_subclass(torch.Tensor).flatten().sort(descending=True).values
        if len(values) > 1 and values[0] - values[1] < GAP * values.abs().max():
            raise NearTie
        return super().max()


def solved(network, text, picture):
    """Value and the gradients at the layer and at the picture."""
    picture = picture[None].clone().requires_grad_()
    features = network.trunk(picture)
    outputs = network.tail(features)
    names = {name: output[0].as_subclass(Numbers) for name, output in zip(network.outputs, outputs)}
    value = eval(text, {"__builtins__": {}}, names)
    value = value.as_subclass(torch.Tensor)
    gradients = torch.autograd.grad(value, [features, picture])
    return value.item(), [gradient.detach()[0].flatten().double() for gradient in gradients]


def recorded(gradient):
    places = gradient.abs().argsort(descending=True)[:COMPONENTS].tolist()
    return {
        "norm": truth.significant(gradient.norm().item(), 9),
        "places": places,
        "values": [truth.significant(gradient[place].item(), 9) for place in places],
    }


def entry(network, exact, text, image, picture):
    """What is recorded of a text; None where it does not count."""
    try:
        value, gradients = solved(exact, text, picture.double())
        rounded, rough = solved(network, text, picture)
    except (NearTie, ZeroDivisionError, AttributeError):
        # A number of one element has no maximum; a formula of numbers alone no gradient.
        return None
    norms = [gradient.norm() for gradient in gradients]
    if not all(1e-4 < norm < 1e4 for norm in norms) or not 1e-3 < abs(value) < 1e4:
        return None
    distances = [(a - b).norm() / norm for a, b, norm in zip(gradients, rough, norms)]
    if max(*distances, abs(rounded - value) / abs(value)) > COUNTING:
        return None
    return {
        "network": network.name,
        "image": image,
        "text": text,
        "value": truth.significant(value, 9),
        "layer": recorded(gradients[0]),
        "input": recorded(gradients[1]),
    }


def main():
    FOLDER.mkdir(exist_ok=True)
    pictures = torch.from_numpy(np.load(ROOT / "networks" / "pictures.input.npy"))[:3]
    members = [
        Custom.made("detector", Detector(), 3),
        Custom.made("segmenter", Segmenter(), 4),
        *(Classifier(networks.small(name)) for name in ("resnet-basic", "vgg", "mobilenet", "densenet")),
    ]
    for member in members[:2]:
        member.export()
    generator = random.Random(SEED)
    exact = {member.name: member.to(torch.float64) for member in members}
    shares = [60, 50, 25, 25, 20, 20]
    entries, drawn = [], 0
    for member, share in zip(members, shares):
        with torch.no_grad():
            outputs = member.tail(member.trunk(pictures[:1]))
        writer = Writer({name: tuple(o.shape[1:]) for name, o in zip(member.outputs, outputs)}, generator)
        found = []
        while len(found) < share:
            text, image = writer.text(), len(found) % len(pictures)
            drawn += 1
            known = entry(member, exact[member.name], text, image, pictures[image])
            if known is not None and all(known["text"] != other["text"] for other in found):
                found.append(known)
        entries += found
    assert len(entries) == COUNT
    layers = {member.name: member.layer for member in members}
    lines = ",\n".join(" " + json.dumps(known) for known in entries)
    document = f'{{"seed": {SEED}, "layers": {json.dumps(layers)}, "expressions": [\n{lines}\n]}}\n'
    (FOLDER / "expressions.json").write_text(document)
    print(f"{COUNT} expressions of {drawn} drawn")


if __name__ == "__main__":
    main()
