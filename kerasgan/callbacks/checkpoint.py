"""Checkpoints from which a training goes on exactly."""

import math
import os
import pathlib
import time
import warnings
from typing import Any

import keras

from kerasgan.callbacks.checkpoint_files import (
    MODEL,
    checkpoint_path,
    list_checkpoints,
    monitored_values,
    newest_checkpoint,
    remove_checkpoints,
    remove_leftovers,
    write_checkpoint,
)
from kerasgan.callbacks.checkpoint_state import (
    is_finite,
    load_checkpoint,
    means_of,
    set_means,
)
from kerasgan.checks import check_positive_int
from kerasgan.training.resuming import Position, ResumingCallback, steps_taken

_SIGNS = {"min": 1.0, "max": -1.0}


class Checkpoint(ResumingCallback):
    """Keeps all that a training needs to go on, and goes on from it.

    A checkpoint is written at the end of each epoch, and inside epochs as asked. It
    holds networks, moving average, optimizers, random state, the place in the epoch
    and the running means of the logs. When `fit` is called with a checkpoint in
    `directory`, the model is set to the newest one and training goes on there: with
    images as an array, on the same backend, equal to the bit to a training that was
    never interrupted. Of a dataset, the order of the batches is the dataset's own, and
    without `steps_per_epoch` an epoch that was interrupted begins again.

    Each checkpoint is a folder `step-000001000` with `model.keras` and `manifest.json`.
    It is written beside, synced and renamed, and checked by its SHA-256 when it is
    read; where the newest one is damaged, a warning says so and an older one is taken.
    A directory belongs to one training.

    Args:
        directory: folder for the checkpoints; made when the first is written.
        every_steps: also write when so many steps were taken since the last, at
            least 1. Defaults to none.
        every_minutes: also write after so many minutes since the last, above 0.
            Defaults to none.
        keep: how many of the newest to keep, at least 1. Defaults to 3.
        best: keep one more, the best by a value in the logs of an epoch, such as
            `"fd:min"` or `"inception_score:max"`. Callbacks that add the value come
            before this one. Defaults to `None`.

    Raises:
        ValueError: if an argument is out of its range; in `fit`, if no checkpoint is
            whole, or the newest is of another model or of fewer steps than the
            model has taken.
        OSError: if a checkpoint cannot be written; the older ones are kept.

    Example:

    ```python
    checkpoint = kerasgan.callbacks.Checkpoint("checkpoints", every_minutes=10)
    gan.fit(images, epochs=100, callbacks=[checkpoint])  # run again after a crash
    ```
    """

    def __init__(
        self,
        directory: str | os.PathLike,
        *,
        every_steps: int | None = None,
        every_minutes: float | None = None,
        keep: int = 3,
        best: str | None = None,
    ) -> None:
        super().__init__()
        self.directory = pathlib.Path(directory)
        self.keep = check_positive_int("keep", keep)
        if every_steps is not None:
            check_positive_int("every_steps", every_steps)
        if every_minutes is not None and not every_minutes > 0:
            raise ValueError(
                "`every_minutes` must be above 0. "
                f"Received: every_minutes={every_minutes}."
            )
        self.every_steps = every_steps or math.inf
        self.every_seconds = 60 * every_minutes if every_minutes else math.inf
        self.best = _monitored(best)
        self._length: int | None = None
        self._means: dict[str, list[float]] | None = None
        # The epoch's first step and batch; step and time of the last checkpoint.
        self._start, self._offset, self._epoch = 0, 0, 0
        self._step, self._time = -1, time.monotonic()

    # Going on -----------------------------------------------------------------

    def restore(self, gan: Any) -> Position | None:
        """Sets a model to the newest checkpoint that is whole, as `fit` does by itself.

        Args:
            gan: a compiled `GAN`, like the one that was saved.

        Returns:
            The place in the training, or `None` if there is no checkpoint.
        """
        remove_leftovers(self.directory)
        found = newest_checkpoint(self.directory)
        if found is None:
            return None
        path, manifest = found
        taken, saved = steps_taken(gan), manifest["step"]
        if taken > saved:
            raise ValueError(
                f"{path} is of step {saved}. Received: a model that has taken {taken} "
                "steps, of which some would be lost. Pass a new model to go on from "
                "the checkpoint, or another directory to train this one on."
            )
        if taken != self._step:
            load_checkpoint(gan, path, manifest)
        self._step, self._length = saved, manifest["steps_per_epoch"]
        self._means = manifest["means"] if manifest["batch"] else None
        return _position(manifest)

    def resume(self, gan: Any, steps_per_epoch: int | None) -> Position | None:
        position = self.restore(gan)
        saved, self._length = self._length, steps_per_epoch
        if position is None:
            return None
        if steps_per_epoch is None:
            # Where the rest of an epoch ends is unknown: it begins again.
            position, self._means = Position(position.epoch), None
        if position.batch and saved != steps_per_epoch:
            raise ValueError(
                f"The training in {self.directory} stopped inside an epoch of {saved} "
                f"steps. Received: data of {steps_per_epoch} steps an epoch. Pass the "
                "same images and batch size."
            )
        self._offset, self._epoch = position.batch, position.epoch
        return position

    def on_train_begin(self, logs=None):
        self._time = time.monotonic()

    def on_epoch_begin(self, epoch, logs=None):
        gan = self.model
        self._start = steps_taken(gan)
        if epoch != self._epoch:
            self._offset, self._epoch = 0, epoch
        if self._means is not None:
            # Keras has just reset them.
            set_means(gan, self._means)
            self._means = None

    # Writing ------------------------------------------------------------------

    # A callback with an `on_train_batch_end` has Keras fetch the logs of each step.
    def on_train_batch_begin(self, batch, logs=None):
        step = self._start + batch
        seconds = time.monotonic() - self._time
        if batch and (
            step - max(self._step, 0) >= self.every_steps
            or seconds >= self.every_seconds
        ):
            self.save(self.model, Position(self._epoch, self._offset + batch))

    def on_epoch_end(self, epoch, logs=None):
        gan = self.model
        done = self._offset + steps_taken(gan) - self._start
        whole = done == self._length or self._length is None
        position = Position(epoch + 1) if whole else Position(epoch, done)
        self.save(gan, position, logs=logs)

    def save(
        self,
        gan: Any,
        position: Position,
        *,
        steps_per_epoch: int | None = None,
        logs: dict[str, float] | None = None,
    ) -> None:
        """Writes a checkpoint of a model as it is, and removes the older ones.

        Args:
            gan: a compiled `GAN`.
            position: where it stands.
            steps_per_epoch: batches of an epoch. Defaults to those of the `fit` that
                runs.
            logs: an epoch's values, for `best`.
        """
        self._time = time.monotonic()
        self._length = steps_per_epoch or self._length
        step = steps_taken(gan)
        if not is_finite(gan):
            warnings.warn(
                f"No checkpoint is written of step {step}: weights or losses are not "
                f"finite. Older ones are kept in {self.directory}."
            )
            return
        path = checkpoint_path(self.directory, step)
        write_checkpoint(path, gan, self._facts(gan, step, position, logs or {}))
        self._step = step
        remove_checkpoints(self._superfluous(step))

    def _facts(self, gan, step, position, logs):
        name = self.best and self.best[0]
        value = float(logs.get(name, math.nan)) if name else math.nan
        value = value if math.isfinite(value) else None
        return {
            "step": step,
            "epoch": position.epoch,
            "batch": position.batch,
            "steps_per_epoch": self._length,
            "seed": gan.seed,
            "backend": keras.backend.backend(),
            "keras": keras.__version__,
            "means": means_of(gan),
            "monitored": {} if value is None else {name: value},
        }

    def _superfluous(self, step):
        there = list_checkpoints(self.directory)
        past = [s for s in there if s <= step]
        kept = {*past[-self.keep :], self._best_step(past)}
        # Those of later steps are of a training that was gone back from.
        return [path for s, path in there.items() if s not in kept]

    def _best_step(self, steps):
        if self.best is None:
            return None
        name, sign = self.best
        values = {
            step: sign * value
            for step, monitored in monitored_values(self.directory).items()
            if step in steps and (value := monitored.get(name)) is not None
        }
        return min(values, key=values.get) if values else None

    def best_path(self) -> pathlib.Path | None:
        """The `model.keras` of the best checkpoint, `None` if no value was seen."""
        step = self._best_step(list_checkpoints(self.directory))
        return None if step is None else checkpoint_path(self.directory, step) / MODEL


def _monitored(best):
    """The name and the sign with which smaller is better."""
    if best is None:
        return None
    name, _, mode = str(best).rpartition(":")
    if not name or mode not in _SIGNS:
        raise ValueError(
            "`best` must be a name in the logs with its direction, such as 'fd:min' or "
            f"'inception_score:max'. Received: best={best!r}."
        )
    return name, _SIGNS[mode]


def _position(manifest):
    return Position(manifest["epoch"], manifest["batch"])
