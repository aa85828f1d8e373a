"""Generators: functions from plain values to Functional models.

Each takes latents (batch, latent_dim), standard normal, and gives float32 images
(batch, height, width, channels) in [-1, 1].
"""

import math

import keras
from keras import layers

from kerasgan.layers import Conv2D, Conv2DTranspose, UpsampleConv2D
from kerasgan.networks.blocks import (
    batch_norm,
    first_size,
    images_out,
    initializer_named,
    rectifier,
)
from kerasgan.registry import register_network


@register_network("upsampling-generator")
def upsampling_generator(
    *,
    latent_dim: int = 100,
    image_shape: tuple = (28, 28, 1),
    filters: tuple = (128, 128, 64),
    leaky_slope: float = 0.0,
    kernel_initializer: str = "pytorch",
    batch_norm_momentum: float = 0.9,
    batch_norm_epsilon: float = 1e-5,
):
    """Nearest-neighbour upsampling and 3x3 convolutions.

    Args:
        latent_dim: size of a latent. Defaults to 100.
        image_shape: (height, width, channels), sides divisible by 2 for each
            upsampling. Defaults to (28, 28, 1).
        filters: channels of the dense layer's map, then of each upsampled map.
        leaky_slope: slope of LeakyReLU, at most 1; 0 for ReLU. Defaults to 0.
        kernel_initializer: "normal" (N(0, 0.02)), "keras" or "pytorch".
        batch_norm_momentum, batch_norm_epsilon: as in Keras, from 0 to 1, epsilon above
            0.

    Returns:
        A Functional model.

    Raises:
        ValueError: if `image_shape` cannot be reached by doubling.
    """
    norm = (batch_norm_momentum, batch_norm_epsilon, kernel_initializer)
    size = first_size(image_shape, 2 ** (len(filters) - 1))
    x = latents = keras.Input((latent_dim,), name="latents")
    x = _dense_map(x, size, filters[0], kernel_initializer)
    x = batch_norm(*norm, name="project_norm")(x)
    for i, channels in enumerate(filters[1:], start=1):
        x = UpsampleConv2D(
            channels,
            kernel_initializer=initializer_named(kernel_initializer),
            name=f"conv_{i}",
        )(x)
        x = batch_norm(*norm, name=f"norm_{i}")(x)
        x = rectifier(leaky_slope, f"activation_{i}")(x)
    x = _conv(x, image_shape[-1], 3, kernel_initializer, "to_image")
    return keras.Model(latents, images_out(x), name="generator")


@register_network("transposed-generator")
def transposed_generator(
    *,
    latent_dim: int = 100,
    image_shape: tuple = (32, 32, 3),
    filters: tuple = (512, 256, 128, 64),
    strides: tuple = (2, 2, 2),
    kernel_size: int = 4,
    last_stride: int = 1,
    project_norm: bool = True,
    leaky_slope: float = 0.0,
    kernel_initializer: str = "normal",
    batch_norm_momentum: float = 0.9,
    batch_norm_epsilon: float = 1e-5,
):
    """A dense layer and transposed convolutions, each with batch norm.

    Args:
        latent_dim: size of a latent. Defaults to 100.
        image_shape: (height, width, channels), sides divisible by the product of all
            strides. Defaults to (32, 32, 3).
        filters: channels of the dense layer's map, then of each transposed
            convolution.
        strides: stride of each transposed convolution.
        kernel_size: of the transposed convolutions. Defaults to 4.
        last_stride: 1 ends with a 3x3 convolution, more with a 3x3 transposed one.
        project_norm: whether batch norm and activation follow the dense layer.
        leaky_slope: slope of LeakyReLU, at most 1; 0 for ReLU. Defaults to 0.
        kernel_initializer: "normal" (N(0, 0.02)), "keras", "pytorch" or "orthogonal".
        batch_norm_momentum, batch_norm_epsilon: as in Keras, from 0 to 1, epsilon above
            0.

    Returns:
        A Functional model.

    Raises:
        ValueError: if `image_shape` cannot be reached, or `strides` and `filters`
            differ in length.
    """
    latents = keras.Input((latent_dim,), name="latents")
    images = transposed_images(
        latents,
        image_shape=image_shape,
        filters=filters,
        strides=strides,
        kernel_size=kernel_size,
        last_stride=last_stride,
        project_norm=project_norm,
        leaky_slope=leaky_slope,
        kernel_initializer=kernel_initializer,
        batch_norm_momentum=batch_norm_momentum,
        batch_norm_epsilon=batch_norm_epsilon,
    )
    return keras.Model(latents, images, name="generator")


def transposed_images(
    x,
    *,
    image_shape,
    filters,
    strides,
    kernel_size,
    last_stride,
    project_norm,
    leaky_slope,
    kernel_initializer,
    batch_norm_momentum,
    batch_norm_epsilon,
):
    """Images of `transposed_generator`, with its arguments, from a vector."""
    if len(strides) != len(filters) - 1:
        raise ValueError(
            "`strides` needs one entry for each of `filters` after the first. "
            f"Received: filters={tuple(filters)}, strides={tuple(strides)}."
        )
    norm = (batch_norm_momentum, batch_norm_epsilon, kernel_initializer)
    size = first_size(image_shape, math.prod(strides) * last_stride)
    x = _dense_map(x, size, filters[0], kernel_initializer)
    if project_norm:
        x = batch_norm(*norm, name="project_norm")(x)
        x = rectifier(leaky_slope, "project_activation")(x)
    for i, (channels, stride) in enumerate(zip(filters[1:], strides), start=1):
        x = _transposed(x, channels, kernel_size, stride, kernel_initializer, i)
        x = batch_norm(*norm, name=f"norm_{i}")(x)
        x = rectifier(leaky_slope, f"activation_{i}")(x)
    if last_stride == 1:
        x = _conv(x, image_shape[-1], 3, kernel_initializer, "to_image")
    else:
        x = _transposed(
            x, image_shape[-1], 3, last_stride, kernel_initializer, "to_image"
        )
    return images_out(x)


@register_network("convolutional-generator")
def convolutional_generator(
    *,
    latent_dim: int = 32,
    image_shape: tuple = (32, 32, 3),
    base_filters: int = 128,
    filters: int = 256,
    leaky_slope: float = 0.2,
    kernel_initializer: str = "keras",
):
    """5x5 convolutions around one transposed convolution, without batch norm.

    Args:
        latent_dim: size of a latent. Defaults to 32.
        image_shape: (height, width, channels), even sides. Defaults to (32, 32, 3).
        base_filters: channels of the dense layer's map. Defaults to 128.
        filters: channels of every other layer. Defaults to 256.
        leaky_slope: slope of LeakyReLU, from 0 to 1. Defaults to 0.2.
        kernel_initializer: "normal" (N(0, 0.02)), "keras" or "pytorch".

    Returns:
        A Functional model.

    Raises:
        ValueError: if a side of `image_shape` is odd.
    """
    size = first_size(image_shape, 2)
    x = latents = keras.Input((latent_dim,), name="latents")
    x = _dense_map(x, size, base_filters, kernel_initializer)
    x = rectifier(leaky_slope, "project_activation")(x)
    x = _conv(x, filters, 5, kernel_initializer, "conv_1")
    x = rectifier(leaky_slope, "activation_1")(x)
    x = _transposed(x, filters, 4, 2, kernel_initializer, 2)
    x = rectifier(leaky_slope, "activation_2")(x)
    for i in (3, 4):
        x = _conv(x, filters, 5, kernel_initializer, f"conv_{i}")
        x = rectifier(leaky_slope, f"activation_{i}")(x)
    x = _conv(x, image_shape[-1], 7, kernel_initializer, "to_image")
    return keras.Model(latents, images_out(x), name="generator")


@register_network("fully-convolutional-generator")
def fully_convolutional_generator(
    *,
    latent_dim: int = 100,
    image_shape: tuple = (32, 32, 3),
    filters: tuple = (1024, 512, 256, 128),
    leaky_slope: float = 0.2,
    kernel_initializer: str = "normal",
    batch_norm_momentum: float = 0.9,
    batch_norm_epsilon: float = 1e-5,
):
    """Transposed convolutions from a 1x1 map; batch norm on all but the first.

    Args:
        latent_dim: size of a latent. Defaults to 100.
        image_shape: (height, width, channels); each side is 2 for each transposed
            convolution, the last one to the image included. Defaults to (32, 32, 3).
        filters: channels of each transposed convolution before the last.
        leaky_slope: slope of LeakyReLU, from 0 to 1. Defaults to 0.2.
        kernel_initializer: "normal" (N(0, 0.02)), "keras" or "pytorch".
        batch_norm_momentum, batch_norm_epsilon: as in Keras, from 0 to 1, epsilon above
            0.

    Returns:
        A Functional model.

    Raises:
        ValueError: if `image_shape` is not what the doublings give.
    """
    side = 2 ** (len(filters) + 1)
    if tuple(image_shape[:2]) != (side, side):
        raise ValueError(
            f"`image_shape` must be ({side}, {side}, channels) for {len(filters)} "
            f"`filters`. Received: image_shape={tuple(image_shape)}."
        )
    norm = (batch_norm_momentum, batch_norm_epsilon, kernel_initializer)
    x = latents = keras.Input((latent_dim,), name="latents")
    x = layers.Reshape((1, 1, latent_dim), name="map")(x)
    for i, channels in enumerate(filters, start=1):
        x = _transposed(x, channels, 4, 2, kernel_initializer, i)
        if i > 1:
            x = batch_norm(*norm, name=f"norm_{i}")(x)
        x = rectifier(leaky_slope, f"activation_{i}")(x)
    x = _transposed(x, image_shape[-1], 4, 2, kernel_initializer, "to_image")
    return keras.Model(latents, images_out(x), name="generator")


def _dense_map(x, size, channels, initializer):
    height, width = size
    x = layers.Dense(
        height * width * channels,
        kernel_initializer=initializer_named(initializer),
        name="project",
    )(x)
    return layers.Reshape((height, width, channels), name="map")(x)


def _conv(x, channels, kernel_size, initializer, name):
    return Conv2D(
        channels,
        kernel_size,
        padding="same",
        data_format="channels_last",
        kernel_initializer=initializer_named(initializer),
        name=name,
    )(x)


def _transposed(x, channels, kernel_size, stride, initializer, name):
    return Conv2DTranspose(
        channels,
        kernel_size,
        strides=stride,
        padding="same",
        data_format="channels_last",
        kernel_initializer=initializer_named(initializer),
        name=name if isinstance(name, str) else f"conv_{name}",
    )(x)
