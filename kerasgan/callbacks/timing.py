"""Callbacks that act now and then, and cost nothing between."""

import keras

from kerasgan.checks import check_positive_int
from kerasgan.gan import GAN


class TimedCallback(keras.callbacks.Callback):
    """Calls `act(gan, step, logs)` every so many steps, or epochs.

    It waits in `on_train_batch_begin`, which gets no logs, and looks at the model only
    when it is time: a callback with an `on_train_batch_end` of its own has Keras fetch
    the logs of each step, and on JAX a look at `model` has it fetch all weights.

    Args:
        every_steps: act when the model has taken a multiple of this many steps.
        every_epochs: act at the end of each this-many-th epoch. Exactly one of the
            two must be given.
    """

    def __init__(
        self, *, every_steps: int | None = None, every_epochs: int | None = None
    ) -> None:
        super().__init__()
        if (every_steps is None) == (every_epochs is None):
            raise ValueError(
                "Pass `every_steps=` or `every_epochs=`, one of the two. Received: "
                f"every_steps={every_steps}, every_epochs={every_epochs}."
            )
        for name, value in (
            ("every_steps", every_steps),
            ("every_epochs", every_epochs),
        ):
            if value is not None:
                check_positive_int(name, value)
        self.every_steps, self.every_epochs = every_steps, every_epochs
        self._start = self._seen = 0

    def act(self, gan: GAN, step: int, logs: dict) -> None:
        """What to do; `logs` may be added to, for the callbacks that come after."""
        raise NotImplementedError

    def on_train_begin(self, logs=None):
        check_is_gan(self, self.model)
        self._start = self._seen = steps_taken(self.model)

    def on_epoch_begin(self, epoch, logs=None):
        self._start = steps_taken(self.model)

    def on_train_batch_begin(self, batch, logs=None):
        if self._is_time(self._start + batch):
            self.act(self.model, self._start + batch, logs)

    def on_epoch_end(self, epoch, logs=None):
        step = steps_taken(self.model)
        if self.every_steps:
            time = self._is_time(step)
        else:
            time = (epoch + 1) % self.every_epochs == 0
        if time:
            self.act(self.model, step, logs)

    def _is_time(self, step):
        if not self.every_steps or step <= self._seen:
            return False
        # Several steps may run in one call: it need not be a multiple itself.
        due = step // self.every_steps > self._seen // self.every_steps
        self._seen = step
        return due


def steps_taken(gan: GAN) -> int:
    """How many steps a GAN was trained for, as far as this process has seen."""
    return int(keras.ops.convert_to_numpy(gan.step_counter))


def check_is_gan(callback: keras.callbacks.Callback, model: keras.Model) -> None:
    """Raises unless the callback was given to a GAN's `fit`."""
    if not isinstance(model, GAN):
        raise TypeError(
            f"{type(callback).__name__} watches a kerasgan.GAN. Received: a model of "
            f"type {type(model).__name__}. Pass the callback to a GAN's `fit`."
        )
