"""Random flips, shifts and turns of image batches, as a model of layers.

Keras's own layers are not used. `RandomTranslation` and `RandomRotation` do not
compile under XLA on TensorFlow, loop over the images on torch, blur by fractions of a
pixel, and what they call "reflect" repeats the edge pixel on two backends and not on
the third. `RandomCrop` draws one crop for the whole batch. `RandomFlip` flips when it
is not told whether it trains.
"""

import math
import numbers

import keras
import numpy as np
from keras import ops

from kerasgan.augment.random_layer import RandomLayer, pixels_at


def augmentation(*, horizontal_flip=False, crop_padding=0, rotation=0.0, seed=None):
    """Builds a model that augments each image of a batch differently.

    Call it as `model(images, training=True)` in a train step; without that it returns
    the images unchanged. All its random state is in its `variables`. The
    layers compute in float32 whatever the global dtype policy is.

    Args:
        horizontal_flip: Whether to mirror each image left to right with probability
            one half. Defaults to False.
        crop_padding: Pixels of reflected border that are put around each image
            before a random crop of its former size is taken; an integer of at least
            0, and less than the height and the width. Defaults to 0.
        rotation: Largest angle, as a fraction of a full turn, in [0, 0.5]. Each image
            is rotated about its centre by an angle drawn uniformly between minus and
            plus this, interpolated bilinearly and reflected at the borders. Defaults
            to 0.0.
        seed: Non-negative integer, or None for a random one. Defaults to None.

    Returns:
        A `keras.Sequential` named "augmentation", from float images of shape (batch,
        height, width, channels) in [-1, 1] to the same, which can be saved as any
        Keras model. It is built by its first call.

    Raises:
        ValueError: If an argument is out of range, or none asks for anything; and in
            the first call, if `crop_padding` is not less than the images' sides.

    Example:

    >>> augment = kerasgan.augment.augmentation(horizontal_flip=True, crop_padding=4)
    >>> augmented = augment(images, training=True)
    """
    _check_arguments(horizontal_flip, crop_padding, rotation, seed)
    seeds = [None, None, None]
    if seed is not None:
        # One seed for all layers would tie the flip to the shift, and neighbouring
        # ones overlap on torch, where Keras adds a counter to the seed.
        seeds = [int(s) for s in np.random.SeedSequence(seed).generate_state(3) >> 1]
    layers = []
    if horizontal_flip:
        layers.append(RandomMirror(seed=seeds[0], dtype="float32"))
    if crop_padding:
        layers.append(RandomShift(crop_padding, seed=seeds[1], dtype="float32"))
    if rotation:
        layers.append(RandomTurn(rotation, seed=seeds[2], dtype="float32"))
    model = keras.Sequential(layers, name="augmentation")
    # Under a mixed policy Keras casts the images of a Sequential's first call down.
    model.dtype_policy = keras.DTypePolicy("float32")
    return model


def _check_arguments(horizontal_flip, crop_padding, rotation, seed):
    if horizontal_flip not in (True, False):
        raise ValueError(
            "`horizontal_flip` must be True or False. "
            f"Received: horizontal_flip={horizontal_flip!r}"
        )
    _check_crop_padding(crop_padding)
    _check_rotation(rotation)
    if seed is not None and not (_is_integer(seed) and seed >= 0):
        raise ValueError(
            f"`seed` must be None or an integer of at least 0. Received: seed={seed!r}"
        )
    if not (horizontal_flip or crop_padding or rotation):
        raise ValueError(
            "There is nothing to augment. Set `horizontal_flip` to True, "
            "`crop_padding` to at least 1 or `rotation` to more than 0, or use no "
            f"augmentation. Received: horizontal_flip={horizontal_flip}, "
            f"crop_padding={crop_padding}, rotation={rotation}"
        )


def _is_integer(value):
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)


def _check_crop_padding(crop_padding):
    if not (_is_integer(crop_padding) and crop_padding >= 0):
        raise ValueError(
            "`crop_padding` must be an integer number of pixels of at least 0. "
            f"Received: crop_padding={crop_padding!r}"
        )


def _check_rotation(rotation):
    is_number = isinstance(rotation, numbers.Real) and not isinstance(rotation, bool)
    if not (is_number and 0 <= rotation <= 0.5):
        raise ValueError(
            "`rotation` must be a fraction of a full turn in [0, 0.5], such as 0.03 "
            f"for 11 degrees. Received: rotation={rotation!r}"
        )


@keras.saving.register_keras_serializable(package="kerasgan")
class RandomMirror(RandomLayer):
    """Mirrors each image left to right with probability one half.

    Args:
        seed: Integer, or None for a random one. Defaults to None.
        **kwargs: Arguments of `keras.layers.Layer`.
    """

    def augment(self, images):
        mirrored = self.draw((ops.shape(images)[0], 1, 1, 1), 0.0, 1.0) < 0.5
        return ops.where(mirrored, ops.flip(images, axis=2), images)


@keras.saving.register_keras_serializable(package="kerasgan")
class RandomShift(RandomLayer):
    """Shifts each image by whole pixels: reflecting padding, then a random crop.

    Args:
        crop_padding: Largest shift in pixels, an integer of at least 0 and less than
            the height and the width. Rows and columns are each shifted by an amount
            drawn uniformly from -crop_padding to crop_padding.
        seed: Integer, or None for a random one. Defaults to None.
        **kwargs: Arguments of `keras.layers.Layer`.
    """

    def __init__(self, crop_padding, *, seed=None, **kwargs):
        _check_crop_padding(crop_padding)
        super().__init__(seed=seed, **kwargs)
        self.crop_padding = int(crop_padding)

    def build(self, input_shape):
        sides = [side for side in input_shape[1:3] if side is not None]
        if any(self.crop_padding >= side for side in sides):
            raise ValueError(
                "`crop_padding` must be less than the height and the width of the "
                f"images. Received: crop_padding={self.crop_padding}, images of shape "
                f"{tuple(input_shape)}"
            )

    def augment(self, images):
        batch, height, width, _ = ops.shape(images)
        largest = self.crop_padding
        shift = self.draw_integers((batch, 2, 1, 1), -largest, largest)
        rows = ops.arange(height, dtype="int32")[None, :, None] + shift[:, 0]
        columns = ops.arange(width, dtype="int32")[None, None, :] + shift[:, 1]
        return pixels_at(images, rows, columns)

    def get_config(self):
        return {**super().get_config(), "crop_padding": self.crop_padding}


@keras.saving.register_keras_serializable(package="kerasgan")
class RandomTurn(RandomLayer):
    """Rotates each image about its centre, bilinearly, and reflects at the borders.

    Args:
        rotation: Largest angle as a fraction of a full turn, in [0, 0.5]. The angle
            is drawn uniformly between minus and plus this.
        seed: Integer, or None for a random one. Defaults to None.
        **kwargs: Arguments of `keras.layers.Layer`.
    """

    def __init__(self, rotation, *, seed=None, **kwargs):
        _check_rotation(rotation)
        super().__init__(seed=seed, **kwargs)
        self.rotation = float(rotation)

    def augment(self, images):
        largest = 2 * math.pi * self.rotation
        return _rotate(
            images, self.draw((ops.shape(images)[0], 1, 1), -largest, largest)
        )

    def get_config(self):
        return {**super().get_config(), "rotation": self.rotation}


def _rotate(images, angle):
    """Rotates images (b, h, w, c) clockwise by angles (b, 1, 1) in radians."""
    _, height, width, _ = ops.shape(images)
    centre_y, centre_x = (height - 1) / 2, (width - 1) / 2
    y = ops.arange(height, dtype="float32")[None, :, None] - centre_y
    x = ops.arange(width, dtype="float32")[None, None, :] - centre_x
    source_y = centre_y + y * ops.cos(angle) - x * ops.sin(angle)
    source_x = centre_x + y * ops.sin(angle) + x * ops.cos(angle)
    top, left = ops.floor(source_y), ops.floor(source_x)
    down, right = (source_y - top)[..., None], (source_x - left)[..., None]
    top, left = ops.cast(top, "int32"), ops.cast(left, "int32")
    down, right = ops.cast(down, images.dtype), ops.cast(right, images.dtype)
    upper = (1 - right) * pixels_at(images, top, left) + right * pixels_at(
        images, top, left + 1
    )
    lower = (1 - right) * pixels_at(images, top + 1, left) + right * pixels_at(
        images, top + 1, left + 1
    )
    # The weights sum to one only up to rounding.
    return ops.clip((1 - down) * upper + down * lower, -1.0, 1.0)
