"""How a GAN and its images show themselves, in a terminal and in a notebook."""

import io
import os
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from kerasgan.checks import check_positive_int
from kerasgan.images import make_grid, save_grid
from kerasgan.presets.listing import built_in_preset
from kerasgan.training.resuming import steps_taken


def summary(gan: Any, **arguments: Any) -> None:
    """Prints both networks layer by layer, then the GAN in one line.

    Args:
        **arguments: of `keras.Model.summary`: `line_length`, `positions`, `print_fn`,
            `expand_nested`, `show_trainable`, `layer_range`.
    """
    for network in (gan.generator, gan.discriminator):
        network.summary(**arguments)
    (arguments.get("print_fn") or print)(representation(gan))


def representation(gan: Any) -> str:
    """One line: class, preset, image shape, classes, parameters, steps trained."""
    facts = {
        "preset": built_in_preset(gan.preset)[0],
        "image_shape": gan.image_shape,
        "num_classes": gan.num_classes,
        "generator": _parameters(gan.generator),
        "discriminator": _parameters(gan.discriminator),
        "steps": f"{steps_taken(gan):,}",
    }
    shown = ", ".join(f"{k}={v}" for k, v in facts.items() if v is not None)
    return f"<{type(gan).__name__} {shown}>"


def _parameters(network):
    trainable = sum(int(np.prod(w.shape)) for w in network.trainable_weights)
    return f"{trainable:,} parameters"


class ImageGrid:
    """A grid of images, which a notebook shows as a picture.

    Args:
        images: uint8 (n, height, width, channels), channels 1 or 3, as `gan.generate`
            gives.
        columns: images a row, at least 1. Defaults to 8.
        zoom: whole-number enlargement. Defaults to 2.

    Raises:
        ValueError: if `images` is no such array.

    Example:

    >>> kerasgan.ImageGrid(gan.generate(64))
    """

    def __init__(self, images: ArrayLike, *, columns: int = 8, zoom: int = 2) -> None:
        self.images = np.asarray(images)
        self.columns = check_positive_int("columns", columns)
        self.zoom = check_positive_int("zoom", zoom)
        self.pixels = make_grid(self.images, columns=columns)

    def __repr__(self) -> str:
        n, height, width, _ = self.images.shape
        return f"<ImageGrid of {n} images, {height}x{width}>"

    def _repr_png_(self) -> bytes:
        from PIL import Image

        pixels = self.pixels.repeat(self.zoom, axis=0).repeat(self.zoom, axis=1)
        if pixels.shape[-1] == 1:
            pixels = pixels[..., 0]
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, format="PNG")
        return buffer.getvalue()

    def save(self, path: str | os.PathLike) -> str | os.PathLike:
        """Writes the picture; the suffix picks the format. Gives the path."""
        return save_grid(self.images, path, columns=self.columns, zoom=self.zoom)
