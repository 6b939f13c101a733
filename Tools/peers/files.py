"""The models and pictures of a row. Both sides read the same weights.

Ours come from ONNX, of training from safetensors, those of PyTorch from its own file.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import training_files

PICTURE_SEED = 7


@dataclass(frozen=True)
class Files:
    """What both sides read."""

    model: Path  # ONNX; of training safetensors
    state: Path  # the same weights for PyTorch
    pictures: Path  # [N,3,S,S], normalised
    maps: Path | None = None  # [N,S,S] in [0, 1], for what takes finished maps
    labels: Path | None = None  # [N], for training
    folder: Path | None = None  # the same pictures in `pictures`, a folder a class, and in `unseen` one to judge by


def files_of(row, work):
    """The files of a row; those that are missing are made."""
    work.mkdir(parents=True, exist_ok=True)
    if row.kind == "training":
        return _training(row, work / f"{row.name}-{row.images}")
    model, state = work / f"{row.network}-legacy.onnx", work / f"{row.network}.pt"
    about = work / f"{row.network}.size"
    if not about.exists():
        import networks
        import torch

        network = networks.full_size(row.network)
        networks.export(network, work, exporters=("legacy",))
        torch.save(network.model.state_dict(), state)
        about.write_text(f"{network.size}\n")
    size = int(about.read_text())
    pictures = work / f"pictures-{row.images}x{size}.npy"
    if not pictures.exists():
        import networks

        np.save(pictures, networks.pictures(row.images, size, PICTURE_SEED).numpy())
    if row.kind != "curves":
        return Files(model, state, pictures)
    maps = work / f"maps-{row.images}x{size}.npy"
    if not maps.exists():
        np.save(maps, smooth_maps(row.images, size))
    return Files(model, state, pictures, maps)


def _training(row, folder):
    if not folder.exists():
        unfinished = folder.with_name(f"{folder.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir()
        training_files.write(row, unfinished)
        unfinished.rename(folder)
    weights = (folder / f"{row.network}{ending}" for ending in (".safetensors", ".pt"))
    return Files(*weights, folder / "pictures.npy", labels=folder / "labels.npy", folder=folder)


def smooth_maps(images, size):
    """Seven by seven random numbers enlarged, and half of the pixels 0: what a map of the last layer looks like."""
    import torch

    generator = torch.Generator().manual_seed(PICTURE_SEED)
    grids = torch.rand(images, 1, 7, 7, generator=generator)
    large = torch.nn.functional.interpolate(grids, (size, size), mode="bilinear", align_corners=False)[:, 0]
    cut = (large - large.flatten(1).median(1).values[:, None, None]).relu()
    return (cut / cut.amax((1, 2), keepdim=True)).numpy()
