"""Adaptive augmentation: as much of it as keeps the discriminator from memorising."""

import math
from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from kerasgan.augment.random_layer import RandomLayer, pixels_at
from kerasgan.checks import Argument, integer, number

Tensor = Any


@keras.saving.register_keras_serializable(package="kerasgan")
class AdaptiveAugmentation(RandomLayer):
    """Augments real and fake images alike, with a probability that training steers.

    Each part of the policy is done to each image with probability `strength`, a saved
    variable in [0, 1]. `update(real_scores)` raises it while too many real images
    score above 0, a sign that the discriminator knows them by heart, and lowers it
    while too few do. Call the layer as `layer(images, training=True)` on what the
    discriminator is given; without that it returns the images unchanged. Values may
    leave [-1, 1]. The layer computes in float32.

    Args:
        policy: names of what is done, in this order: any of "blit" (mirroring,
            quarter turns of square images, shifts by up to an eighth of whole
            pixels), "geometry" (scaling, turning, stretching, shifts by fractions)
            and "color" (brightness, contrast, luma flip, hue, saturation). Defaults to
            all three, the paper's "bgc".
        target: the mean sign of the real scores that is aimed at, in (-1, 1).
            Defaults to 0.6.
        adjustment_images: images after which `strength` has gone from 0 to 1 if each
            update raised it, at least 1. Defaults to 500,000.
        seed: non-negative integer, or None for a random one. Defaults to None.
        **kwargs: as in `keras.layers.Layer`.

    Raises:
        TypeError: if `target` or `adjustment_images` is no number.
        ValueError: if one is out of range, a name is unknown or there is none.

    Source: Karras et al. 2020, "Training Generative Adversarial Networks with Limited
    Data" (arXiv:2006.06676), section 3.1 (r_t) and appendix B. Deviations: bilinear
    interpolation once instead of wavelet filters on an enlarged image; one turn where
    the paper turns before and after stretching; no image-space filtering and no
    corruption, which "bgc" has not; an update for every batch rather than for the
    mean over four.

    Example:

    >>> augment = kerasgan.augment.AdaptiveAugmentation(seed=0)
    >>> real_scores = discriminator(augment(real_images, training=True))
    >>> augment.update(real_scores)
    """

    def __init__(
        self,
        policy: Sequence[str] = ("blit", "geometry", "color"),
        *,
        target: float = 0.6,
        adjustment_images: int = 500_000,
        seed: int | None = None,
        **kwargs,
    ):
        super().__init__(seed=seed, **{"dtype": "float32", **kwargs})
        unknown = [name for name in policy if name not in _TRANSFORMS]
        if isinstance(policy, str) or not policy or unknown:
            raise ValueError(
                f"`policy` must be a sequence of names out of {sorted(_TRANSFORMS)}. "
                f"Received: policy={policy!r}."
            )
        self.policy = tuple(policy)
        self.target = number(-1, 1, above=True, below=True)(target, Argument("target"))
        self.adjustment_images = integer(1)(
            adjustment_images, Argument("adjustment_images")
        )
        self.strength = self.add_weight(
            shape=(), initializer="zeros", trainable=False, name="strength"
        )
        # Images of any size: a model that holds this layer has nothing left to build.
        self.built = True

    def update(self, real_scores: Tensor) -> None:
        """Moves `strength` by what one batch of real images scored.

        Args:
            real_scores: float tensor (batch, 1), of augmented real images, before any
                sigmoid.
        """
        signs = ops.sign(ops.stop_gradient(ops.cast(real_scores, "float32")))
        direction = ops.sign(ops.mean(signs) - self.target)
        step = ops.cast(ops.shape(signs)[0], "float32") / self.adjustment_images
        self.strength.assign(ops.clip(self.strength + direction * step, 0.0, 1.0))

    def augment(self, images):
        """Images augmented with the present strength, in training."""
        for name in self.policy:
            images = _TRANSFORMS[name](self, images)
        return images

    def chosen(self, shape, drawn, neutral):
        """For each image `drawn` with probability `strength`, else `neutral`."""
        coin = self.draw(shape, 0.0, 1.0) < ops.convert_to_tensor(self.strength)
        return ops.where(coin, drawn, ops.cast(neutral, drawn.dtype))

    def draw_normal(self, shape):
        """Standard normal numbers from the layer's own seed."""
        return keras.random.normal(shape, dtype="float32", seed=self.seed_generator)

    def get_config(self):
        return {
            **super().get_config(),
            "policy": list(self.policy),
            "target": self.target,
            "adjustment_images": self.adjustment_images,
        }


def _blit(layer, images):
    """Moves whole pixels: places are looked up backwards, from result to source."""
    batch, height, width, _ = ops.shape(images)
    shape = (batch, 1, 1)
    rows = ops.reshape(ops.arange(height, dtype="int32"), (1, -1, 1))
    columns = ops.reshape(ops.arange(width, dtype="int32"), (1, 1, -1))
    rows, columns = (
        places + layer.chosen(shape, layer.draw_integers(shape, -most, most), 0)
        for places, most in ((rows, height // 8), (columns, width // 8))
    )
    if height == width:
        turns = layer.chosen(shape, layer.draw_integers(shape, 0, 3), 0)
        for quarter in (1, 2, 3):
            turned = columns, height - 1 - rows
            rows, columns = (
                ops.where(turns >= quarter, new, old)
                for new, old in zip(turned, (rows, columns))
            )
    mirrored = layer.chosen(shape, layer.draw_integers(shape, 0, 1), 0)
    columns = ops.where(mirrored == 1, width - 1 - columns, columns)
    return pixels_at(images, rows, columns)


def _geometry(layer, images):
    """Scales, turns, stretches and shifts about the centre, reflecting at borders."""
    batch, height, width, _ = ops.shape(images)
    shape = (batch, 1, 1)

    def power_of_two():
        return layer.chosen(shape, 2.0 ** (0.2 * layer.draw_normal(shape)), 1.0)

    scale, stretch = power_of_two(), power_of_two()
    angle = layer.chosen(shape, layer.draw(shape, -math.pi, math.pi), 0.0)
    down, right = (
        layer.chosen(shape, 0.125 * size * layer.draw_normal(shape), 0.0)
        for size in (height, width)
    )
    y = ops.reshape(ops.arange(height, dtype="float32"), (1, -1, 1))
    x = ops.reshape(ops.arange(width, dtype="float32"), (1, 1, -1))
    y, x = y - (height - 1) / 2 - down, x - (width - 1) / 2 - right
    y, x = (
        y * ops.cos(angle) - x * ops.sin(angle),
        y * ops.sin(angle) + x * ops.cos(angle),
    )
    y, x = y / (scale / stretch), x / (scale * stretch)
    return _interpolated(images, y + (height - 1) / 2, x + (width - 1) / 2)


def _interpolated(images, y, x):
    """The images (b, h, w, c) at places (b, h, w) between pixels, bilinearly."""
    top, left = ops.floor(y), ops.floor(x)
    down, right = (y - top)[..., None], (x - left)[..., None]
    top, left = ops.cast(top, "int32"), ops.cast(left, "int32")
    rows = [
        (1 - right) * pixels_at(images, row, left)
        + right * pixels_at(images, row, left + 1)
        for row in (top, top + 1)
    ]
    return (1 - down) * rows[0] + down * rows[1]


def _color(layer, images):
    """One affine map of each image's colours: x -> matrix x + offset."""
    batch, channels = ops.shape(images)[0], images.shape[-1]
    shape = (batch, 1, 1)
    brightness = layer.chosen(shape, 0.2 * layer.draw_normal(shape), 0.0)
    contrast = layer.chosen(shape, 2.0 ** (0.5 * layer.draw_normal(shape)), 1.0)
    flip = ops.cast(layer.draw_integers(shape, 0, 1), "float32")
    flip = layer.chosen(shape, flip, 0.0)
    # The projection on grey, and what is left without it.
    grey = ops.full((1, channels, channels), 1.0 / channels, "float32")
    rest = ops.eye(channels, dtype="float32") - grey
    matrix = contrast * (grey * (1.0 - 2.0 * flip) + rest)
    offset = contrast * brightness * (1.0 - 2.0 * flip)
    if channels == 3:
        angle = layer.chosen(shape, layer.draw(shape, -math.pi, math.pi), 0.0)
        saturation = layer.chosen(shape, 2.0 ** layer.draw_normal(shape), 1.0)
        # Rodrigues' formula for turns about grey.
        across = ops.convert_to_tensor([[0, -1, 1], [1, 0, -1], [-1, 1, 0]], "float32")
        turn = ops.cos(angle) * rest + ops.sin(angle) * across / 3**0.5
        matrix = ops.matmul(grey + saturation * turn, matrix)
    pixels = ops.reshape(images, (batch, -1, channels))
    pixels = ops.matmul(pixels, ops.transpose(matrix, (0, 2, 1))) + offset
    return ops.reshape(pixels, ops.shape(images))


_TRANSFORMS = {"blit": _blit, "geometry": _geometry, "color": _color}
