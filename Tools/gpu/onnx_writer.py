"""Networks and single layers as ONNX files, with random weights, by nothing but Python's own library.

A protobuf message is a row of fields, each with its number and kind in front: `field` writes one. The numbers are those
of onnx.proto: ModelProto, GraphProto, NodeProto, TensorProto.
"""

import array
import dataclasses
import random
import struct


def varint(number):
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes(out + bytearray([number]))


def field(number, value):
    """A field: a whole number, or bytes, text and messages with their length in front."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def value_info(name, shape):
    dims = b"".join(field(1, field(2, size) if isinstance(size, str) else field(1, size)) for size in shape)
    return field(1, name) + field(2, field(1, field(1, 1) + field(2, dims)))


def attribute(name, value):
    if isinstance(value, int):
        return field(1, name) + field(3, value) + field(20, 2)
    return field(1, name) + b"".join(field(8, item) for item in value) + field(20, 7)


class Noise:
    """The weights of a network, layer after layer: activations stay near 1, so that masks and scores mean something.

    A block of uniform noise again and again. Its length is prime and every weight starts elsewhere in it, since filters
    that repeat add up, from layer to layer.
    """

    LENGTH, STEP = 65521, 7919

    def __init__(self):
        dice = random.Random(0)
        self.block = array.array("f", (dice.uniform(-(3**0.5), 3**0.5) for _ in range(self.LENGTH)))
        self.start = 0

    def numbers(self, count, deviation):
        block = array.array("f", (value * deviation for value in self.block))
        self.start = (self.start + self.STEP) % self.LENGTH
        return (block * (count // self.LENGTH + 2))[self.start : self.start + count]

    def conv(self, channels, filters, side, relu):
        """Weights and biases; where a ReLU takes half of what comes out, there is twice as much."""
        inputs = channels * side * side
        return self.numbers(filters * inputs, ((2 if relu else 1) / inputs) ** 0.5), self.numbers(filters, 0.1)

    def linear(self, channels, outputs):
        return self.numbers(outputs * channels, channels**-0.5), self.numbers(outputs, 0.1)


class Model:
    """A graph that grows node by node; one image `x` of any batch in, the last value out."""

    def __init__(self, channels, height, width):
        self.shape = (channels, height, width)
        self.nodes, self.weights, self.count = [], [], 0
        self.noise = Noise()

    def weight(self, shape, numbers):
        name = f"w{len(self.weights)}"
        dims = b"".join(field(1, size) for size in shape)
        self.weights.append(field(5, dims + field(2, 1) + field(8, name) + field(9, numbers.tobytes())))
        return name

    def add(self, operator, inputs, **attributes):
        self.count += 1
        output = f"v{self.count}"
        parts = [field(1, name) for name in inputs] + [field(2, output), field(3, f"n{self.count}"), field(4, operator)]
        parts += [field(5, attribute(name, value)) for name, value in attributes.items()]
        self.nodes.append(field(1, b"".join(parts)))
        return output

    def conv(self, x, channels, filters, side, stride=1, relu=True):
        weights, biases = self.noise.conv(channels, filters, side, relu)
        inputs = [x, self.weight((filters, channels, side, side), weights), self.weight((filters,), biases)]
        y = self.add("Conv", inputs, kernel_shape=[side, side], strides=[stride] * 2, pads=[side // 2] * 4)
        return self.add("Relu", [y]) if relu else y

    def linear(self, x, channels, outputs):
        weights, biases = self.noise.linear(channels, outputs)
        return self.add("Gemm", [x, self.weight((outputs, channels), weights), self.weight((outputs,), biases)], transB=1)

    def save(self, path, output_rank=4):
        shape = ["N"] + [f"d{axis}" for axis in range(output_rank - 1)]
        graph = b"".join(self.nodes) + field(2, "g") + b"".join(self.weights)
        graph += field(11, value_info("x", ["N", *self.shape]))
        graph += field(12, value_info(f"v{self.count}", shape))
        model = field(1, 8) + field(2, "salient") + field(7, graph) + field(8, field(1, "") + field(2, 17))
        with open(path, "wb") as file:
            file.write(model)


class Classifier(Model):
    """A model whose output has a row of scores for each image."""

    def save(self, path):
        super().save(path, output_rank=2)

    def head(self, x, channels):
        x = self.add("Flatten", [self.add("GlobalAveragePool", [x])], axis=1)
        self.linear(x, channels, 1000)
        return self


def scored(model, x, channels):
    """Ends a model of one layer as a classifier, which the program wants."""
    x = model.add("Flatten", [model.add("GlobalAveragePool", [x])], axis=1)
    model.linear(x, channels, 10)
    return model


def pointwise(channels, side):
    """An activation alone: reads and writes every number once."""
    model = Classifier(channels, side, side)
    return scored(model, model.add("Relu", ["x"]), channels)


def product(size):
    """A product of two square matrices, as a convolution with filters of one pixel over one image."""
    height = 1 << size.bit_length() // 2
    model = Classifier(size, height, size // height)
    return scored(model, model.conv("x", size, size, 1, relu=False), size)


@dataclasses.dataclass(frozen=True)
class Layer:
    """A layer of ResNet-50."""

    channels: int
    filters: int
    side: int
    image: int
    stride: int = 1

    @property
    def name(self):
        return f"{self.side}x{self.side}/{self.stride} {self.channels}-{self.filters} at {self.image}"

    def model(self, small):
        image = max(self.image // 8, 7) if small else self.image
        model = Classifier(self.channels, image, image)
        y = model.conv("x", self.channels, self.filters, self.side, self.stride)
        return scored(model, y, self.filters)


LAYERS = [
    Layer(3, 64, 7, 224, 2), Layer(64, 64, 3, 56), Layer(64, 256, 1, 56), Layer(256, 64, 1, 56),
    Layer(128, 128, 3, 28), Layer(128, 128, 3, 56, 2), Layer(256, 256, 3, 14), Layer(1024, 256, 1, 14),
    Layer(256, 1024, 1, 14), Layer(512, 512, 3, 7), Layer(2048, 512, 1, 7), Layer(512, 2048, 1, 7),
]


def residual(name, model):
    x = model.conv("x", 3, 64, 7, 2)
    x = model.add("MaxPool", [x], kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
    counts, expansion = ([2, 2, 2, 2], 1) if name == "resnet18" else ([3, 4, 6, 3], 4)
    channels = 64
    for stage, count in enumerate(counts):
        width = 64 << stage
        for block in range(count):
            stride = 2 if stage > 0 and block == 0 else 1
            if expansion == 1:
                y = model.conv(model.conv(x, channels, width, 3, stride), width, width, 3, relu=False)
            else:
                y = model.conv(model.conv(x, channels, width, 1), width, width, 3, stride)
                y = model.conv(y, width, width * 4, 1, relu=False)
            if block == 0 and (stride > 1 or channels != width * expansion):
                x = model.conv(x, channels, width * expansion, 1, stride, relu=False)
            channels = width * expansion
            x = model.add("Relu", [model.add("Add", [y, x])])
    return model.head(x, channels)


def vgg16(model):
    x, channels = "x", 3
    for filters, count in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        for _ in range(count):
            x, channels = model.conv(x, channels, filters, 3), filters
        x = model.add("MaxPool", [x], kernel_shape=[2, 2], strides=[2, 2])
    x = model.add("Flatten", [x], axis=1)
    for inputs, outputs in ((25088, 4096), (4096, 4096)):
        x = model.add("Relu", [model.linear(x, inputs, outputs)])
    model.linear(x, 4096, 1000)
    return model


def network(name, model=None):
    """A network of torchvision's geometry with its batch norms folded; `model` takes the layers."""
    model = model or Classifier(3, 224, 224)
    return vgg16(model) if name == "vgg16" else residual(name, model)


def picture(seed):
    """The numbers of a picture of noise, 3 x 224 x 224; no part of it repeats, so that no two cells of a map tie."""
    generator = random.Random(seed)
    return array.array("f", (generator.uniform(-2, 2) for _ in range(3 * 224 * 224)))


def save_picture(path, seed):
    """A picture as a file of NumPy's, `[3, 224, 224]` in float32."""
    head = "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 224, 224), }"
    head += " " * (-(len(head) + 11) % 64) + "\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + picture(seed).tobytes())


def saved_numbers(path):
    """The numbers of a file of NumPy's in float32."""
    data = path.read_bytes()
    (length,) = struct.unpack("<H", data[8:10])
    return array.array("f", data[10 + length :])
