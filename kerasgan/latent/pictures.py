"""Images of latents: strips, grids and animations."""

import os
import pathlib

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kerasgan.animations import check_animation_path, save_animation
from kerasgan.checks import check_positive_int
from kerasgan.gan import GAN
from kerasgan.images import make_grid, save_grid, to_uint8
from kerasgan.latent.paths import path as latent_path
from kerasgan.latent.paths import traversal


def images_of(gan: GAN, latents: ArrayLike, *, batch_size: int = 64) -> NDArray:
    """The images that a GAN makes of latents.

    Args:
        gan: a `GAN`; its moving average makes them where there is one.
        latents: (n, latent_dim).
        batch_size: images at once. Defaults to 64.

    Returns:
        A uint8 array (n, height, width, channels).

    Raises:
        ValueError: for latents of another size.
    """
    latents = np.asarray(latents, "float32")
    if latents.ndim != 2 or latents.shape[1] != gan.latent_dim:
        raise ValueError(
            f"`latents` must have shape (n, {gan.latent_dim}). "
            f"Received: {latents.shape}."
        )
    check_positive_int("batch_size", batch_size)
    return to_uint8(gan.predict(latents, batch_size=batch_size, verbose=0))


def save_interpolation(
    gan: GAN,
    path: str | os.PathLike,
    latents: ArrayLike | None = None,
    *,
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
    images = images_of(gan, walk)
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
    zoom: int = 2,
) -> NDArray:
    """Writes the grid of `traversal`, a row for each dimension.

    Args:
        gan: a `GAN`.
        path: where to; the suffix picks the format.
        latent, dimensions, values: as for `traversal`.
        zoom: whole-number enlargement. Defaults to 2.

    Returns:
        The grid, a uint8 array (height, width, channels) before the enlargement.
    """
    images = images_of(gan, traversal(latent, dimensions, values))
    columns = len(np.asarray(values))
    save_grid(images, path, columns=columns, zoom=zoom)
    return make_grid(images, columns=columns)
