"""Writes Tests/Fixtures/keras: small Keras networks, channels last, with what Keras computes."""

import environment

if __name__ == "__main__":
    environment.enter("keras")

import os

os.environ["KERAS_BACKEND"] = "torch"

from pathlib import Path

import keras
import numpy as np
import onnx
from keras import layers

FOLDER = Path(__file__).resolve().parents[2] / "Tests" / "Fixtures" / "keras"
SIZE, CLASSES, IMAGES = 32, 10, 3
LOGIT_DEVIATION = 3


def block(x, filters, **options):
    x = layers.Conv2D(filters, 3, use_bias=False, **options)(x)
    return layers.ReLU()(layers.BatchNormalization()(x))


def mobile():
    """Depthwise filters, a gate of channels, a residual, a concatenation; global pooling."""
    image = keras.Input((SIZE, SIZE, 3))
    x = layers.ZeroPadding2D(((0, 1), (0, 1)))(image)
    x = block(x, 16, strides=2)
    y = layers.DepthwiseConv2D(3, padding="same", use_bias=False)(x)
    y = layers.ReLU(6.0)(layers.BatchNormalization()(y))
    gate = layers.GlobalAveragePooling2D(keepdims=True)(y)
    gate = layers.Conv2D(4, 1, activation="swish")(gate)
    gate = layers.Conv2D(16, 1, activation="sigmoid")(gate)
    y = layers.BatchNormalization()(layers.Conv2D(16, 1)(layers.Multiply()([y, gate])))
    x = layers.Add()([x, y])
    x = layers.Concatenate()([layers.AveragePooling2D(2)(x), layers.MaxPooling2D(3, 2, "same")(x)])
    x = block(x, 24, padding="same", strides=2)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(image, layers.Dense(CLASSES, activation="softmax")(x))


def plain():
    """Biased convolutions and a flattened map, as in VGG."""
    image = keras.Input((SIZE, SIZE, 3))
    x = layers.Rescaling(0.5, offset=-0.25)(image)
    x = layers.Conv2D(8, 3, padding="same", activation="relu")(x)
    x = layers.MaxPooling2D()(x)
    x = layers.Conv2D(17, 3, padding="same", activation="relu")(x)
    x = layers.MaxPooling2D(4)(x)
    x = layers.Flatten()(x)
    return keras.Model(image, layers.Dense(CLASSES)(x))


def condition(model, pictures, generator):
    """Random weights and statistics; logits of a useful spread."""
    for layer in model.layers:
        for weight in layer.weights:
            shape, name = weight.shape, weight.name
            if name in ("gamma", "moving_variance"):
                value = generator.uniform(0.5, 1.5, shape)
            elif name in ("beta", "moving_mean", "bias"):
                value = generator.normal(0, 0.2, shape)
            else:
                value = generator.normal(0, np.sqrt(2 / max(np.prod(shape[:-1]), 9)), shape)
            weight.assign(value.astype("float32"))
    head = model.layers[-1]
    logits = keras.Model(model.input, head.input).predict(pictures, verbose=0) @ head.kernel.numpy()
    head.kernel.assign(head.kernel.numpy() * LOGIT_DEVIATION / logits.std(axis=1).mean())


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(11)
    pictures = generator.normal(0, 1, (IMAGES, SIZE, SIZE, 3)).astype("float32")
    np.save(FOLDER / "pictures.npy", np.ascontiguousarray(pictures.transpose(0, 3, 1, 2)))
    for name, make in {"mobile": mobile, "plain": plain}.items():
        model = make()
        condition(model, pictures, generator)
        outputs = model.predict(pictures, verbose=0)
        np.save(FOLDER / f"{name}.outputs.npy", outputs.astype("float32"))
        file = FOLDER / f"{name}.onnx"
        model.export(file, format="onnx", verbose=False)
        stored = onnx.load(file)
        for node in stored.graph.node:
            node.doc_string = ""  # names folders of this machine
        onnx.save(stored, file)
        print(f"{name}: {len(stored.graph.node)} nodes, {file.stat().st_size} bytes, spread {outputs.std():.3f}")


if __name__ == "__main__":
    main()
