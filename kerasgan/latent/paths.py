"""Lines, arcs, averages and grids of latents: NumPy in, NumPy out."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kerasgan.checks import Argument, check_positive_int, number


def interpolate(
    start: ArrayLike, end: ArrayLike, *, steps: int = 8, method: str = "spherical"
) -> NDArray:
    """Latents from one to another, both ends among them.

    Args:
        start: (latent_dim,).
        end: the same.
        steps: how many latents, at least 2. Defaults to 8.
        method: `"linear"`, or `"spherical"`, which keeps to the lengths that normal
            latents have: a straight line between two passes nearer to 0 than almost any
            latent lies. Defaults to `"spherical"`.

    Returns:
        A float32 array (steps, latent_dim).

    Raises:
        ValueError: for latents of other shapes, another method, or `steps` below 2.

    Source: Shoemake 1985, "Animating rotation with quaternion curves", for arcs;
    White 2016 (arXiv:1609.04468), section 2.1, for latents. As there, latents of
    different lengths are not made equal first.
    """
    start, end = np.asarray(start, "float64"), np.asarray(end, "float64")
    if start.ndim != 1 or start.shape != end.shape:
        raise ValueError(
            "`start` and `end` must be two latents (latent_dim,). Received: shapes "
            f"{start.shape} and {end.shape}."
        )
    if method not in _METHODS:
        raise ValueError(
            f"`method` must be one of {', '.join(_METHODS)}. Received: {method!r}."
        )
    check_positive_int("steps", steps, minimum=2)
    shares = np.linspace(0.0, 1.0, steps)[:, None]
    return _METHODS[method](start, end, shares).astype("float32")


def _linear(start, end, shares):
    return (1 - shares) * start + shares * end


def _spherical(start, end, shares):
    lengths = np.linalg.norm(start) * np.linalg.norm(end)
    cosine = np.clip(np.dot(start, end) / lengths, -1.0, 1.0) if lengths else 1.0
    angle = np.arccos(cosine)
    # Along one line the arc is a line; between opposites there is no one arc.
    if np.sin(angle) < 1e-6:
        return _linear(start, end, shares)
    first = np.sin((1 - shares) * angle) * start
    return (first + np.sin(shares * angle) * end) / np.sin(angle)


_METHODS = {"linear": _linear, "spherical": _spherical}


def path(
    latents: ArrayLike,
    *,
    steps: int = 8,
    method: str = "spherical",
    closed: bool = False,
) -> NDArray:
    """Latents from each to the next.

    Args:
        latents: (n, latent_dim), n at least 2.
        steps: latents from one to the next, the first of the two among them; at least
            1. Defaults to 8.
        method: as for `interpolate`.
        closed: whether to go on from the last to the first. Defaults to `False`.

    Returns:
        A float32 array ((n - 1) * steps + 1, latent_dim), or closed (n * steps,
        latent_dim), without the first once more.

    Raises:
        ValueError: as `interpolate`.
    """
    points = _latents(latents, minimum=2)
    check_positive_int("steps", steps)
    ends = np.concatenate([points, points[:1]]) if closed else points
    legs = [
        interpolate(start, end, steps=steps + 1, method=method)[:-1]
        for start, end in zip(ends, ends[1:])
    ]
    return np.concatenate(legs if closed else [*legs, ends[-1:]])


def truncate(
    latents: ArrayLike, truncation_psi: float = 0.7, *, mean: ArrayLike = 0.0
) -> NDArray:
    """Latents nearer to their mean: `mean + truncation_psi * (latents - mean)`.

    Args:
        latents: (n, latent_dim).
        truncation_psi: from 0, the mean alone, to 1, the latents as they are. Defaults
            to 0.7.
        mean: (latent_dim,) or a number. Defaults to 0.

    Returns:
        A float32 array (n, latent_dim).

    Source: Karras et al. 2019 (StyleGAN, arXiv:1812.04948), appendix B, there on
    the mapped latents.
    """
    psi = number(0, 1)(truncation_psi, Argument("truncation_psi"))
    latents, mean = _latents(latents), np.asarray(mean, "float32")
    return mean + np.float32(psi) * (latents - mean)


def truncated_normal(
    n: int, latent_dim: int, *, threshold: float = 1.0, seed: int | None = None
) -> NDArray:
    """Normal latents of which each number beyond a threshold is drawn again.

    Args:
        n: how many, at least 1.
        latent_dim: size of one.
        threshold: above 0; the smaller, the better and the more alike are the images.
            Defaults to 1.
        seed: int for the same ones each time. Defaults to new ones.

    Returns:
        A float32 array (n, latent_dim), within the threshold.

    Source: Brock et al. 2019 (BigGAN, arXiv:1809.11096), section 3.1.
    """
    check_positive_int("n", n)
    check_positive_int("latent_dim", latent_dim)
    number(0, 100, above=True)(threshold, Argument("threshold"))
    generator = np.random.default_rng(seed)
    latents = generator.standard_normal((n, latent_dim))
    while (beyond := np.abs(latents) > threshold).any():
        latents[beyond] = generator.standard_normal(beyond.sum())
    return latents.astype("float32")


def combine(plus: Sequence[ArrayLike], minus: Sequence[ArrayLike] = ()) -> NDArray:
    """Arithmetic on averaged latents: smiling woman - woman + man.

    Args:
        plus: groups of latents (n, latent_dim), at least one group; the mean of each
            is added. A mean of about three is less noisy than one latent.
        minus: groups whose means are subtracted. Defaults to none.

    Returns:
        A float32 array (latent_dim,).

    Raises:
        ValueError: if there is no group in `plus`.

    Source: Radford et al. 2015 (DCGAN, arXiv:1511.06434), section 6.3.2.
    """
    if len(plus) == 0:
        raise ValueError(
            "`plus` must hold at least one group of latents. Received: none."
        )
    total = sum(_latents(group).mean(axis=0) for group in plus)
    return total - sum(_latents(group).mean(axis=0) for group in minus)


def traversal(
    latent: ArrayLike, dimensions: Sequence[int], values: ArrayLike = (-2, -1, 0, 1, 2)
) -> NDArray:
    """Copies of a latent with one number changed in each: a grid.

    Args:
        latent: (latent_dim,).
        dimensions: which numbers, a row of the grid each.
        values: what they become, a column each. Defaults to -2, -1, 0, 1 and 2.

    Returns:
        A float32 array (len(dimensions) * len(values), latent_dim), row by row.

    Raises:
        ValueError: for a latent of another shape, or a dimension it has not.
    """
    latent, values = np.asarray(latent, "float32"), np.asarray(values, "float32")
    if latent.ndim != 1:
        raise ValueError(
            f"`latent` must be one latent (latent_dim,). Received: {latent.shape}."
        )
    wrong = [d for d in dimensions if not 0 <= d < len(latent)]
    if wrong or len(dimensions) == 0:
        raise ValueError(
            f"`dimensions` must be some of 0 to {len(latent) - 1}. "
            f"Received: {list(dimensions)}."
        )
    grid = np.tile(latent, (len(dimensions), len(values), 1))
    for row, dimension in enumerate(dimensions):
        grid[row, :, dimension] = values
    return grid.reshape(-1, len(latent))


def _latents(latents, minimum=1):
    latents = np.asarray(latents, "float32")
    if latents.ndim != 2 or len(latents) < minimum:
        raise ValueError(
            f"`latents` must be at least {minimum} latents (n, latent_dim). Received: "
            f"shape {latents.shape}."
        )
    return latents
