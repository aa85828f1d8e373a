"""DiffAugment: one augmentation for real and fake images, passed by gradients."""

from collections.abc import Sequence

import keras
from keras import ops

from kerasgan.augment.random_layer import RandomLayer, pixels_at

# As shares of the height and the width, the paper's.
_SHIFT = 0.125
_HOLE = 0.5


@keras.saving.register_keras_serializable(package="kerasgan")
class DiffAugment(RandomLayer):
    """Augments real and fake images alike, each image by draws of its own.

    Call it as `layer(images, training=True)` on what the discriminator is given, in
    its loss and in the generator's; without that it returns the images unchanged.
    Values may leave [-1, 1], as in the paper. The layer computes in float32.

    Args:
        policy: names of what is done, in this order: any of "color" (brightness,
            saturation, contrast), "translation" (up to an eighth of each side,
            filled with 0) and "cutout" (a square hole of half of each side, of 0).
            Defaults to all three.
        seed: non-negative integer, or None for a random one. Defaults to None.
        **kwargs: as in `keras.layers.Layer`.

    Raises:
        ValueError: if a name is unknown or there is none.

    Source: Zhao et al. 2020, "Differentiable Augmentation for Data-Efficient GAN
    Training" (arXiv:2006.10738), section 3.2 and appendix.

    Example:

    >>> augment = kerasgan.augment.DiffAugment(("color", "cutout"), seed=0)
    >>> scores = discriminator(augment(fake_images, training=True))
    """

    def __init__(
        self,
        policy: Sequence[str] = ("color", "translation", "cutout"),
        *,
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
        # Images of any size: a model that holds this layer has nothing left to build.
        self.built = True

    def augment(self, images):
        """Images after each policy in turn, in training."""
        for name in self.policy:
            images = _TRANSFORMS[name](self, images)
        return images

    def get_config(self):
        return {**super().get_config(), "policy": list(self.policy)}


def _color(layer, images):
    batch = ops.shape(images)[0]
    brightness, saturation, contrast = (
        layer.draw((batch, 1, 1, 1), low, low + width)
        for low, width in ((-0.5, 1.0), (0.0, 2.0), (0.5, 1.0))
    )
    images = images + brightness
    grey = ops.mean(images, axis=3, keepdims=True)
    images = (images - grey) * saturation + grey
    mean = ops.mean(images, axis=(1, 2, 3), keepdims=True)
    return (images - mean) * contrast + mean


def _translation(layer, images):
    batch, height, width, _ = ops.shape(images)
    rows, columns = (
        _along(size, axis)
        + layer.draw_integers((batch, 1, 1), -_share(size), _share(size))
        for axis, size in ((1, height), (2, width))
    )
    inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    picked = pixels_at(images, rows, columns)
    return ops.where(inside[..., None], picked, ops.zeros_like(picked))


def _cutout(layer, images):
    batch, height, width, _ = ops.shape(images)
    hole = True
    for axis, size in ((1, height), (2, width)):
        length = int(size * _HOLE + 0.5)
        # The hole's middle may lie at the border.
        middle = layer.draw_integers((batch, 1, 1), 0, size - length % 2)
        start = middle - length // 2
        along = _along(size, axis)
        hole = (along >= start) & (along < start + length) & hole
    return ops.where(hole[..., None], ops.zeros_like(images), images)


def _share(size):
    return int(size * _SHIFT + 0.5)


def _along(size, axis):
    """Indices of pixels along the height (axis 1) or the width (axis 2)."""
    shape = (1, -1, 1) if axis == 1 else (1, 1, -1)
    return ops.reshape(ops.arange(size, dtype="int32"), shape)


_TRANSFORMS = {"color": _color, "translation": _translation, "cutout": _cutout}
