"""JAX: convolutions without the zeros that XLA multiplies by."""

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


def convolution(inputs, kernel, bias, strides, padding):
    if on_cpu() and max(strides) > 1:
        sizes = inputs.shape[1:3], kernel.shape[:2]
        pads = explicit_pads(padding, *sizes, strides)
        outputs = convolve(inputs, kernel, tuple(strides), pads)
    else:
        outputs = keras.ops.conv(
            inputs, kernel, strides, padding, data_format="channels_last"
        )
    return outputs if bias is None else outputs + bias


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
    return outputs if bias is None else outputs + bias


# XLA makes one loop of what Keras writes.
batch_norm = batch_norm_with = None
