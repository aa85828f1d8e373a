"""StyleGAN2's networks: a mapping to styles, and convolutions that they modulate.

The gain sqrt(2) of LeakyReLU is part of the kernels' scale.
"""

import math
import weakref

import keras
from keras import layers

from kerasgan.checks import Argument, integer
from kerasgan.layers import (
    ClippedImages,
    EqualizedConv2D,
    EqualizedDense,
    FilteredResampling2D,
    LearnedMap,
    MinibatchStandardDeviation,
    ModulatedConv2D,
    NoiseInjection,
    PixelNormalization,
)
from kerasgan.registry import register_network

_TAPS = (1, 3, 3, 1)
_SLOPE = 0.2
_GAIN = math.sqrt(2.0)
STYLES = "styles"
# The paper has 8; each is built before its parameters can be counted.
_MOST_LAYERS = 64


@register_network("stylegan2-generator")
def stylegan2_generator(
    *,
    latent_dim: int = 512,
    image_shape: tuple = (32, 32, 3),
    style_dim: int = 512,
    mapping_layers: int = 2,
    mapping_rate: float = 0.01,
    filters: tuple = (512, 512, 512, 512),
    noise: bool = True,
):
    """Latents to styles, and a learned map that these make an image of.

    Args:
        latent_dim: size of a latent. Defaults to 512.
        image_shape: (height, width, channels), sides of 4 pixels doubled for each of
            `filters` after the first. Defaults to (32, 32, 3).
        style_dim: size of what the mapping gives, w. Defaults to 512.
        mapping_layers: dense layers from latents to w, 0 to 64. Defaults to 2.
        mapping_rate: how fast those learn beside the others. Defaults to 0.01.
        filters: channels at each size, from 4x4 on.
        noise: whether each convolution's map is disturbed. Defaults to True.

    Returns:
        A Functional model, whose layer "styles" gives w for each convolution, (batch,
        2 * len(filters), style_dim). Its images are linear in training, and clipped to
        [-1, 1] outside it.

    Raises:
        ValueError: if `image_shape` is not what the doublings give, or a number is out
            of its range.

    Source: Karras et al. 2020 (arXiv:1912.04958), figure 2 and section 4.1 with skip
    connections between images; the settings: Karras et al. 2020 (arXiv:2006.06676).
    """
    _check_sides(image_shape, filters)
    integer(0, _MOST_LAYERS)(mapping_layers, Argument("mapping_layers"))
    latents = keras.Input((latent_dim,), name="latents")
    x = PixelNormalization(name="normalized_latents")(latents)
    for i in range(1, mapping_layers + 1):
        x = EqualizedDense(
            style_dim,
            gain=_GAIN,
            learning_rate_multiplier=mapping_rate,
            name=f"mapping_{i}",
        )(x)
        x = layers.LeakyReLU(_SLOPE, name=f"mapping_activation_{i}")(x)
    styles = layers.RepeatVector(2 * len(filters), name=STYLES)(x)
    x = LearnedMap((4, 4, filters[0]), name="map")(_style(styles, 0))
    x = _styled(x, _style(styles, 0), filters[0], 0, noise)
    images = _to_image(x, _style(styles, 1), image_shape[-1], 4)
    for i, channels in enumerate(filters[1:], start=1):
        style = _style(styles, 2 * i - 1)
        x = _styled(x, style, channels, 2 * i - 1, noise, upsample=True)
        x = _styled(x, _style(styles, 2 * i), channels, 2 * i, noise)
        size = 4 * 2**i
        images = FilteredResampling2D(_TAPS, up=2, name=f"upsampled_{size}")(images)
        new = _to_image(x, _style(styles, 2 * i + 1), image_shape[-1], size)
        images = layers.Add(name=f"images_{size}")([images, new])
    images = ClippedImages(dtype="float32", name="images")(images)
    return keras.Model(latents, images, name="generator")


@register_network("stylegan2-discriminator")
def stylegan2_discriminator(
    *,
    image_shape: tuple = (32, 32, 3),
    filters: tuple = (512, 512, 512, 512),
    residual: bool = False,
    group_size: int = 32,
):
    """Equalised convolutions down to one score, told how the batch varies.

    Args:
        image_shape: (height, width, channels), sides of 4 pixels doubled for each of
            `filters` after the first. Defaults to (32, 32, 3).
        filters: channels at each size, from the images' to 4x4.
        residual: whether each size has a shortcut, "resnet" in the paper, or none,
            "orig". Defaults to False.
        group_size: images whose deviation is taken together. Defaults to 32.

    Returns:
        A Functional model.

    Raises:
        ValueError: if `image_shape` is not what the halvings take.

    Source: Karras et al. 2020 (arXiv:1912.04958), figure 7; Karras et al. 2020
    (arXiv:2006.06676), appendix: "orig" and groups of 32 for CIFAR-10.
    """
    _check_sides(image_shape, filters)
    images = keras.Input(tuple(image_shape), name="images")
    x = _conv(images, filters[0], 1, "from_image")
    for i, channels in enumerate(filters[1:], start=1):
        x = _halved(x, channels, i, residual)
    x = MinibatchStandardDeviation(group_size, name="deviation")(x)
    x = _conv(x, filters[-1], 3, "conv_last")
    x = layers.Flatten(data_format="channels_last", name="flatten")(x)
    x = EqualizedDense(filters[-1], gain=_GAIN, name="features")(x)
    x = layers.LeakyReLU(_SLOPE, name="features_activation")(x)
    score = EqualizedDense(1, dtype="float32", name="score")(x)
    return keras.Model(images, score, name="discriminator")


def mapping_and_synthesis(generator):
    """A generator's two halves, which share its weights.

    Args:
        generator: a Functional model with a layer "styles".

    Returns:
        `(mapping, synthesis)`: models from latents to styles (batch, layers,
        style_dim), and from those to images.

    Raises:
        ValueError: if there is no such layer.
    """
    if generator not in _HALVES:
        names = [layer.name for layer in getattr(generator, "layers", ())]
        if STYLES not in names or not isinstance(generator, keras.Function):
            raise ValueError(
                "Styles need a Functional generator with a layer of that name, as "
                "kerasgan.networks.stylegan2_generator builds it. Received: "
                f"{getattr(generator, 'name', generator)!r}, which has no layer "
                f"{STYLES!r}."
            )
        styles = generator.get_layer(STYLES).output
        _HALVES[generator] = (
            keras.Model(generator.input, styles, name="mapping"),
            keras.Model(styles, generator.output, name="synthesis"),
        )
    return _HALVES[generator]


# Not attributes of a GAN, which would save the same layers once more.
_HALVES: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()


def _style(styles, index):
    """What one of the layers is given, as layers: a slice has no config to save."""
    after = styles.shape[1] - 1 - index
    one = layers.Cropping1D((index, after))(styles)
    return layers.Reshape((styles.shape[2],))(one)


def _styled(x, style, filters, index, noise, *, upsample=False):
    style = EqualizedDense(x.shape[-1], bias_initializer="ones", name=f"style_{index}")(
        style
    )
    x = ModulatedConv2D(
        filters, 3, gain=_GAIN, transposed=upsample, name=f"conv_{index}"
    )(x, style)
    if upsample:
        # 2 n + 1 values after the transposed convolution, 2 n after the filter.
        blur = FilteredResampling2D(
            _TAPS, padding=(1, 1), gain=2.0, name=f"filter_{index}"
        )
        x = blur(x)
    if noise:
        x = NoiseInjection(fixed_seed=index, name=f"noise_{index}")(x)
    return layers.LeakyReLU(_SLOPE, name=f"activation_{index}")(x)


def _to_image(x, style, channels, size):
    style = EqualizedDense(
        x.shape[-1], bias_initializer="ones", name=f"image_style_{size}"
    )(style)
    return ModulatedConv2D(channels, 1, demodulate=False, name=f"to_image_{size}")(
        x, style
    )


def _halved(x, channels, index, residual):
    shortcut = x
    x = _conv(x, x.shape[-1], 3, f"conv_{index}_1")
    gain = _GAIN / math.sqrt(2.0) if residual else _GAIN
    x = FilteredResampling2D(_TAPS, padding=(2, 2), name=f"filter_{index}")(x)
    x = _conv(x, channels, 3, f"conv_{index}_2", strides=2, gain=gain)
    if not residual:
        return x
    shortcut = FilteredResampling2D(_TAPS, down=2, name=f"shortcut_filter_{index}")(
        shortcut
    )
    shortcut = EqualizedConv2D(
        channels,
        1,
        data_format="channels_last",
        use_bias=False,
        gain=math.sqrt(0.5),
        name=f"shortcut_{index}",
    )(shortcut)
    return layers.Add(name=f"add_{index}")([x, shortcut])


def _conv(x, channels, kernel_size, name, *, strides=1, gain=_GAIN):
    x = EqualizedConv2D(
        channels,
        kernel_size,
        strides=strides,
        padding="same" if strides == 1 else "valid",
        data_format="channels_last",
        gain=gain,
        name=name,
    )(x)
    return layers.LeakyReLU(_SLOPE, name=f"{name}_activation")(x)


def _check_sides(image_shape, filters):
    side = 4 * 2 ** (len(filters) - 1)
    if tuple(image_shape[:2]) != (side, side):
        raise ValueError(
            f"`image_shape` must be ({side}, {side}, channels) for {len(filters)} "
            f"`filters`. Received: image_shape={tuple(image_shape)}."
        )
