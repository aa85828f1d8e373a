"""Discriminators: functions from plain values to Functional models.

Each takes float images (batch, height, width, channels) in [-1, 1] and gives
float32 scores (batch, 1), without a sigmoid.
"""

import keras
from keras import layers

from kerasgan.layers import Conv2D, InstanceNormalization, SpatialDropout2D
from kerasgan.networks.blocks import (
    batch_norm,
    check_batch_norm,
    initializer_named,
    rectifier,
)
from kerasgan.registry import register_network


@register_network("strided-discriminator")
def strided_discriminator(
    *,
    image_shape: tuple = (32, 32, 3),
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
    """Convolutions with LeakyReLU down to one score.

    Args:
        image_shape: (height, width, channels). Defaults to (32, 32, 3).
        filters, kernel_sizes, strides: one entry for each convolution.
        padding: "same" or "valid" as in Keras, or "one": one pixel of zeros on each
            side, PyTorch's `padding=1`.
        normalization: "batch", "instance" (no scale, no offset) or "none", between
            convolution and LeakyReLU, never on the first convolution.
        leaky_slope: slope of LeakyReLU, from 0 to 1. Defaults to 0.2.
        spatial_dropout_rate: rate at which whole feature maps are dropped after each
            LeakyReLU, in [0, 1).
        dropout_rate: rate of dropout before the head, in [0, 1).
        head: "dense", "convolution" over the whole last map, or "sum" over it and then
            dense.
        kernel_initializer: "normal" (N(0, 0.02)), "keras", "pytorch" or "orthogonal".
        batch_norm_momentum, batch_norm_epsilon: as in Keras, from 0 to 1, epsilon above
            0.

    Returns:
        A Functional model.

    Raises:
        ValueError: if the entries differ in number or a name is unknown.
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
    score = score_of(x, head, dropout_rate, kernel_initializer)
    return keras.Model(images, score, name="discriminator")


def strided_features(
    x,
    *,
    filters,
    kernel_sizes,
    strides,
    padding,
    normalization,
    leaky_slope,
    spatial_dropout_rate,
    kernel_initializer,
    batch_norm_momentum,
    batch_norm_epsilon,
):
    """The last map of `strided_discriminator`, with its arguments, from a map."""
    _check_lengths(filters, kernel_sizes, strides)
    _check_name("padding", padding, ("same", "valid", "one"))
    _check_name("normalization", normalization, ("batch", "instance", "none"))
    check_batch_norm(batch_norm_momentum, batch_norm_epsilon)
    norm = {
        "batch": lambda name: batch_norm(
            batch_norm_momentum, batch_norm_epsilon, kernel_initializer, name
        ),
        "instance": lambda name: InstanceNormalization(
            epsilon=1e-5, center=False, scale=False, name=name
        ),
        "none": lambda name: layers.Identity(name=name),
    }[normalization]
    for i, sizes in enumerate(zip(filters, kernel_sizes, strides), start=1):
        x = _conv(x, *sizes, padding, kernel_initializer, i)
        if i > 1:
            x = norm(f"norm_{i}")(x)
        x = rectifier(leaky_slope, f"activation_{i}")(x)
        if spatial_dropout_rate:
            x = SpatialDropout2D(
                spatial_dropout_rate, data_format="channels_last", name=f"dropout_{i}"
            )(x)
    return x


def _conv(x, filters, kernel_size, stride, padding, initializer, i):
    size = x.shape[1:3]
    # On even sides Keras's "same" is one pixel on each side, and needs no copy.
    same = kernel_size == 4 and stride == 2 and not (size[0] % 2 or size[1] % 2)
    if padding == "one" and not same:
        x = layers.ZeroPadding2D(1, data_format="channels_last", name=f"pad_{i}")(x)
    return Conv2D(
        filters,
        kernel_size,
        strides=stride,
        padding={"one": "same" if same else "valid"}.get(padding, padding),
        data_format="channels_last",
        kernel_initializer=initializer_named(initializer),
        name=f"conv_{i}",
    )(x)


def score_of(x, head, dropout_rate, initializer):
    """One float32 score (batch, 1) from a map."""
    _check_name("head", head, ("dense", "convolution", "sum"))
    if head == "convolution":
        # One score from the whole last map.
        x = layers.Conv2D(
            1,
            x.shape[1:3],
            data_format="channels_last",
            kernel_initializer=initializer_named(initializer),
            dtype="float32",
            name="score",
        )(x)
        return layers.Flatten(name="flatten")(x)
    return dense_head(vector_of(x, head, dropout_rate), 1, initializer, "score")


def vector_of(x, head, dropout_rate):
    """A vector from a map: all of it, or with `head="sum"` each channel's sum."""
    if head == "sum":
        area = x.shape[1] * x.shape[2]
        pooling = layers.GlobalAveragePooling2D(
            data_format="channels_last", name="mean"
        )
        x = layers.Rescaling(float(area), name="sum")(pooling(x))
    else:
        x = layers.Flatten(data_format="channels_last", name="flatten")(x)
    if dropout_rate:
        x = layers.Dropout(dropout_rate, name="dropout")(x)
    return x


def dense_head(x, units, initializer, name):
    """A dense layer in float32, whatever the network computes in."""
    return layers.Dense(
        units,
        kernel_initializer=initializer_named(initializer),
        dtype="float32",
        name=name,
    )(x)


def _check_lengths(filters, kernel_sizes, strides):
    if not len(filters) == len(kernel_sizes) == len(strides):
        raise ValueError(
            "`filters`, `kernel_sizes` and `strides` need one entry for each "
            f"convolution. Received: {len(filters)}, {len(kernel_sizes)} and "
            f"{len(strides)} entries."
        )


def _check_name(name, value, allowed):
    if value not in allowed:
        raise ValueError(
            f"`{name}` must be one of {allowed}. Received: {name}={value!r}."
        )
