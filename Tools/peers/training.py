"""Training steps in PyTorch: forward, cross-entropy, backward, SGD, and the loss and the right pictures of each step.

A run is an epoch from the initial weights and with an empty momentum. The batches are those of our first epoch. They
lie in memory as the network takes them: decoding, shuffling and uploading cost PyTorch nothing. Of the three forms of
its SGD the fused one is taken, which is the fastest.
"""

import numpy as np
import torch
import torch.nn.functional as F

import safetensors_file
import training_files
from learned import learned
from timed import Timed


class Training(Timed):
    def __init__(self, order):
        torch.set_num_threads(order["threads"])
        self.layout = torch.channels_last if order["peer"].endswith("nhwc") else torch.contiguous_format
        self.settings = {key: float(value) for key, value in order["settings"].items()}
        self.is_nesterov = order["method"] == "nesterov"
        self.weights, self.before = torch.load(order["state"], weights_only=True), order["model"]
        self.model = training_files.network(order["network"]).to(memory_format=self.layout).train()
        pictures = torch.from_numpy(np.load(order["pictures"]))
        labels = torch.from_numpy(np.load(order["labels"]))
        parts = [part.contiguous(memory_format=self.layout) for part in pictures.split(order["images"])]
        self.batches = list(zip(parts, labels.split(order["images"]), strict=True))
        super().__init__(self.epoch, len(labels), f"PyTorch {torch.__version__}, {len(parts)} steps a run")

    def begin(self):
        self.model.load_state_dict(self.weights)
        self.optimizer = torch.optim.SGD(
            self.model.parameters(),
            self.settings["lr"],
            momentum=self.settings["momentum"],
            weight_decay=self.settings["weight-decay"],
            nesterov=self.is_nesterov,
            fused=True,
        )

    def epoch(self):
        """The mean loss of a picture before its step, and the share of the pictures that were right."""
        total, correct = 0.0, 0
        for pictures, labels in self.batches:
            logits = self.model(pictures)
            loss = F.cross_entropy(logits, labels, label_smoothing=self.settings["label-smoothing"])
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
            self.optimizer.step()
            total += loss.item() * len(labels)
            correct += (logits.argmax(1) == labels).sum().item()
        return total / self.images, correct / self.images

    def outputs(self):
        self.begin()
        loss, _ = self.epoch()
        return learned(loss, safetensors_file.read(self.before), self.model.state_dict())
