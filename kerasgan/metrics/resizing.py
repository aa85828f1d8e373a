"""Resizing that is the same on each backend: antialiased bicubic, as Pillow's."""

import functools

import numpy as np
from numpy.typing import NDArray

_SUPPORT = 2.0
_A = -0.5


def resize_bicubic(images: NDArray, size: tuple[int, int]) -> NDArray:
    """Resizes with a bicubic filter as wide as the pixels of the smaller grid.

    Without that width a smaller picture aliases, and distances between features
    change by more than generators differ.

    Args:
        images: float (n, height, width, channels), any range.
        size: (height, width) to resize to.

    Returns:
        A float32 array (n, *size, channels), not clipped.

    Source: Keys 1981, "Cubic convolution interpolation for digital image processing",
    with a = -0.5. Its use in scores: Parmar et al. 2022, "On Aliased Resizing and
    Surprising Subtleties in GAN Evaluation" (arXiv:2104.11222).
    """
    n, height, width, channels = images.shape
    if (height, width) == tuple(size):
        return images.astype("float32")
    rows = _weights(height, size[0])
    columns = _weights(width, size[1])
    resized = np.tensordot(columns, images.astype("float32"), axes=(1, 2))
    resized = np.tensordot(rows, resized, axes=(1, 2))
    return np.ascontiguousarray(resized.transpose(2, 0, 1, 3))


@functools.lru_cache(maxsize=16)
def _weights(old: int, new: int) -> NDArray:
    """(new, old): what each old pixel gives to each new one."""
    scale = old / new
    filter_scale = max(scale, 1.0)
    centers = (np.arange(new) + 0.5) * scale
    x = np.abs((np.arange(old) + 0.5 - centers[:, None]) / filter_scale)
    weights = np.where(x < 1, _inner(x), np.where(x < _SUPPORT, _outer(x), 0.0))
    return (weights / weights.sum(axis=1, keepdims=True)).astype("float32")


def _inner(x: NDArray) -> NDArray:
    return ((_A + 2) * x - (_A + 3)) * x * x + 1


def _outer(x: NDArray) -> NDArray:
    return (((x - 5) * x + 8) * x - 4) * _A
