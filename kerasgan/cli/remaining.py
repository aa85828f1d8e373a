"""What a training has left to do, in the terminal."""

import time

import keras

from kerasgan.training.resuming import steps_taken


class Remaining(keras.callbacks.Callback):
    """Prints after each epoch how many steps are left, and about how long they take.

    The time is that of the steps so far in this process, the first of which
    compiles; it says nothing after the last step.

    Args:
        target_steps: the steps of the whole training.
    """

    def __init__(self, target_steps: int) -> None:
        super().__init__()
        self.target_steps = target_steps
        self._begun, self._steps = 0.0, 0

    def on_train_begin(self, logs=None):
        self._begun, self._steps = time.monotonic(), steps_taken(self.model)

    def on_epoch_end(self, epoch, logs=None):
        steps = steps_taken(self.model)
        left, taken = self.target_steps - steps, steps - self._steps
        if left > 0 and taken > 0:
            seconds = left * (time.monotonic() - self._begun) / taken
            print(
                f"{steps} of {self.target_steps} steps are done: {duration(seconds)} "
                "left.",
                flush=True,
            )


def duration(seconds: float) -> str:
    """About how long, such as "about 40 s" or "about 1 h 30 min"."""
    if seconds < 90:
        return f"about {max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"about {minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"about {hours} h {minutes} min"
