"""Moving pictures, written by Pillow alone."""

import os
import pathlib
from collections.abc import Sequence

import numpy as np

from kerasgan.files import atomic_path

SUFFIXES = (".gif", ".webp")


def save_animation(
    frames: Sequence[np.ndarray],
    path: str | os.PathLike,
    *,
    frame_seconds: float = 0.1,
    last_seconds: float = 1.5,
) -> pathlib.Path:
    """Writes pictures one after the other, as an endless GIF or WebP.

    Args:
        frames: uint8 arrays (height, width, channels) of one size, channels 1 or 3,
            as `kerasgan.images.make_grid` gives; at least one.
        path: where to write; the suffix, `.gif` or `.webp`, picks the format.
        frame_seconds: how long a picture stays. GIF counts in hundredths, and viewers
            slow down below 0.02. Defaults to 0.1.
        last_seconds: how long the last one stays. Defaults to 1.5.

    Returns:
        The path.

    Raises:
        ValueError: for another suffix, or without frames.
    """
    from PIL import Image

    path = check_animation_path(path)
    if len(frames) == 0:
        raise ValueError("An animation needs at least one picture. Received: none.")
    pictures = [
        Image.fromarray(frame[..., 0] if frame.shape[-1] == 1 else frame)
        for frame in frames
    ]
    times = [round(1000 * frame_seconds)] * (len(pictures) - 1)
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(path) as temporary:
        pictures[0].save(
            temporary,
            save_all=True,
            append_images=pictures[1:],
            duration=[*times, round(1000 * last_seconds)],
            loop=0,
            # Of WebP: its lossy form blurs pictures of few pixels.
            lossless=True,
        )
    return path


def check_animation_path(path: str | os.PathLike) -> pathlib.Path:
    """The path, or an error unless its suffix is one that Pillow can animate."""
    path = pathlib.Path(path)
    if path.suffix.lower() not in SUFFIXES:
        raise ValueError(
            f"An animation is a .gif or a .webp file. Received: {str(path)!r}. Change "
            "the suffix."
        )
    return path
