"""Distances between distributions of features."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kerasgan.metrics.features import check_pair, warn_if_few

_SUBSET_SIZE = 1000


class Estimate(NamedTuple):
    """A figure and how much it varies.

    Attributes:
        value: the mean over subsets or splits.
        spread: their standard deviation.
    """

    value: float
    spread: float


def frechet_distance(real_features: ArrayLike, fake_features: ArrayLike) -> float:
    """Squared Wasserstein-2 distance of the Gaussians fitted to two sets of features.

    With features of Inception's pool layer this is known as FID. It falls with the
    number of images for one and the same generator: compare equal numbers.

    Args:
        real_features: (n, width), n at least 2. A warning asks for more than `width`.
        fake_features: (m, width), likewise.

    Returns:
        A float, 0 for equal means and covariances.

    Raises:
        ValueError: if an array is not 2-D, has too few rows or a value that is not
            finite, or if the widths differ.

    Source: Heusel et al. 2017, "GANs Trained by a Two Time-Scale Update Rule"
    (arXiv:1706.08500), equation 6; covariances with n - 1, as in its code.

    Example:

    >>> kerasgan.metrics.frechet_distance([[0.0], [2.0]], [[1.0], [3.0]])
    1.0
    """
    real, fake = check_pair(real_features, fake_features)
    warn_if_few(real, fake)
    return frechet_distance_of_gaussians(
        *mean_and_covariance(real), *mean_and_covariance(fake)
    )


def mean_and_covariance(features: NDArray) -> tuple[NDArray, NDArray]:
    """Mean (width,) and unbiased covariance (width, width) of float64 features."""
    return features.mean(axis=0), np.atleast_2d(np.cov(features, rowvar=False))


def frechet_distance_of_gaussians(
    real_mean: ArrayLike,
    real_covariance: ArrayLike,
    fake_mean: ArrayLike,
    fake_covariance: ArrayLike,
) -> float:
    """As `frechet_distance`, from means (width,) and covariances (width, width).

    The trace of the square root of C1 C2 is the sum of the singular values of
    C1^1/2 C2^1/2: no square root of a matrix that is not symmetric, and eigenvalues
    that rounding made negative count as zero.

    Args:
        real_mean, fake_mean: (width,).
        real_covariance, fake_covariance: (width, width), symmetric, no eigenvalue
            below zero.

    Returns:
        A float, at least 0.

    Source: Dowson and Landau 1982, "The Frechet distance between multivariate normal
    distributions".
    """
    real_mean, fake_mean = (np.asarray(m, "float64") for m in (real_mean, fake_mean))
    real_root, fake_root = (
        _root(np.asarray(c, "float64")) for c in (real_covariance, fake_covariance)
    )
    shared = np.linalg.svd(real_root @ fake_root, compute_uv=False).sum()
    traces = np.sum(real_root**2) + np.sum(fake_root**2)
    difference = real_mean - fake_mean
    return float(max(difference @ difference + traces - 2.0 * shared, 0.0))


def _root(covariance: NDArray) -> NDArray:
    """The symmetric square root."""
    values, vectors = np.linalg.eigh(covariance)
    return (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T


def kernel_distance(
    real_features: ArrayLike,
    fake_features: ArrayLike,
    *,
    subsets: int = 100,
    subset_size: int | None = None,
    seed: int = 0,
) -> Estimate:
    """Squared maximum mean discrepancy with a polynomial kernel, over random subsets.

    With features of Inception's pool layer this is known as KID. The estimator is
    unbiased: it does not fall with the number of images, and near 0 it may be
    negative.

    Args:
        real_features: (n, width), n at least 2.
        fake_features: (m, width), likewise.
        subsets: how many pairs of subsets are drawn. Defaults to 100.
        subset_size: rows in each, from 2 to the smaller of n and m; drawn without
            replacement. Defaults to 1000, or half of the smaller set if that is less.
        seed: of the draws. Defaults to 0.

    Returns:
        `Estimate(value, spread)`: mean and standard deviation over the subsets.

    Raises:
        ValueError: as for `frechet_distance`, and if `subsets` or `subset_size` is
            out of range.

    Source: Binkowski et al. 2018, "Demystifying MMD GANs" (arXiv:1801.01401), section
    4: k(x, y) = (x.y / width + 1)^3, with the unbiased estimator of Gretton et al.
    2012, equation 3.
    """
    real, fake = check_pair(real_features, fake_features)
    subset_size = check_subsets(subsets, subset_size, min(len(real), len(fake)))
    random = np.random.default_rng(seed)
    distances = np.empty(subsets)
    for i in range(subsets):
        x = real[random.choice(len(real), subset_size, replace=False)]
        y = fake[random.choice(len(fake), subset_size, replace=False)]
        distances[i] = _squared_discrepancy(x, y)
    return Estimate(float(distances.mean()), float(distances.std()))


def check_subsets(subsets: int, subset_size: int | None, n: int) -> int:
    """The size of subsets of `n` rows."""
    if subset_size is None:
        subset_size = max(2, min(_SUBSET_SIZE, n // 2))
    if subsets < 1 or not 2 <= subset_size <= n:
        raise ValueError(
            "`subsets` must be at least 1 and `subset_size` from 2 to the number of "
            f"rows. Received: subsets={subsets}, subset_size={subset_size} for {n} "
            "rows. Take more images, or smaller subsets."
        )
    return subset_size


def _squared_discrepancy(x: NDArray, y: NDArray) -> float:
    n = len(x)
    # A kernel's value of a row with itself would bias the estimate.
    within = sum(_kernel(z, z).sum() - _kernel_of_rows(z).sum() for z in (x, y))
    return within / (n * (n - 1)) - 2.0 * _kernel(x, y).mean()


def _kernel(x: NDArray, y: NDArray) -> NDArray:
    return (x @ y.T / x.shape[1] + 1.0) ** 3


def _kernel_of_rows(x: NDArray) -> NDArray:
    return ((x * x).sum(axis=1) / x.shape[1] + 1.0) ** 3
