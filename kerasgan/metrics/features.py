"""Checks of feature arrays, and distances between their rows in blocks."""

import warnings
from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

BLOCK_SIZE = 1000
# Below this share of the squared lengths a squared distance is rounding: equal rows
# must be at distance zero.
_ROUNDING = 1e-13


def check_features(name: str, features: ArrayLike, *, minimum: int = 2) -> NDArray:
    """The features in float64, if they are an array of finite numbers (n, width).

    Args:
        name: what errors call the array.
        features: (n, width), n at least `minimum`.
        minimum: fewest rows. Defaults to 2.

    Returns:
        A float64 array (n, width).

    Raises:
        ValueError: if the shape, the number of rows or a value is not allowed.
    """
    features = np.asarray(features)
    if features.ndim != 2 or features.shape[1] == 0:
        raise ValueError(
            f"`{name}` must be an array (n, width), one row for each image. Received: "
            f"shape={features.shape}. Flatten or average other axes first."
        )
    if len(features) < minimum:
        raise ValueError(
            f"`{name}` must have at least {minimum} rows. Received: "
            f"{len(features)}. Take the features of more images."
        )
    if features.dtype.kind not in "fiub" and features.dtype.name != "bfloat16":
        raise ValueError(
            f"`{name}` must hold real numbers. Received: dtype={features.dtype}."
        )
    features = features.astype("float64")
    wrong = ~np.isfinite(features).all(axis=1)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise ValueError(
            f"`{name}` must hold finite numbers. Received: NaN or infinity in "
            f"{int(wrong.sum())} of {len(features)} rows, the first is row {row}. Look "
            f"at image {row}: a generator that diverged gives such images."
        )
    return features


def check_pair(real_features: ArrayLike, fake_features: ArrayLike, *, minimum: int = 2):
    """Both in float64, if they are finite and equally wide."""
    real = check_features("real_features", real_features, minimum=minimum)
    fake = check_features("fake_features", fake_features, minimum=minimum)
    if real.shape[1] != fake.shape[1]:
        raise ValueError(
            "`real_features` and `fake_features` must be equally wide. Received: "
            f"{real.shape[1]} and {fake.shape[1]} features. Take both from one "
            "extractor."
        )
    return real, fake


def warn_if_few(real: NDArray, fake: NDArray) -> None:
    """Warns if a covariance of these features cannot have full rank."""
    width = real.shape[1]
    n = min(len(real), len(fake))
    if n <= width:
        warnings.warn(
            f"{n} images are too few for {width} features: the covariance is singular "
            "and the Frechet distance far too large. Take at least "
            f"{width + 1}, better {10 * width}, real and fake images.",
            UserWarning,
            stacklevel=3,
        )


def check_neighbours(k: int, n: int, name: str) -> None:
    """Raises unless every one of `n` rows has `k` others."""
    if isinstance(k, bool) or not isinstance(k, int | np.integer) or k < 1:
        raise ValueError(f"`k` must be a whole number, at least 1. Received: k={k!r}.")
    if k >= n:
        raise ValueError(
            f"`k` must be smaller than the number of rows of `{name}`. Received: "
            f"k={k} for {n} rows. Take more images, or fewer neighbours."
        )


def distance_blocks(
    rows: NDArray, columns: NDArray, *, block_size: int = BLOCK_SIZE
) -> Iterator[tuple[slice, NDArray]]:
    """Squared Euclidean distances of some rows at a time to all of `columns`.

    Args:
        rows, columns: float64 arrays (n, width) and (m, width).
        block_size: rows at a time. Defaults to 1000.

    Yields:
        `(slice, distances)`: which rows, and a new array (block, m).
    """
    # Around zero, less cancels in |a|^2 + |b|^2 - 2ab.
    center = columns.mean(axis=0)
    rows, columns = rows - center, columns - center
    row_squares, column_squares = ((x * x).sum(axis=1) for x in (rows, columns))
    for start in range(0, len(rows), block_size):
        block = slice(start, start + block_size)
        scale = row_squares[block, None] + column_squares
        distances = scale - 2.0 * (rows[block] @ columns.T)
        distances[distances < _ROUNDING * scale] = 0.0
        yield block, distances


def squared_radii(features: NDArray, *, k: int, block_size: int) -> NDArray:
    """Squared distance of each row to its k-th nearest other row."""
    radii = np.empty(len(features))
    for block, distances in distance_blocks(features, features, block_size=block_size):
        # The row itself is not its own neighbour, a duplicate of it is.
        index = np.arange(len(distances))
        distances[index, index + block.start] = np.inf
        distances.partition(k - 1, axis=1)
        radii[block] = distances[:, k - 1]
    return radii
