"""Pictures of how the same latents look as training goes on."""

import contextlib
import os
import pathlib
import re

import numpy as np

from kerasgan.animations import check_animation_path, save_animation
from kerasgan.callbacks.samples import FixedSamples
from kerasgan.callbacks.timing import TimedCallback, steps_taken
from kerasgan.checks import check_positive_int
from kerasgan.images import save_grid

_NAME = re.compile(r"step-(\d{8})\.png")
# Above this many, some pictures are left out of the animation.
_MOST_FRAMES = 200
_SECONDS = 12.0


class SampleGrid(TimedCallback):
    """Writes a grid of images from fixed latents every so often, and at the end an
    animation of all of them.

    The pictures are `step-00001000.png` and so on, in `directory`. A training that goes
    on from a checkpoint replaces the pictures of steps that it takes again, and its
    animation begins with those that were there.

    Args:
        directory: folder for the pictures; made when training begins.
        every_steps: a picture each so many steps.
        every_epochs: a picture each so many epochs. Defaults to 1 where `every_steps`
            is not given.
        latents: float array (rows * columns, latent_dim) to show. Defaults to those
            that `seed` names.
        seed: int, at least 0. Defaults to 0.
        labels: labels (rows * columns,) for a model with classes. Defaults to each
            class in turn.
        rows: at least 1. Defaults to 8.
        columns: at least 1. Defaults to 8.
        zoom: whole-number enlargement. Defaults to 1.
        animation: name in `directory` of the animation, `.gif` or `.webp`, or `None`
            for none. Of more than 200 pictures, 200 are shown. Defaults to
            `"training.gif"`.

    Raises:
        ValueError: if an argument is out of its range, or `latents` do not fit.

    Example:

    ```python
    grid = kerasgan.callbacks.SampleGrid("samples", every_steps=500)
    gan.fit(images, callbacks=[grid])
    ```
    """

    def __init__(
        self,
        directory: str | os.PathLike,
        *,
        every_steps: int | None = None,
        every_epochs: int | None = None,
        latents: np.ndarray | None = None,
        seed: int = 0,
        labels: np.ndarray | None = None,
        rows: int = 8,
        columns: int = 8,
        zoom: int = 1,
        animation: str | None = "training.gif",
    ) -> None:
        if every_steps is None and every_epochs is None:
            every_epochs = 1
        super().__init__(every_steps=every_steps, every_epochs=every_epochs)
        self.directory = pathlib.Path(directory)
        for name, value in (("rows", rows), ("columns", columns), ("zoom", zoom)):
            check_positive_int(name, value)
        self.columns, self.zoom = columns, zoom
        self.samples = FixedSamples(
            rows * columns, latents=latents, seed=seed, labels=labels
        )
        self.animation = animation
        if animation is not None:
            check_animation_path(animation)

    def on_train_begin(self, logs=None):
        super().on_train_begin()
        gan = self.model
        self.samples.check(gan)
        self.directory.mkdir(parents=True, exist_ok=True)
        for step, path in self.pictures().items():
            if step > self._seen:
                path.unlink()
        if self._seen == 0:
            self.act(gan, 0, {})

    def act(self, gan, step, logs):
        path = self.directory / f"step-{step:08d}.png"
        images = self.samples.images(gan)
        save_grid(images, path, columns=self.columns, zoom=self.zoom)

    def on_train_end(self, logs=None):
        gan = self.model
        if steps_taken(gan) not in self.pictures():
            self.act(gan, steps_taken(gan), {})
        if self.animation is not None:
            self.save_animation(self.directory / self.animation)

    def pictures(self) -> dict[int, pathlib.Path]:
        """The pictures that are there, by step."""
        names = sorted(p.name for p in self.directory.iterdir())
        matches = [match for name in names if (match := _NAME.fullmatch(name))]
        return {int(m[1]): self.directory / m[0] for m in matches}

    def save_animation(self, path: str | os.PathLike) -> pathlib.Path:
        """Writes all pictures so far as a `.gif` or `.webp`; gives the path."""
        from PIL import Image

        paths = list(self.pictures().values())
        chosen = np.linspace(0, len(paths) - 1, min(len(paths), _MOST_FRAMES))
        frames = []
        for index in np.unique(np.rint(chosen).astype(int)):
            # A picture that a disk damaged is left out.
            with contextlib.suppress(OSError, ValueError, SyntaxError):
                with Image.open(paths[index]) as picture:
                    frame = np.array(picture)
                frames.append(frame[..., None] if frame.ndim == 2 else frame)
        # A picture of another size is of another training.
        frames = [frame for frame in frames if frame.shape == frames[-1].shape]
        seconds = min(0.5, max(0.05, _SECONDS / max(1, len(frames))))
        return save_animation(frames, path, frame_seconds=seconds)
