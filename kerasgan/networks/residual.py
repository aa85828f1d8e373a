"""Residual generators and discriminators, as WGAN-GP and SNGAN have them.

Kernels are Glorot uniform; those of the 3x3 convolutions inside blocks are the square
root of 2 larger, for the ReLU before them. Sources: Gulrajani et al. 2017
(arXiv:1704.00028), appendix; Miyato et al. 2018 (arXiv:1802.05957), appendix B; and
both papers' code.
"""

import keras
from keras import layers

from kerasgan.layers import (
    BatchNormalization,
    ConditionalBatchNormalization,
    Conv2D,
    DownsampleConv2D,
    SpectralConv2D,
    SpectralDense,
    SpectralDownsampleConv2D,
    SpectralEmbedding,
    UpsampleConv2D,
)
from kerasgan.networks.blocks import (
    check_batch_norm,
    first_size,
    images_out,
    rectifier,
)
from kerasgan.registry import register_network

_PLAIN = {
    "convolution": Conv2D,
    "downsampling": DownsampleConv2D,
    "dense": layers.Dense,
    "embedding": layers.Embedding,
}
_LAYERS = {
    "none": _PLAIN,
    "spectral": {
        "convolution": SpectralConv2D,
        "downsampling": SpectralDownsampleConv2D,
        "dense": SpectralDense,
        "embedding": SpectralEmbedding,
    },
}
_POOLINGS = ("mean", "sum")


@register_network("residual-generator")
def residual_generator(
    *,
    latent_dim: int = 128,
    image_shape: tuple = (32, 32, 3),
    filters: tuple = (128, 128, 128, 128),
    num_classes: int | None = None,
    batch_norm_momentum: float = 0.9,
    batch_norm_epsilon: float = 1e-5,
):
    """Residual blocks that double the map, each with batch norm and ReLU.

    Args:
        latent_dim: size of a latent. Defaults to 128.
        image_shape: (height, width, channels), sides divisible by 2 for each block.
            Defaults to (32, 32, 3).
        filters: channels of the dense layer's map, then of each block.
        num_classes: `None`, or how many classes there are: the batch norm of the blocks
            then has a scale and an offset for each, and the network takes `labels`.
        batch_norm_momentum, batch_norm_epsilon: as in Keras, from 0 to 1, epsilon above
            0.

    Returns:
        A Functional model; with classes, of `latents` and `labels`.

    Raises:
        ValueError: if `image_shape` cannot be reached by doubling, or a number is out
            of its range.
    """
    height, width = first_size(image_shape, 2 ** (len(filters) - 1))
    check_batch_norm(batch_norm_momentum, batch_norm_epsilon)
    x = latents = keras.Input((latent_dim,), name="latents")
    labels = _labels(num_classes)
    numbers = {"momentum": batch_norm_momentum, "epsilon": batch_norm_epsilon}

    def norm(x, name, *, conditional=True):
        if labels is None or not conditional:
            return BatchNormalization(name=name, **numbers)(x)
        layer = ConditionalBatchNormalization(num_classes, name=name, **numbers)
        return layer(x, labels)

    x = layers.Dense(height * width * filters[0], name="project")(x)
    x = layers.Reshape((height, width, filters[0]), name="map")(x)
    for i, channels in enumerate(filters[1:], start=1):
        x = _enlarging_block(x, channels, norm, f"block_{i}")
    x = norm(x, "norm", conditional=False)
    x = rectifier(0.0, "activation")(x)
    x = _conv(x, image_shape[-1], 3, "to_image", gain=1.0)
    inputs = latents if labels is None else [latents, labels]
    return keras.Model(inputs, images_out(x), name="generator")


@register_network("residual-discriminator")
def residual_discriminator(
    *,
    image_shape: tuple = (32, 32, 3),
    filters: tuple = (128, 128, 128, 128),
    downsamplings: int = 2,
    normalization: str = "none",
    pooling: str = "mean",
    score_bias: bool = True,
    num_classes: int | None = None,
):
    """Residual blocks with ReLU down to one score, without batch norm.

    Args:
        image_shape: (height, width, channels), sides divisible by 2 for each of the
            `downsamplings`. Defaults to (32, 32, 3).
        filters: channels of each block.
        downsamplings: how many of the blocks, from the first one on, halve the map.
            Defaults to 2.
        normalization: "none", or "spectral" on every layer. Defaults to "none".
        pooling: "mean" or "sum" of the last map's pixels. Defaults to "mean".
        score_bias: whether the score has a bias. Defaults to True.
        num_classes: `None`, or how many classes there are: the network then takes
            `labels`, and the score is that of a projection discriminator. Source:
            Miyato and Koyama 2018 (arXiv:1802.05637), equation 3 and figure 1.

    Returns:
        A Functional model; with classes, of `images` and `labels`.

    Raises:
        ValueError: if `image_shape` cannot be halved so often, there are fewer blocks,
            or a name is unknown.
    """
    _check(image_shape, filters, downsamplings, normalization, pooling)
    kinds = _LAYERS[normalization]
    x = images = keras.Input(tuple(image_shape), name="images")
    labels = _labels(num_classes)
    for i, channels in enumerate(filters, start=1):
        halve = i <= downsamplings
        block = _first_block if i == 1 else _shrinking_block
        x = block(x, channels, kinds, halve, f"block_{i}")
    x = _pooled(rectifier(0.0, "activation")(x), pooling)
    score = kinds["dense"](1, use_bias=score_bias, dtype="float32", name="score")(x)
    if labels is None:
        return keras.Model(images, score, name="discriminator")
    classes = kinds["embedding"](
        num_classes,
        filters[-1],
        embeddings_initializer="glorot_uniform",
        dtype="float32",
        name="classes",
    )(labels)
    projection = layers.Dot(1, dtype="float32", name="projection")([x, classes])
    score = layers.Add(dtype="float32", name="sum")([score, projection])
    return keras.Model([images, labels], score, name="discriminator")


def _labels(num_classes):
    if num_classes is None:
        return None
    return keras.Input((), dtype="int32", name="labels")


def _enlarging_block(x, channels, norm, name):
    """Gulrajani et al. 2017, appendix on ResNets: up, by nearest neighbours."""
    # A 1x1 convolution and upsampling commute: the first is cheaper before.
    shortcut = _conv(x, channels, 1, f"{name}_shortcut", gain=1.0)
    shortcut = layers.UpSampling2D(
        2, data_format="channels_last", name=f"{name}_shortcut_up"
    )(shortcut)
    x = rectifier(0.0, f"{name}_activation_1")(norm(x, f"{name}_norm_1"))
    x = UpsampleConv2D(
        channels, kernel_initializer=_glorot(2.0), name=f"{name}_conv_1"
    )(x)
    x = rectifier(0.0, f"{name}_activation_2")(norm(x, f"{name}_norm_2"))
    x = _conv(x, channels, 3, f"{name}_conv_2", gain=2.0)
    return layers.Add(name=f"{name}_sum")([shortcut, x])


def _first_block(x, channels, kinds, halve, name):
    """The block on images: no ReLU before it, and channels that grow at once."""
    shortcut = _half(x, f"{name}_shortcut_half") if halve else x
    shortcut = _shortcut(shortcut, channels, kinds, name)
    x = _conv(x, channels, 3, f"{name}_conv_1", gain=2.0, kinds=kinds)
    x = rectifier(0.0, f"{name}_activation")(x)
    x = _second_conv(x, channels, kinds, halve, name)
    return layers.Add(name=f"{name}_sum")([shortcut, x])


def _shrinking_block(x, channels, kinds, halve, name):
    """ReLU before each convolution; the first one keeps the channels."""
    shortcut = _half(x, f"{name}_shortcut_half") if halve else x
    if halve or channels != x.shape[-1]:
        shortcut = _shortcut(shortcut, channels, kinds, name)
    y = rectifier(0.0, f"{name}_activation_1")(x)
    y = _conv(y, x.shape[-1], 3, f"{name}_conv_1", gain=2.0, kinds=kinds)
    y = rectifier(0.0, f"{name}_activation_2")(y)
    y = _second_conv(y, channels, kinds, halve, name)
    return layers.Add(name=f"{name}_sum")([shortcut, y])


def _shortcut(x, channels, kinds, name):
    # After the pooling, with which a 1x1 convolution commutes: that is cheaper.
    return _conv(x, channels, 1, f"{name}_shortcut", gain=1.0, kinds=kinds)


def _second_conv(x, channels, kinds, halve, name):
    name = f"{name}_conv_2"
    if not halve:
        return _conv(x, channels, 3, name, gain=2.0, kinds=kinds)
    layer = kinds["downsampling"]
    return layer(channels, kernel_initializer=_glorot(2.0), name=name)(x)


def _half(x, name):
    return layers.AveragePooling2D(2, data_format="channels_last", name=name)(x)


def _pooled(x, pooling):
    """A float32 vector for each image."""
    mean = layers.GlobalAveragePooling2D(
        data_format="channels_last", dtype="float32", name="pooling"
    )(x)
    if pooling == "mean":
        return mean
    pixels = float(x.shape[1] * x.shape[2])
    return layers.Rescaling(pixels, dtype="float32", name="pixels")(mean)


def _conv(x, channels, kernel_size, name, *, gain, kinds=_PLAIN):
    return kinds["convolution"](
        channels,
        kernel_size,
        padding="same",
        data_format="channels_last",
        kernel_initializer=_glorot(gain),
        name=name,
    )(x)


def _glorot(gain):
    """Glorot uniform of `gain` times the variance: 2 is He's factor for a ReLU."""
    return keras.initializers.VarianceScaling(gain, "fan_avg", "uniform")


def _check(image_shape, filters, downsamplings, normalization, pooling):
    if not 0 <= downsamplings <= len(filters):
        raise ValueError(
            "`downsamplings` must be from 0 to the number of blocks. Received: "
            f"downsamplings={downsamplings} and {len(filters)} `filters`."
        )
    for size in image_shape[:2]:
        if size % 2**downsamplings:
            raise ValueError(
                "`image_shape` must have height and width divisible by "
                f"{2**downsamplings} for {downsamplings} downsamplings. Received: "
                f"image_shape={tuple(image_shape)}."
            )
    for name, value, allowed in (
        ("normalization", normalization, tuple(_LAYERS)),
        ("pooling", pooling, _POOLINGS),
    ):
        if value not in allowed:
            raise ValueError(
                f"`{name}` must be one of {allowed}. Received: {name}={value!r}."
            )
