"""JAX: convolutions without the zeros that XLA multiplies by."""

import jax.numpy as jnp
import keras

from kerasgan._backends import on_cpu
from kerasgan._kernels.jax_convolutions import (
    convolve,
    explicit_pads,
    spread,
    transposed_pads,
)


def lay_out(kernels, slots):
    """The framework takes kernels as Keras keeps them."""


def add_bias(outputs, bias):
    return _in_float32(jnp.add, outputs, bias)


def scale(inputs, factors):
    return _in_float32(jnp.multiply, inputs, factors)


def _in_float32(function, maps, vectors):
    # XLA makes one loop of it. In a smaller dtype it would add gradients up in that.
    precise = jnp.promote_types(maps.dtype, jnp.float32)
    return function(maps.astype(precise), vectors.astype(precise)).astype(maps.dtype)


def convolution(inputs, kernel, bias, strides, padding):
    if on_cpu() and max(strides) > 1:
        sizes = inputs.shape[1:3], kernel.shape[:2]
        pads = explicit_pads(padding, *sizes, strides)
        outputs = convolve(inputs, kernel, tuple(strides), pads)
    else:
        outputs = keras.ops.conv(
            inputs, kernel, strides, padding, data_format="channels_last"
        )
    return outputs if bias is None else add_bias(outputs, bias)


def transposed_convolution(inputs, kernel, bias, strides, padding):
    if on_cpu() and all(s <= k for s, k in zip(strides, kernel.shape)):
        pads, sizes = transposed_pads(
            padding, inputs.shape[1:3], kernel.shape[:2], strides
        )
        outputs = spread(inputs, kernel, tuple(strides), pads, sizes)
    else:
        outputs = keras.ops.conv_transpose(
            inputs, kernel, strides, padding, data_format="channels_last"
        )
    return outputs if bias is None else add_bias(outputs, bias)


# XLA makes one loop of what Keras writes.
batch_norm = batch_norm_with = None
