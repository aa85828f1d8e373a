"""Gaussians on a ring and on a grid, and how well samples cover them."""

import dataclasses

import numpy as np

SPREAD = 0.02
# A sample is good within so many spreads of a centre, and a mode covered that has so
# many of all samples.
NEAR, LEAST_SHARE = 3.0, 0.01


@dataclasses.dataclass(frozen=True)
class Toy:
    """A mixture of equal Gaussians.

    Args:
        centres: float32 array (modes, 2) in [-1, 1].
        classes: int array (modes,): the label of each mode.
    """

    centres: np.ndarray
    classes: np.ndarray

    @property
    def num_classes(self):
        return int(self.classes.max()) + 1

    def draw(self, n, seed):
        """Points as images (n, 1, 1, 2), and their labels (n,)."""
        rng = np.random.default_rng(seed)
        modes = rng.integers(0, len(self.centres), n)
        points = self.centres[modes] + SPREAD * rng.standard_normal((n, 2))
        points = np.clip(points, -1.0, 1.0).astype("float32")
        return points.reshape(n, 1, 1, 2), self.classes[modes].astype("int32")


def ring(modes=8, radius=0.7):
    """Centres on a circle, each a class of its own."""
    numbers = np.arange(modes)
    angles = 2 * np.pi * numbers / modes
    centres = radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return Toy(centres.astype("float32"), numbers)


def grid(side=5, reach=0.8):
    """Centres on a square grid, each a class of its own."""
    ticks = np.linspace(-reach, reach, side)
    rows, columns = np.meshgrid(np.arange(side), np.arange(side), indexing="ij")
    centres = np.stack([ticks[columns.ravel()], ticks[rows.ravel()]], axis=1)
    return Toy(centres.astype("float32"), np.arange(side**2))


TOYS = {"ring": ring(), "grid": grid()}


def coverage(points, centres):
    """What samples cover.

    Args:
        points: float array (n, 2).
        centres: float array (modes, 2).

    Returns:
        `(covered, good)`: the number of centres with at least `LEAST_SHARE` of the
        points within `NEAR` spreads, and the share of points so near to any.
    """
    distances = np.linalg.norm(points[:, None] - centres[None], axis=-1)
    near = distances.min(axis=1) <= NEAR * SPREAD
    counts = np.bincount(distances.argmin(axis=1)[near], minlength=len(centres))
    return int((counts >= LEAST_SHARE * len(points)).sum()), float(near.mean())
