"""Going on where an earlier training stopped, in the middle of an epoch too."""

import dataclasses
from typing import Any

import keras
from keras import ops

from kerasgan import _backends
from kerasgan.training.batches import ArrayBatches
from kerasgan.training.optimizer_pair import innermost_optimizer


@dataclasses.dataclass(frozen=True)
class Position:
    """A place in a training.

    Args:
        epoch: epochs that are complete, at least 0.
        batch: batches of the next one that are done, at least 0.
    """

    epoch: int
    batch: int = 0


def steps_taken(gan: Any) -> int:
    """How many steps a GAN was trained for."""
    return int(ops.convert_to_numpy(gan.step_counter))


class ResumingCallback(keras.callbacks.Callback):
    """A callback that may set a model back to where an earlier training stopped."""

    def resume(self, gan: Any, steps_per_epoch: int | None) -> Position | None:
        """Called by `fit` before it begins, with the GAN compiled.

        Args:
            gan: a `GAN`.
            steps_per_epoch: batches of an epoch, `None` where that is unknown.

        Returns:
            Where to go on, or `None` to begin as asked.
        """
        raise NotImplementedError


def fit_from_checkpoint(
    gan: Any,
    batches: Any,
    *,
    callbacks: list[keras.callbacks.Callback],
    epochs: int,
    initial_epoch: int,
    steps_per_epoch: int | None,
    verbose: Any,
    **arguments: Any,
) -> keras.callbacks.History:
    """Keras's `fit`, from where a `ResumingCallback` says.

    The rest of an epoch and what follows are two calls of Keras's `fit`, and one
    training to every callback.

    Args:
        gan: a compiled `GAN`.
        batches: `ArrayBatches`, or a dataset.
        callbacks, epochs, initial_epoch, steps_per_epoch, verbose, arguments: as in
            `keras.Model.fit`.
    """
    arrays = isinstance(batches, ArrayBatches)
    length = len(batches) if arrays else steps_per_epoch
    position = _position(gan, callbacks, length)
    if position is not None:
        initial_epoch = position.epoch
        if arrays:
            # The order of the images is the earlier training's.
            batches.seed = gan.seed
    rest = length - position.batch if position and position.batch and length else 0

    def part(callbacks, first, last, steps):
        if arrays:
            batches.batches_per_epoch = steps
        return keras.Model.fit(
            gan,
            _backends.feed(batches) if arrays else batches,
            callbacks=callbacks,
            initial_epoch=first,
            epochs=last,
            steps_per_epoch=None if arrays else steps,
            verbose=verbose,
            **arguments,
        )

    if rest <= 0 or initial_epoch >= epochs:
        steps = length if arrays else steps_per_epoch
        return part(callbacks, initial_epoch, epochs, steps)
    joined = _JoinedCallbacks(callbacks, gan, verbose, epochs)
    joined.begin_part(rest, last=initial_epoch + 1 == epochs)
    history = part(joined, initial_epoch, initial_epoch + 1, rest)
    if initial_epoch + 1 == epochs:
        return history
    if gan.stop_training:
        joined.end()
        return history
    joined.begin_part(length, last=True)
    return part(joined, initial_epoch + 1, epochs, length)


def _position(gan, callbacks, length):
    for callback in callbacks:
        if isinstance(callback, ResumingCallback):
            if position := callback.resume(gan, length):
                return position
    return None


class _JoinedCallbacks(keras.callbacks.CallbackList):
    """Lets several calls of Keras's `fit` begin and end as one."""

    def __init__(self, callbacks, gan, verbose, epochs):
        self._begun, self._last = False, False
        self._logs = self._weights = None
        super().__init__(
            callbacks, add_history=True, add_progbar=verbose != 0, model=gan
        )
        self._constant = {"verbose": verbose, "epochs": epochs}

    def begin_part(self, steps, *, last):
        self._last = last
        self.set_params({**self._constant, "steps": steps})

    def on_train_begin(self, logs=None):
        if not self._begun:
            self._begun = True
            super().on_train_begin(logs)

    def on_epoch_end(self, epoch, logs=None):
        super().on_epoch_end(epoch, logs)
        gan = self.model
        if not self._last and _averages_weights(gan):
            self._weights = [ops.convert_to_numpy(v) for v in gan.trainable_weights]

    def on_train_end(self, logs=None):
        self._logs = logs
        if self._last:
            super().on_train_end(logs)
        elif self._weights and not self.model.stop_training:
            # Keras's `fit` ended with the weights' averages in the weights' place.
            for variable, value in zip(self.model.trainable_weights, self._weights):
                variable.assign(value)

    def end(self):
        """Ends a training that was stopped in its first part."""
        super().on_train_end(self._logs)


def _averages_weights(gan):
    return any(innermost_optimizer(o).use_ema for o in gan.optimizer.optimizers)
