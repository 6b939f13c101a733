"""What a network is trained with on both sides: pictures as files and as numbers, and the weights that it begins with."""

import numpy as np

import philox

CLASSES = 12
STEPS = 6  # of an epoch
SEED = 7
MEAN, DEVIATION = 0.5, 0.25  # of the preset `scenes`
STREAM_ORDER = 12  # of our random numbers


def write(row, folder):
    """Writes the files of a row into a new folder.

    - `pictures/CLASS/NUMBER.png`, and one to judge by in `unseen`;
    - `pictures.npy` [N,3,S,S], normalised, and `labels.npy` [N]: the same in the order of the first epoch;
    - `NETWORK.safetensors` and `NETWORK.pt`: the same weights under torchvision's names.
    """
    import conditioning
    import torch

    size, count = int(row.settings["size"]), STEPS * row.images
    labels = np.arange(count) * CLASSES // count
    # Half of a picture is that of its class: gradients that cancel out would be rounding.
    found = (conditioning.pictures(count, size, SEED) + conditioning.pictures(CLASSES, size, SEED + 1)[labels]) / 2**0.5
    pictures = np.rint((found.numpy() * DEVIATION + MEAN).clip(0, 1) * 255).astype(np.uint8)
    for place, (picture, label) in enumerate(zip(pictures, labels)):
        save(picture, folder / "pictures" / f"{label:02}" / f"{place:04}.png")
    save(pictures[0], folder / "unseen" / "00" / "0000.png")
    places = first_epoch(count)
    np.save(folder / "pictures.npy", (pictures[places].astype(np.float32) / 255 - MEAN) / DEVIATION)
    np.save(folder / "labels.npy", labels[places])
    torch.manual_seed(SEED)
    model = network(row.network)
    weaken_branches(model)
    save_weights(model, row.network, folder)


def save(picture, path):
    from PIL import Image

    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture.transpose(1, 2, 0)).save(path)


def first_epoch(count):
    """The order in which `salient` learns from so many pictures in its first epoch, seed 0: Fisher and Yates' shuffle."""
    words = philox.words(np.arange(count // 4 + 1), STREAM_ORDER, 0).reshape(-1)
    places = list(range(count))
    for last in range(count - 1, 0, -1):
        other = int(words[last]) * (last + 1) >> 32
        places[last], places[other] = places[other], places[last]
    return places


def network(name):
    """With PyTorch's initial weights, to be trained."""
    import conditioning
    from scenes_network import ScenesNetwork

    if name == "salient-scenes":
        return ScenesNetwork(CLASSES)
    return conditioning.models.get_model(name, num_classes=CLASSES)


def weaken_branches(model):
    """Weakens the branch of each residual block; with full ones rounding grows tenfold from step to step."""
    import conditioning
    import torch

    for block in model.modules():
        last = getattr(block, "bn3", getattr(block, "bn2", None))
        if last is not None:
            torch.nn.init.constant_(last.weight, conditioning.RESIDUAL_GAMMA)


def save_weights(model, name, folder):
    import safetensors_file
    import torch

    torch.save(model.state_dict(), folder / f"{name}.pt")
    weights = {key: values.numpy() for key, values in model.state_dict().items() if values.is_floating_point()}
    safetensors_file.write(folder / f"{name}.safetensors", weights, {"arch": name})
