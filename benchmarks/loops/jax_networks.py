"""DCGAN's networks as pure functions of parameters, in plain JAX."""

import math

import jax
import jax.numpy as jnp
from jax import lax

LAYOUT = ("NHWC", "HWIO", "NHWC")


# Layers: parameters in, values out ------------------------------------------------


def dense(p, x):
    return x @ p["kernel"].astype(x.dtype) + p["bias"].astype(x.dtype)


def conv(p, x, stride=1, padding="SAME"):
    kernel = p["kernel"].astype(x.dtype)
    x = lax.conv_general_dilated(
        x, kernel, (stride, stride), padding, dimension_numbers=LAYOUT
    )
    return x + p["bias"].astype(x.dtype)


def conv_transpose(p, x, stride):
    kernel = p["kernel"].astype(x.dtype)
    x = lax.conv_transpose(
        x, kernel, (stride, stride), "SAME", dimension_numbers=LAYOUT
    )
    return x + p["bias"].astype(x.dtype)


def batch_norm(p, statistics, x, a, train):
    """The normalised maps, and the new running statistics."""
    epsilon, momentum = a["batch_norm_epsilon"], a["batch_norm_momentum"]
    y = x.astype("float32")
    if train:
        mean, variance = y.mean((0, 1, 2)), y.var((0, 1, 2))
        statistics = {
            "mean": momentum * statistics["mean"] + (1 - momentum) * mean,
            "variance": momentum * statistics["variance"] + (1 - momentum) * variance,
        }
    else:
        mean, variance = statistics["mean"], statistics["variance"]
    scale = p["gamma"] * lax.rsqrt(variance + epsilon)
    return ((y - mean) * scale + p["beta"]).astype(x.dtype), statistics


def activation(x, slope):
    return jax.nn.leaky_relu(x, slope) if slope else jax.nn.relu(x)


def dropout(key, x, rate, shape):
    kept = jax.random.bernoulli(key, 1 - rate, shape)
    return jnp.where(kept, x / (1 - rate), 0)


# Networks: (parameters, statistics, inputs) -> (outputs, statistics) ---------------


def upsampling_generator(a, p, s, x, train):
    s = dict(s)
    x = dense_map(a, p, x, a["filters"][0], 2 ** (len(a["filters"]) - 1))
    x, s["project_norm"] = batch_norm(p["project_norm"], s["project_norm"], x, a, train)
    for i in range(1, len(a["filters"])):
        x = x.repeat(2, axis=1).repeat(2, axis=2)
        x = conv(p[f"conv_{i}"], x)
        x, s[f"norm_{i}"] = batch_norm(p[f"norm_{i}"], s[f"norm_{i}"], x, a, train)
        x = activation(x, a["leaky_slope"])
    return jnp.tanh(conv(p["to_image"], x).astype("float32")), s


def transposed_generator(a, p, s, x, train):
    s = dict(s)
    x = dense_map(a, p, x, a["filters"][0], math.prod(a["strides"]) * a["last_stride"])
    if a["project_norm"]:
        x, s["project_norm"] = batch_norm(
            p["project_norm"], s["project_norm"], x, a, train
        )
        x = activation(x, a["leaky_slope"])
    for i, stride in enumerate(a["strides"], start=1):
        x = conv_transpose(p[f"conv_{i}"], x, stride)
        x, s[f"norm_{i}"] = batch_norm(p[f"norm_{i}"], s[f"norm_{i}"], x, a, train)
        x = activation(x, a["leaky_slope"])
    if a["last_stride"] == 1:
        x = conv(p["to_image"], x)
    else:
        x = conv_transpose(p["to_image"], x, a["last_stride"])
    return jnp.tanh(x.astype("float32")), s


def convolutional_generator(a, p, s, x, train):
    slope = a["leaky_slope"]
    x = activation(dense_map(a, p, x, a["base_filters"], 2), slope)
    x = activation(conv(p["conv_1"], x), slope)
    x = activation(conv_transpose(p["conv_2"], x, 2), slope)
    x = activation(conv(p["conv_3"], x), slope)
    x = activation(conv(p["conv_4"], x), slope)
    return jnp.tanh(conv(p["to_image"], x).astype("float32")), s


def dense_map(a, p, x, filters, factor):
    height, width, _ = a["image_shape"]
    return dense(p["project"], x).reshape(
        -1, height // factor, width // factor, filters
    )


GENERATORS = {
    "upsampling-generator": upsampling_generator,
    "transposed-generator": transposed_generator,
    "convolutional-generator": convolutional_generator,
}
PADDINGS = {"same": "SAME", "valid": "VALID", "one": [(1, 1), (1, 1)]}


def discriminator(a, p, s, x, key):
    s, padding = dict(s), PADDINGS[a["padding"]]
    for i, stride in enumerate(a["strides"], start=1):
        x = conv(p[f"conv_{i}"], x, stride, padding)
        if i > 1 and a["normalization"] == "batch":
            x, s[f"norm_{i}"] = batch_norm(p[f"norm_{i}"], s[f"norm_{i}"], x, a, True)
        x = activation(x, a["leaky_slope"])
        if a["spatial_dropout_rate"]:
            key, own = jax.random.split(key)
            shape = (x.shape[0], 1, 1, x.shape[3])
            x = dropout(own, x, a["spatial_dropout_rate"], shape)
    x = x.reshape(x.shape[0], -1)
    if a["dropout_rate"]:
        x = dropout(key, x, a["dropout_rate"], x.shape)
    return dense(p["score"], x.astype("float32")), s
