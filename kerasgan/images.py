"""Pictures in and out: scaling, uint8, and grids."""

import os

import keras
import numpy as np
from keras import ops

from kerasgan.files import atomic_path


def scale_images(images):
    """Images as the networks see them: float32 in [-1, 1].

    Args:
        images: (batch, height, width, channels), uint8 in [0, 255] or float
            already in [-1, 1].

    Returns:
        A float32 tensor of the same shape.
    """
    images = ops.convert_to_tensor(images)
    if keras.backend.standardize_dtype(images.dtype) == "uint8":
        return ops.cast(images, "float32") / 127.5 - 1.0
    return ops.cast(images, "float32")


def to_uint8(images):
    """Float images in [-1, 1] as a NumPy uint8 array in [0, 255]."""
    images = np.asarray(images, dtype="float32")
    return np.clip(np.rint((images + 1.0) * 127.5), 0, 255).astype("uint8")


def make_grid(images, *, columns=8, padding=2):
    """Lays images out in rows, on white.

    Args:
        images: uint8 (n, height, width, channels), channels 1 or 3.
        columns: images a row, at least 1. Defaults to 8.
        padding: pixels between images. Defaults to 2.

    Returns:
        A uint8 array (grid height, grid width, channels).

    Raises:
        ValueError: if `images` is not such an array.
    """
    images = np.asarray(images)
    if images.ndim != 4 or images.dtype != np.uint8 or images.shape[-1] not in (1, 3):
        raise ValueError(
            "A grid is made of a uint8 array (n, height, width, channels) with 1 or 3 "
            f"channels. Received: shape={images.shape}, dtype={images.dtype}. "
            "`gan.generate(n)` gives such an array."
        )
    n, height, width, channels = images.shape
    columns = min(columns, n)
    rows = -(-n // columns)
    grid = np.full(
        (
            rows * (height + padding) + padding,
            columns * (width + padding) + padding,
            channels,
        ),
        255,
        "uint8",
    )
    for i, image in enumerate(images):
        top = padding + (i // columns) * (height + padding)
        left = padding + (i % columns) * (width + padding)
        grid[top : top + height, left : left + width] = image
    return grid


def check_picture_path(path):
    """Refuses a file name whose suffix says no format that Pillow writes.

    Raises:
        ValueError: if so.
    """
    from PIL import Image

    formats = Image.registered_extensions()
    suffix = os.path.splitext(path)[1].lower()
    if formats.get(suffix) not in Image.SAVE:
        raise ValueError(
            "A picture's file name must end in the suffix of its format, such as "
            f".png, .jpg, .webp or .gif. Received: {os.fspath(path)!r}."
        )


def save_grid(images, path, *, columns=8, padding=2, zoom=1):
    """Writes images as one picture.

    Args:
        images: uint8 (n, height, width, channels), as `gan.generate` gives.
        path: where to write; the suffix picks the format (`.png`).
        columns: images a row. Defaults to 8.
        padding: pixels between images. Defaults to 2.
        zoom: whole-number enlargement. Defaults to 1.

    Returns:
        The path.

    Raises:
        ValueError: if `images` is not such an array, or the suffix no format's.
        OSError: if it cannot be written; what was there before is kept.
    """
    from PIL import Image

    check_picture_path(path)
    grid = make_grid(images, columns=columns, padding=padding)
    grid = grid.repeat(zoom, axis=0).repeat(zoom, axis=1)
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    picture = Image.fromarray(grid[..., 0] if grid.shape[-1] == 1 else grid)
    with atomic_path(path) as temporary:
        picture.save(temporary)
    return path
