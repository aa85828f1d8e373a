"""How long a training will take, told once, when that can be known."""

import time
from collections.abc import Callable

import keras

from kerasgan.training.resuming import steps_taken

# Steps and seconds that are looked at; the first step, which compiles, is not.
_STEPS, _SECONDS = 20, 20.0
# Shorter ones end before anybody asks.
_LEAST_MINUTES = 10


class Pace(keras.callbacks.Callback):
    """Prints how long the rest takes, at the pace of the first steps.

    Args:
        target_steps: steps of the whole training.
        clock: gives seconds. Defaults to `time.monotonic`.
    """

    def __init__(
        self, target_steps: int, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__()
        self.target_steps, self.clock = target_steps, clock
        self._start = 0
        self._first: tuple[int, float] | None = None
        self._told = False

    def on_epoch_begin(self, epoch, logs=None):
        self._start = steps_taken(self.model)

    def on_train_batch_end(self, batch, logs=None):
        if self._told:
            return
        step, now = self._start + batch + 1, self.clock()
        if self._first is None:
            self._first = step, now
            return
        steps, seconds = step - self._first[0], now - self._first[1]
        if steps < _STEPS or seconds < _SECONDS:
            return
        self._told = True
        minutes = (self.target_steps - step) * seconds / steps / 60
        if minutes >= _LEAST_MINUTES:
            print(
                f"\nAt this pace the rest takes about {in_words(minutes)}. Ctrl-C "
                "stops and saves; --resume goes on.",
                flush=True,
            )


def in_words(minutes: float) -> str:
    """Minutes as a person says them: "25 minutes", "5 hours", "3 days"."""
    for size, name in ((24 * 60, "days"), (60, "hours")):
        if minutes >= 2 * size:
            return f"{minutes / size:.0f} {name}"
    return f"{minutes:.0f} minutes"
