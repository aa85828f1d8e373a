"""Figures that count neighbours among features, in blocks of rows."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kerasgan.metrics.features import (
    BLOCK_SIZE,
    check_neighbours,
    check_pair,
    distance_blocks,
    squared_radii,
)


class PrecisionRecall(NamedTuple):
    """Shares in [0, 1].

    Attributes:
        precision: of fake images that lie where real ones do.
        recall: of real images that lie where fake ones do.
    """

    precision: float
    recall: float


class DensityCoverage(NamedTuple):
    """What `density_coverage` returns.

    Attributes:
        density: mean number of real neighbourhoods around a fake image, over k; at
            least 0, and 1 is expected for equal distributions.
        coverage: share of real images with a fake one in their neighbourhood, in
            [0, 1].
    """

    density: float
    coverage: float


class Neighbours(NamedTuple):
    """What `nearest_neighbours` returns.

    Attributes:
        indices: int64 (n, k), rows of the reference, nearest first.
        distances: float64 (n, k), Euclidean.
    """

    indices: NDArray
    distances: NDArray


def precision_recall(
    real_features: ArrayLike,
    fake_features: ArrayLike,
    *,
    k: int = 3,
    block_size: int = BLOCK_SIZE,
) -> PrecisionRecall:
    """How much of the fakes is realistic, and how much of the real they reach.

    A set's manifold is the union of balls around its features, each as large as the
    distance to the k-th nearest other.

    Args:
        real_features: (n, width), n greater than `k`.
        fake_features: (m, width), m greater than `k`. The published figures take
            n = m.
        k: neighbours that size a ball, at least 1. Defaults to 3.
        block_size: rows whose distances are held at a time. Defaults to 1000, which
            takes 80 MB an array for 10,000 others.

    Returns:
        `PrecisionRecall(precision, recall)`.

    Raises:
        ValueError: as for `frechet_distance`, and if `k` is out of range.

    Source: Kynkaanniemi et al. 2019, "Improved Precision and Recall Metric for
    Assessing Generative Models" (arXiv:1904.06991), equations 1 and 2.
    """
    real, fake = check_pair(real_features, fake_features)
    check_neighbours(k, len(real), "real_features")
    check_neighbours(k, len(fake), "fake_features")
    return PrecisionRecall(
        precision=_share_inside(fake, real, k=k, block_size=block_size),
        recall=_share_inside(real, fake, k=k, block_size=block_size),
    )


def _share_inside(features: NDArray, balls: NDArray, *, k: int, block_size: int):
    radii = squared_radii(balls, k=k, block_size=block_size)
    inside = 0
    for _, distances in distance_blocks(features, balls, block_size=block_size):
        inside += int((distances <= radii).any(axis=1).sum())
    return inside / len(features)


def density_coverage(
    real_features: ArrayLike,
    fake_features: ArrayLike,
    *,
    k: int = 5,
    block_size: int = BLOCK_SIZE,
) -> DensityCoverage:
    """As `precision_recall`, less moved by single outliers.

    Both figures are by balls around the real features: fakes far from all others do
    not inflate a manifold.

    Args:
        real_features: (n, width), n greater than `k`.
        fake_features: (m, width), m at least 2.
        k: neighbours that size a ball, at least 1. Defaults to 5, the paper's.
        block_size: rows whose distances are held at a time. Defaults to 1000.

    Returns:
        `DensityCoverage(density, coverage)`. For equal distributions the expected
        density is 1, and the expected coverage, for n = m, near 1 - 0.5^k.

    Raises:
        ValueError: as for `precision_recall`.

    Source: Naeem et al. 2020, "Reliable Fidelity and Diversity Metrics for Generative
    Models" (arXiv:2002.09797), sections 3.1 and 3.2. Deviation: as in precision and
    recall, an image at a ball's rim is inside.
    """
    real, fake = check_pair(real_features, fake_features)
    check_neighbours(k, len(real), "real_features")
    radii = squared_radii(real, k=k, block_size=block_size)
    covered, pairs = 0, 0
    for block, distances in distance_blocks(real, fake, block_size=block_size):
        inside = distances <= radii[block, None]
        covered += int(inside.any(axis=1).sum())
        pairs += int(inside.sum())
    return DensityCoverage(pairs / (k * len(fake)), covered / len(real))


def nearest_neighbours(
    fake_features: ArrayLike,
    real_features: ArrayLike,
    *,
    k: int = 1,
    block_size: int = BLOCK_SIZE,
) -> Neighbours:
    """The real images nearest to each fake one: does the generator copy?

    Args:
        fake_features: (n, width), n at least 1.
        real_features: (m, width), those of the training images, m at least `k`.
        k: neighbours for each, at least 1. Defaults to 1.
        block_size: rows whose distances are held at a time. Defaults to 1000.

    Returns:
        `Neighbours(indices, distances)`, nearest first.

    Raises:
        ValueError: as for `frechet_distance`, and if `k` is out of range.

    Source: the usual check of memorisation, for example Brock et al. 2019
    (arXiv:1809.11096), appendix.
    """
    real, fake = check_pair(real_features, fake_features, minimum=1)
    check_neighbours(k, len(real) + 1, "real_features")
    indices = np.empty((len(fake), k), "int64")
    nearest = np.empty((len(fake), k))
    for block, distances in distance_blocks(fake, real, block_size=block_size):
        found = np.argpartition(distances, k - 1, axis=1)[:, :k]
        values = np.take_along_axis(distances, found, axis=1)
        order = np.argsort(values, axis=1, kind="stable")
        indices[block] = np.take_along_axis(found, order, axis=1)
        nearest[block] = np.take_along_axis(values, order, axis=1)
    return Neighbours(indices, np.sqrt(nearest))
