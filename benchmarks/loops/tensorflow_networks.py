"""DCGAN's networks from Keras's own layers, as one writes them for TensorFlow."""

import math
from functools import partial

import keras
from keras import layers


def activation(slope):
    return layers.LeakyReLU(negative_slope=slope) if slope else layers.ReLU()


def batch_norm(a, name):
    return layers.BatchNormalization(
        momentum=a["batch_norm_momentum"], epsilon=a["batch_norm_epsilon"], name=name
    )


def dense_map(a, filters, factor):
    height, width, _ = a["image_shape"]
    height, width = height // factor, width // factor
    return [
        keras.Input((a["latent_dim"],)),
        layers.Dense(height * width * filters, name="project"),
        layers.Reshape((height, width, filters)),
    ]


def image_out():
    return layers.Activation("tanh", dtype="float32")


def upsampling_generator(a):
    first, *others = a["filters"]
    conv = partial(layers.Conv2D, kernel_size=3, padding="same")
    body = dense_map(a, first, 2 ** len(others)) + [batch_norm(a, "project_norm")]
    for i, filters in enumerate(others, start=1):
        body += [
            layers.UpSampling2D(),
            conv(filters, name=f"conv_{i}"),
            batch_norm(a, f"norm_{i}"),
            activation(a["leaky_slope"]),
        ]
    return [*body, conv(a["image_shape"][-1], name="to_image"), image_out()]


def transposed_generator(a):
    first, *others = a["filters"]
    transposed = partial(layers.Conv2DTranspose, padding="same")
    body = dense_map(a, first, math.prod(a["strides"]) * a["last_stride"])
    if a["project_norm"]:
        body += [batch_norm(a, "project_norm"), activation(a["leaky_slope"])]
    for i, (filters, stride) in enumerate(zip(others, a["strides"]), start=1):
        body += [
            transposed(filters, a["kernel_size"], strides=stride, name=f"conv_{i}"),
            batch_norm(a, f"norm_{i}"),
            activation(a["leaky_slope"]),
        ]
    channels, stride = a["image_shape"][-1], a["last_stride"]
    if stride == 1:
        last = layers.Conv2D(channels, 3, padding="same", name="to_image")
    else:
        last = transposed(channels, 3, strides=stride, name="to_image")
    return [*body, last, image_out()]


def convolutional_generator(a):
    filters, slope = a["filters"], a["leaky_slope"]
    conv = partial(layers.Conv2D, padding="same")
    return [
        *dense_map(a, a["base_filters"], 2),
        activation(slope),
        conv(filters, 5, name="conv_1"),
        activation(slope),
        layers.Conv2DTranspose(filters, 4, strides=2, padding="same", name="conv_2"),
        activation(slope),
        conv(filters, 5, name="conv_3"),
        activation(slope),
        conv(filters, 5, name="conv_4"),
        activation(slope),
        conv(a["image_shape"][-1], 7, name="to_image"),
        image_out(),
    ]


GENERATORS = {
    "upsampling-generator": upsampling_generator,
    "transposed-generator": transposed_generator,
    "convolutional-generator": convolutional_generator,
}


def discriminator(a):
    body = [keras.Input(a["image_shape"])]
    side = a["image_shape"][0]
    sizes = zip(a["filters"], a["kernel_sizes"], a["strides"])
    for i, (filters, size, stride) in enumerate(sizes, start=1):
        padding = a["padding"]
        if padding == "one":
            # On an even side "same" is one pixel on each side.
            padding = "valid" if side % 2 else "same"
            body += [layers.ZeroPadding2D(1)] if side % 2 else []
            side = (side + 2 - size) // stride + 1
        conv = layers.Conv2D(filters, size, stride, padding, name=f"conv_{i}")
        body += [conv]
        if i > 1 and a["normalization"] == "batch":
            body += [batch_norm(a, f"norm_{i}")]
        body += [activation(a["leaky_slope"])]
        if a["spatial_dropout_rate"]:
            body += [layers.SpatialDropout2D(a["spatial_dropout_rate"])]
    body += [layers.Flatten()]
    if a["dropout_rate"]:
        body += [layers.Dropout(a["dropout_rate"])]
    return [*body, layers.Dense(1, dtype="float32", name="score")]


def network(make_layers, arguments, dtype):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(dtype)
    model = keras.Sequential(make_layers(arguments))
    keras.config.set_dtype_policy(before)
    return model
