"""Images of latents: strips, grids and animations."""

import os
import pathlib

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kerasgan.animations import check_animation_path, save_animation
from kerasgan.checks import check_positive_int
from kerasgan.gan import GAN
from kerasgan.images import make_grid, save_grid
from kerasgan.latent.generating import images_of
from kerasgan.latent.paths import path as latent_path
from kerasgan.latent.paths import traversal


def save_interpolation(
    gan: GAN,
    path: str | os.PathLike,
    latents: ArrayLike | None = None,
    *,
    label: int | None = None,
    n: int = 4,
    seed: int | None = None,
    steps: int = 16,
    columns: int = 12,
    method: str = "spherical",
    closed: bool = True,
    zoom: int = 2,
    frame_seconds: float = 0.08,
) -> tuple[pathlib.Path, pathlib.Path]:
    """Writes a walk through latents as a strip and as an animation.

    Args:
        gan: a `GAN`.
        path: of the animation, `.gif` or `.webp`; the strip is the `.png` beside it.
        latents: (n, latent_dim) to pass. Defaults to `n` drawn ones.
        label: the class of all images, for a GAN with classes. Defaults to 0.
        n: latents to draw, at least 2. Defaults to 4.
        seed: int for the same ones each time. Defaults to new ones.
        steps: images from one latent to the next. Defaults to 16.
        columns: images in the strip, spread over the walk. Defaults to 12.
        method: as for `interpolate`. Defaults to `"spherical"`.
        closed: whether the walk comes back to its beginning. Defaults to `True`.
        zoom: whole-number enlargement. Defaults to 2.
        frame_seconds: how long an image stays. Defaults to 0.08.

    Returns:
        `(animation, strip)`, the two paths.

    Raises:
        ValueError: if an argument is out of its range.
    """
    path = check_animation_path(path)
    check_positive_int("columns", columns)
    check_positive_int("zoom", zoom)
    if latents is None:
        check_positive_int("n", n, minimum=2)
        drawn = np.random.default_rng(seed)
        latents = drawn.standard_normal((n, gan.latent_dim), "float32")
    walk = latent_path(latents, steps=steps, method=method, closed=closed)
    images = images_of(gan, walk, _one_class(gan, label))
    chosen = np.unique(np.rint(np.linspace(0, len(images) - 1, columns)).astype(int))
    strip = path.with_suffix(".png")
    save_grid(images[chosen], strip, columns=len(chosen), zoom=zoom)
    frames = images.repeat(zoom, axis=1).repeat(zoom, axis=2)
    save_animation(
        list(frames), path, frame_seconds=frame_seconds, last_seconds=frame_seconds
    )
    return path, strip


def save_traversal(
    gan: GAN,
    path: str | os.PathLike,
    latent: ArrayLike,
    dimensions: list[int],
    *,
    values: ArrayLike = (-2, -1, 0, 1, 2),
    label: int | None = None,
    zoom: int = 2,
) -> NDArray:
    """Writes the grid of `traversal`, a row for each dimension.

    Args:
        gan: a `GAN`.
        path: where to; the suffix picks the format.
        latent, dimensions, values: as for `traversal`.
        label: the class of all images, for a GAN with classes. Defaults to 0.
        zoom: whole-number enlargement. Defaults to 2.

    Returns:
        The grid, a uint8 array (height, width, channels) before the enlargement.
    """
    latents = traversal(latent, dimensions, values)
    images = images_of(gan, latents, _one_class(gan, label))
    columns = len(np.asarray(values))
    save_grid(images, path, columns=columns, zoom=zoom)
    return make_grid(images, columns=columns)


def _one_class(gan, label):
    # All classes in turn would change what is shown from one image to the next.
    return 0 if label is None and gan.num_classes is not None else label
