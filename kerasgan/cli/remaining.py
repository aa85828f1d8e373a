"""What a training has left to do, in the terminal."""

import time
from collections.abc import Callable

import keras

from kerasgan.training.resuming import steps_taken

# Steps and seconds after which a long training is told how long it takes.
_STEPS, _SECONDS = 20, 20.0
# Shorter ones end before anybody asks.
_LEAST_MINUTES = 10


class Remaining(keras.callbacks.Callback):
    """Prints after each epoch how much is left; of a long training early as well.

    Times are at the pace of the steps of this process but the first, which compiles.

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
        elif step - self._first[0] >= _STEPS and now - self._first[1] >= _SECONDS:
            self._told = True
            seconds = self._seconds(step)
            if seconds >= 60 * _LEAST_MINUTES:
                print(
                    f"\nAt this pace the rest takes about {in_words(seconds)}. Ctrl-C "
                    "stops and saves; --resume goes on.",
                    flush=True,
                )

    def on_epoch_end(self, epoch, logs=None):
        step = steps_taken(self.model)
        if step < self.target_steps:
            taken = self._first is not None and step > self._first[0]
            left = f": about {in_words(self._seconds(step))} left" if taken else ""
            print(f"{step} of {self.target_steps} steps are done{left}.", flush=True)

    def _seconds(self, step):
        first, begun = self._first
        return (self.target_steps - step) * (self.clock() - begun) / (step - first)


def in_words(seconds: float) -> str:
    """As a person says it: "40 s", "25 minutes", "5 hours", "3 days"."""
    for size, name in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {name}"
    return f"{max(1, round(seconds))} s"
