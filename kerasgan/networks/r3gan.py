"""R3GAN's residual networks, which have no normalisation.

Each block is a bottleneck turned round (1x1 to more channels, grouped 3x3, 1x1 back)
whose last convolution begins at zero, so that the network begins as its resampling;
the other two begin smaller the more blocks there are.
"""

import math

import keras
from keras import layers

from kerasgan.checks import Argument, integer
from kerasgan.layers import ClippedImages, Conv2D, FilteredResampling2D
from kerasgan.networks.blocks import check_slope, first_size
from kerasgan.registry import register_network

_TAPS = (1, 2, 1)
# Of a stage: each is built before its parameters can be counted.
_MOST_BLOCKS = 64


@register_network("r3gan-generator")
def r3gan_generator(
    *,
    latent_dim: int = 64,
    image_shape: tuple = (32, 32, 3),
    filters: tuple = (768, 768, 768, 768),
    blocks: tuple = (2, 2, 2, 2),
    expansion: int = 2,
    group_size: int = 16,
    leaky_slope: float = 0.2,
    num_classes: int | None = None,
    class_embedding_dim: int = 64,
):
    """Residual blocks without normalisation from a learned map to images.

    Args:
        latent_dim: size of a latent. Defaults to 64.
        image_shape: (height, width, channels), sides divisible by 2 for each stage
            after the first. Defaults to (32, 32, 3).
        filters: channels of each stage; each after the first has twice the size.
        blocks: residual blocks of each stage, at most 64.
        expansion: how many times a block's inner channels are the stage's.
            Defaults to 2.
        group_size: inner channels in a group of the 3x3 convolutions, or 0 for dense
            ones, which CPUs run faster. Defaults to 16.
        leaky_slope: slope of LeakyReLU, from 0 to 1. Defaults to 0.2.
        num_classes: `None`, or how many classes there are: the network then takes
            `labels` too. Defaults to `None`.
        class_embedding_dim: size of a class's vector beside the latent. Defaults to
            64.

    Returns:
        A Functional model. Its images are linear in training, and clipped to [-1, 1]
        outside it.

    Raises:
        ValueError: if `filters` and `blocks` differ in length, a side or the groups
            do not divide, or a number is out of its range.

    Source: Huang et al. 2024 (arXiv:2501.05441), section 4 and appendix.
    """
    _check_stages(filters, blocks, expansion, group_size)
    check_slope(leaky_slope)
    integer(1)(class_embedding_dim, Argument("class_embedding_dim"))
    size = first_size(image_shape, 2 ** (len(filters) - 1))
    block = _block_maker(sum(blocks), expansion, group_size, leaky_slope)
    x = latents = keras.Input((latent_dim,), name="latents")
    inputs: list = [latents]
    if num_classes is not None:
        inputs.append(keras.Input((), dtype="int32", name="labels"))
        embedded = layers.Embedding(
            num_classes,
            class_embedding_dim,
            embeddings_initializer=_normal(num_classes),
            name="class_embedding",
        )(inputs[1])
        x = layers.Concatenate(name="latents_and_classes")([latents, embedded])
    x = layers.Dense(
        filters[0],
        use_bias=False,
        kernel_initializer=_normal(x.shape[-1]),
        name="project",
    )(x)
    x = layers.EinsumDense(
        "bc,hwc->bhwc", (*size, filters[0]), kernel_initializer=_normal(1), name="basis"
    )(x)
    for i, (channels, count) in enumerate(zip(filters, blocks), start=1):
        if i > 1:
            x = _pointwise(x, channels, f"widen_{i}") if channels != x.shape[-1] else x
            x = FilteredResampling2D(_TAPS, up=2, name=f"upsample_{i}")(x)
        for j in range(1, count + 1):
            x = block(x, f"{i}_{j}")
    x = _pointwise(x, image_shape[-1], "to_image")
    images = ClippedImages(dtype="float32", name="images")(x)
    return keras.Model(inputs if inputs[1:] else latents, images, name="generator")


@register_network("r3gan-discriminator")
def r3gan_discriminator(
    *,
    image_shape: tuple = (32, 32, 3),
    filters: tuple = (768, 768, 768, 768),
    blocks: tuple = (2, 2, 2, 2),
    expansion: int = 2,
    group_size: int = 16,
    leaky_slope: float = 0.2,
    num_classes: int | None = None,
):
    """Residual blocks without normalisation down to one score.

    Args:
        image_shape: (height, width, channels), sides divisible by 2 for each stage
            after the first. Defaults to (32, 32, 3).
        filters: channels of each stage, the first at the images' size; each after it
            has half the size.
        blocks: residual blocks of each stage.
        expansion, group_size, leaky_slope: as in `r3gan_generator`.
        num_classes: `None`, or how many classes there are: the network then takes
            `labels` too, and the score is the product of features and the class's
            vector. Defaults to `None`.

    Returns:
        A Functional model.

    Raises:
        ValueError: as `r3gan_generator`.

    Source: as `r3gan_generator`.
    """
    _check_stages(filters, blocks, expansion, group_size)
    check_slope(leaky_slope)
    first_size(image_shape, 2 ** (len(filters) - 1))
    block = _block_maker(sum(blocks), expansion, group_size, leaky_slope)
    x = images = keras.Input(tuple(image_shape), name="images")
    x = _pointwise(x, filters[0], "from_image")
    for i, (channels, count) in enumerate(zip(filters, blocks), start=1):
        if i > 1:
            x = FilteredResampling2D(_TAPS, down=2, name=f"downsample_{i}")(x)
            x = _pointwise(x, channels, f"widen_{i}") if channels != x.shape[-1] else x
        for j in range(1, count + 1):
            x = block(x, f"{i}_{j}")
    height, width, channels = x.shape[1:]
    x = layers.EinsumDense(
        "bhwc,hwc->bc",
        channels,
        kernel_initializer=_normal(height * width),
        name="basis",
    )(x)
    if num_classes is None:
        score = layers.Dense(
            1,
            use_bias=False,
            kernel_initializer=_normal(channels),
            dtype="float32",
            name="score",
        )(x)
        return keras.Model(images, score, name="discriminator")
    labels = keras.Input((), dtype="int32", name="labels")
    score = _class_score(x, labels, num_classes)
    return keras.Model([images, labels], score, name="discriminator")


def _class_score(x, labels, num_classes):
    channels = x.shape[-1]
    x = layers.Dense(
        channels, use_bias=False, kernel_initializer=_normal(channels), name="features"
    )(x)
    embedded = layers.Embedding(
        num_classes,
        channels,
        embeddings_initializer=_normal(num_classes, channels**-0.5),
        name="class_embedding",
    )(labels)
    return layers.Dot(1, dtype="float32", name="score")([x, embedded])


def _block_maker(count, expansion, group_size, slope):
    """A function that adds a residual block to `count` of them."""
    # He's gain, and Fixup's L^(-1 / (2m - 2)) of m = 3 convolutions, whose last is 0.
    gain = math.sqrt(2.0 / (1.0 + slope**2)) * count**-0.25

    def add(x, name):
        channels = x.shape[-1]
        inner = channels * expansion
        groups = inner // group_size if group_size else 1
        y = _pointwise(x, inner, f"expand_{name}", gain, use_bias=True)
        y = layers.LeakyReLU(slope, name=f"expand_activation_{name}")(y)
        y = Conv2D(
            inner,
            3,
            padding="same",
            data_format="channels_last",
            groups=groups,
            kernel_initializer=_normal(9 * inner // groups, gain),
            name=f"conv_{name}",
        )(y)
        y = layers.LeakyReLU(slope, name=f"activation_{name}")(y)
        y = _pointwise(y, channels, f"reduce_{name}", 0.0)
        return layers.Add(name=f"add_{name}")([x, y])

    return add


def _pointwise(x, channels, name, gain=1.0, *, use_bias=False):
    return Conv2D(
        channels,
        1,
        data_format="channels_last",
        use_bias=use_bias,
        kernel_initializer=_normal(x.shape[-1], gain) if gain else "zeros",
        name=name,
    )(x)


def _normal(fan_in, gain=1.0):
    """He et al. 2015 (arXiv:1502.01852), "MSR": N(0, gain / sqrt(fan_in))."""
    return keras.initializers.RandomNormal(stddev=gain / math.sqrt(fan_in))


def _check_stages(filters, blocks, expansion, group_size):
    if len(filters) != len(blocks) or not filters:
        raise ValueError(
            "`filters` and `blocks` need one entry for each stage. Received: "
            f"filters={tuple(filters)}, blocks={tuple(blocks)}."
        )
    for i, count in enumerate(blocks):
        integer(0, _MOST_BLOCKS)(count, Argument("blocks").at(i))
    integer(1)(expansion, Argument("expansion"))
    integer(0)(group_size, Argument("group_size"))
    if group_size and any(f * expansion % group_size for f in filters):
        raise ValueError(
            "`group_size` must divide `expansion` times each of `filters`, or be 0. "
            f"Received: group_size={group_size}, expansion={expansion}, "
            f"filters={tuple(filters)}."
        )
