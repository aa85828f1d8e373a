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

    Times are at the pace of the newest steps; the first, which compiles, never counts.

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
        # Where the pace is taken from: a step, and when it was done.
        self._mark: tuple[int, float] | None = None
        self._told = False

    def on_epoch_begin(self, epoch, logs=None):
        self._start = steps_taken(self.model)

    def on_train_batch_end(self, batch, logs=None):
        if self._told:
            return
        step, now = self._start + batch + 1, self.clock()
        if self._mark is None:
            self._mark = step, now
        elif step - self._mark[0] >= _STEPS and now - self._mark[1] >= _SECONDS:
            self._told = True
            seconds = self._seconds(step, now)
            if seconds >= 60 * _LEAST_MINUTES:
                print(
                    f"\nAt this pace the rest takes about {in_words(seconds)}. Ctrl-C "
                    "stops and saves; --resume goes on.",
                    flush=True,
                )

    def on_epoch_end(self, epoch, logs=None):
        step, now = steps_taken(self.model), self.clock()
        taken = step - self._mark[0] if self._mark else 0
        if step < self.target_steps:
            left = f": about {in_words(self._seconds(step, now))} left" if taken else ""
            print(f"{step} of {self.target_steps} steps are done{left}.", flush=True)
        if taken >= _STEPS:
            self._mark = step, now

    def _seconds(self, step, now):
        marked, then = self._mark
        return (self.target_steps - step) * (now - then) / (step - marked)


def in_words(seconds: float) -> str:
    """As a person says it: "40 s", "25 minutes", "5 hours", "3 days"."""
    for size, name in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {name}"
    return f"{max(1, round(seconds))} s"
