"""Pictures of what the metrics find."""

import os

import numpy as np
from numpy.typing import ArrayLike

from kerasgan.images import save_grid


def save_nearest_neighbours(
    fake_images: ArrayLike,
    real_images: ArrayLike,
    indices: ArrayLike,
    path: str | os.PathLike,
    *,
    zoom: int = 2,
) -> str | os.PathLike:
    """Writes each fake image beside the real ones that are nearest to it.

    Args:
        fake_images: uint8 (n, height, width, channels), channels 1 or 3.
        real_images: uint8 (m, height, width, channels), of the same size.
        indices: whole numbers (n, k) from 0 to m - 1, as `nearest_neighbours` gives.
        path: where to write; the suffix picks the format (`.png`).
        zoom: whole-number enlargement. Defaults to 2.

    Returns:
        The path. A row of the picture is a fake image, then its neighbours, nearest
        first.

    Raises:
        ValueError: if the arrays do not fit together, or there are no images.

    Example:

    >>> fakes = gan.generate(10, seed=0)
    >>> found = nearest_neighbours(extractor(fakes).features, training_features, k=7)
    >>> save_nearest_neighbours(fakes, images, found.indices, "neighbours.png")
    """
    fake_images, real_images = np.asarray(fake_images), np.asarray(real_images)
    indices = np.asarray(indices)
    if fake_images.shape[1:] != real_images.shape[1:]:
        raise ValueError(
            "`fake_images` and `real_images` must be of one size. Received: "
            f"{fake_images.shape[1:]} and {real_images.shape[1:]}."
        )
    rows = indices.ndim == 2 and len(indices) == len(fake_images) > 0
    if not rows or indices.dtype.kind not in "iu":
        raise ValueError(
            "`indices` must be whole numbers (n, k), a row for each fake image. "
            f"Received: shape={indices.shape}, dtype={indices.dtype} for "
            f"{len(fake_images)} images."
        )
    if indices.min() < 0 or indices.max() >= len(real_images):
        raise ValueError(
            f"`indices` must lie from 0 to {len(real_images) - 1}. Received: from "
            f"{indices.min()} to {indices.max()}. Give the real images whose features "
            "were searched, in the same order."
        )
    pictures = np.concatenate([fake_images[:, None], real_images[indices]], axis=1)
    pictures = pictures.reshape(-1, *fake_images.shape[1:])
    return save_grid(pictures, path, columns=indices.shape[1] + 1, zoom=zoom)
