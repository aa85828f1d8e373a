"""Networks that are told the class, or that say it.

Labels are int32 (batch,) in [0, num_classes). Those of discriminators are joined to
the images as further channels, those of generators to the latents.
"""

import math

import keras
from keras import layers

from kerasgan.networks.discriminators import (
    dense_head,
    score_of,
    strided_features,
    vector_of,
)
from kerasgan.networks.generators import transposed_images
from kerasgan.registry import register_network


@register_network("conditional-generator")
def conditional_generator(
    *,
    num_classes: int = 10,
    label_dim: int = 10,
    latent_dim: int = 100,
    image_shape: tuple = (28, 28, 1),
    filters: tuple = (256, 128, 64),
    strides: tuple = (2, 2),
    kernel_size: int = 4,
    last_stride: int = 1,
    project_norm: bool = True,
    leaky_slope: float = 0.0,
    kernel_initializer: str = "normal",
    batch_norm_momentum: float = 0.9,
    batch_norm_epsilon: float = 1e-5,
):
    """`transposed_generator` of latents with a learnt vector of the class joined on.

    Args:
        num_classes: how many classes there are. Defaults to 10.
        label_dim: size of a class's vector, drawn from N(0, 1) as latents are.
            Defaults to 10.
        image_shape: (height, width, channels). Defaults to (28, 28, 1).
        latent_dim, filters, strides, kernel_size: as in `transposed_generator`.
        last_stride, project_norm, leaky_slope: as there.
        kernel_initializer, batch_norm_momentum, batch_norm_epsilon: as there.

    Returns:
        A Functional model of `latents` (batch, latent_dim) and `labels` (batch,).

    Raises:
        ValueError: as `transposed_generator`.
    """
    latents = keras.Input((latent_dim,), name="latents")
    labels = keras.Input((), dtype="int32", name="labels")
    vectors = layers.Embedding(
        num_classes,
        label_dim,
        embeddings_initializer=keras.initializers.RandomNormal(0.0, 1.0),
        name="label_vectors",
    )(labels)
    images = transposed_images(
        layers.Concatenate(name="joined")([latents, vectors]),
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
    return keras.Model([latents, labels], images, name="generator")


@register_network("conditional-discriminator")
def conditional_discriminator(
    *,
    num_classes: int = 10,
    label_maps: int = 1,
    image_shape: tuple = (28, 28, 1),
    filters: tuple = (64, 128, 256),
    kernel_sizes: tuple = (4, 4, 4),
    strides: tuple = (2, 2, 2),
    padding: str = "same",
    normalization: str = "batch",
    leaky_slope: float = 0.2,
    spatial_dropout_rate: float = 0.0,
    dropout_rate: float = 0.0,
    head: str = "dense",
    kernel_initializer: str = "normal",
    batch_norm_momentum: float = 0.9,
    batch_norm_epsilon: float = 1e-5,
):
    """`strided_discriminator` of images with a learnt map of the class joined on.

    Args:
        num_classes: how many classes there are. Defaults to 10.
        label_maps: channels of a class's map, drawn from U(-1, 1), the range of
            images. Defaults to 1.
        image_shape: (height, width, channels). Defaults to (28, 28, 1).
        filters, kernel_sizes, strides, padding: as in `strided_discriminator`.
        normalization, leaky_slope, spatial_dropout_rate, dropout_rate: as there.
        head, kernel_initializer: as there.
        batch_norm_momentum, batch_norm_epsilon: as there.

    Returns:
        A Functional model of `images` and `labels` (batch,).

    Raises:
        ValueError: as `strided_discriminator`.
    """
    images = keras.Input(tuple(image_shape), name="images")
    labels = keras.Input((), dtype="int32", name="labels")
    shape = (*image_shape[:2], label_maps)
    maps = layers.Embedding(
        num_classes,
        math.prod(shape),
        embeddings_initializer=keras.initializers.RandomUniform(-1.0, 1.0),
        name="label_maps",
    )(labels)
    maps = layers.Reshape(shape, name="label_channels")(maps)
    x = strided_features(
        layers.Concatenate(name="joined")([images, maps]),
        filters=filters,
        kernel_sizes=kernel_sizes,
        strides=strides,
        padding=padding,
        normalization=normalization,
        leaky_slope=leaky_slope,
        spatial_dropout_rate=spatial_dropout_rate,
        kernel_initializer=kernel_initializer,
        batch_norm_momentum=batch_norm_momentum,
        batch_norm_epsilon=batch_norm_epsilon,
    )
    score = score_of(x, head, dropout_rate, kernel_initializer)
    return keras.Model([images, labels], score, name="discriminator")


@register_network("classifying-discriminator")
def classifying_discriminator(
    *,
    num_classes: int = 10,
    image_shape: tuple = (28, 28, 1),
    filters: tuple = (32, 64, 128, 256),
    kernel_sizes: tuple = (3, 3, 3, 3),
    strides: tuple = (2, 1, 2, 1),
    padding: str = "same",
    normalization: str = "batch",
    leaky_slope: float = 0.2,
    spatial_dropout_rate: float = 0.0,
    dropout_rate: float = 0.0,
    kernel_initializer: str = "normal",
    batch_norm_momentum: float = 0.9,
    batch_norm_epsilon: float = 1e-5,
):
    """`strided_discriminator` with a second head: the classes' logits.

    Args:
        num_classes: how many classes there are. Defaults to 10.
        image_shape: (height, width, channels). Defaults to (28, 28, 1).
        filters, kernel_sizes, strides, padding: as in `strided_discriminator`.
        normalization, leaky_slope, spatial_dropout_rate, dropout_rate: as there.
        kernel_initializer, batch_norm_momentum, batch_norm_epsilon: as there.

    Returns:
        A Functional model from images to a dict of float32 `scores` (batch, 1) and
        `class_logits` (batch, num_classes).

    Raises:
        ValueError: as `strided_discriminator`.
    """
    images = keras.Input(tuple(image_shape), name="images")
    x = strided_features(
        images,
        filters=filters,
        kernel_sizes=kernel_sizes,
        strides=strides,
        padding=padding,
        normalization=normalization,
        leaky_slope=leaky_slope,
        spatial_dropout_rate=spatial_dropout_rate,
        kernel_initializer=kernel_initializer,
        batch_norm_momentum=batch_norm_momentum,
        batch_norm_epsilon=batch_norm_epsilon,
    )
    x = vector_of(x, "dense", dropout_rate)
    outputs = {
        "scores": dense_head(x, 1, kernel_initializer, "score"),
        "class_logits": dense_head(x, num_classes, kernel_initializer, "class_logits"),
    }
    return keras.Model(images, outputs, name="discriminator")
