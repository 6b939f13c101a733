"""What is compared: a row is a piece of work, the peers that do it too, and how fast we must be.

`floor` and `aim` are ratios, the peer's time divided by ours, against the faster peer of the group
`rival`. They hold for the batch that the row states and for `THREADS`.
"""

from dataclasses import dataclass, field, replace

EAGER = ("torch-nchw", "torch-nhwc")
FROZEN = ("torch-jit-nchw", "torch-jit-nhwc")
GROUPS = {
    "onnxruntime": ("onnxruntime",),
    "torch": EAGER,
    "torch-jit": FROZEN,
    "loop": ("loop-nchw",),
    "published": ("published-nchw", "published-nhwc"),
}
MAPPING = ("group-cam", "method", "augmentation")  # kinds whose results are maps

GROUP_CAM_GROUPS = 32
THREADS = 2  # for which floors, aims and quiet times hold


@dataclass(frozen=True)
class Row:
    name: str
    kind: str  # forward, group-cam, method, augmentation, curves, data-gradient, weight-gradient, training
    network: str
    images: int  # batch of a forward, of gradients and of a training step; images at once of a method
    rival: str  # of GROUPS
    floor: float | None
    aim: float | None
    groups: tuple = ("onnxruntime", "torch", "torch-jit")
    quiet: dict = field(default_factory=dict)  # group: ms an image on a quiet machine
    method: str = ""  # as `salient` takes it, settings included; of training the optimizer, and flags of `finetune`

    @property
    def peers(self):
        return [peer for group in self.groups for peer in GROUPS[group]]

    @property
    def work(self):
        """What one image costs, for the reader of a table."""
        side = self.settings.get("size")
        what = {
            "forward": "forward",
            "group-cam": f"Group-CAM, G = {GROUP_CAM_GROUPS}",
            "augmentation": "maps for fine-tuning",
            "curves": "insertion and deletion, 100 steps each",
            "data-gradient": "data gradient of every convolution",
            "weight-gradient": "weight gradient of every convolution",
            "training": f"training step at {side}x{side}",
        }
        unit = "batch" if self.kind in ("forward", "data-gradient", "weight-gradient", "training") else "N"
        return f"{self.network} {what.get(self.kind, self.method)}, {unit} = {self.images}"

    @property
    def settings(self):
        """Those of the method, by name."""
        return dict(word.split("=") for word in self.method.split(":")[1:])

    def asked(self, images, threads):
        """The row at such a batch and with so many threads; where they are others, nothing was promised."""
        if (images, threads) == (self.images, THREADS):
            return self
        return replace(self, images=images, floor=None, aim=None, quiet={})


def _forward(network, floor, aim, quiet=None):
    return Row(network, "forward", network, 8, "onnxruntime", floor, aim, quiet=quiet or {})


def _group_cam(network, images, floor, aim, quiet):
    name = f"group-cam-{network}-n{images}"
    return Row(name, "group-cam", network, images, "torch", floor, aim, ("torch",), {"torch": quiet})


def _curves(rival, floor, aim):
    """64 images are 12,928 forward passes for each side; `--batch` takes fewer."""
    return Row(f"curves-resnet18-{rival}", "curves", "resnet18", 64, rival, floor, aim, (rival,))


def _gradient(kind):
    return Row(f"{kind}-resnet50", kind, "resnet50", 8, "torch", 1.0, 1.3, ("torch",))


def _method(network, images, method, floor):
    name = f"{method.partition(':')[0]}-{network}"
    return Row(name, "method", network, images, "torch", floor, None, ("torch",), method=method)


def _augmentation(network, images, floor):
    """The paper's maps against those of the script published with it."""
    name, method = f"augmentation-{network}", "group-cam:variant=fast"
    return Row(name, "augmentation", network, images, "published", floor, None, ("published",), method=method)


def _training(name, network, images, method):
    return Row(f"train-{name}", "training", network, images, "torch", 1.0, 1.3, ("torch",), method=method)


# The quiet figures are those of two cores of a Xeon with AVX-512. Every other machine records its own.
ROWS = [
    _forward("resnet18", 1.3, 1.6, {"onnxruntime": 17, "torch": 20}),
    _forward("resnet50", 1.0, 1.25, {"onnxruntime": 41, "torch": 56}),
    _forward("vgg19", 2.0, 2.6, {"onnxruntime": 160, "torch": 253}),
    _forward("mobilenet_v2", 0.8, 1.1),
    _forward("efficientnet_b0", 0.8, 1.1),
    _forward("densenet121", 0.8, 1.1),
    _forward("resnext50_32x4d", 0.8, 1.2),
    _forward("vgg13_bn", 0.8, 1.2),
    *(_group_cam("resnet18", images, 1.3, 1.6, 810) for images in (1, 4)),
    *(_group_cam("resnet50", images, 1.3, 1.6, 2100) for images in (1, 4)),
    *(_group_cam("vgg19", images, 2.2, 3.0, 8600) for images in (1, 4)),
    _method("resnet18", 1, "score-cam:variant=library", 2.0),
    _method("resnet50", 1, "rise:masks=1000", 1.3),
    _method("resnet50", 1, "integrated-gradients:steps=50:baseline=zero", 1.3),
    _method("resnet50", 8, "guided-backprop", 1.3),
    _augmentation("resnet18", 32, 5.0),
    _curves("loop", 2.5, 3.5),
    _curves("torch", 1.2, 1.5),
    _gradient("data-gradient"),
    _gradient("weight-gradient"),
    _training(
        "scenes", "salient-scenes", 32, "nesterov:size=128:lr=0.001:momentum=0.9:weight-decay=0.0005:label-smoothing=0.05"
    ),
    _training("resnet18", "resnet18", 32, "sgd:size=128:lr=0.001:momentum=0.9:weight-decay=0.0001:label-smoothing=0"),
    _training("resnet50", "resnet50", 8, "sgd:size=224:lr=0.0002:momentum=0.9:weight-decay=0.0001:label-smoothing=0"),
]
