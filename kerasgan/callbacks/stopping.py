"""Ending a training early, between two steps."""

import contextlib
import math
import signal
import sys
import threading
import time
from collections.abc import Iterator

import keras

from kerasgan.training.resuming import steps_taken

_NAMES = {"SIGINT": "Ctrl-C", "SIGTERM": "SIGTERM", "SIGHUP": "SIGHUP"}
_DEFAULT = (signal.SIG_DFL, signal.default_int_handler)


class Stop(keras.callbacks.Callback):
    """Ends training after a step: when time is up, steps are taken, or a signal came.

    Args:
        minutes: from the making of this callback. Defaults to no limit.
        steps: steps that the model has taken in all, at least 1. Defaults to no limit.

    Attributes:
        reason: `None`, or why training was stopped before its end: "the time is up",
            "Ctrl-C", "SIGTERM" or "SIGHUP".
        status: what a process should exit with: 0, or 128 and the signal's number.

    Example:

    ```python
    stop = kerasgan.callbacks.Stop(minutes=30)
    with stop.on_signals():
        gan.fit(images, epochs=1000, callbacks=[stop])
    ```
    """

    def __init__(
        self, minutes: float | None = None, *, steps: int | None = None
    ) -> None:
        super().__init__()
        limit = math.inf if minutes is None else minutes
        if not limit > 0:
            raise ValueError(f"`minutes` must be above 0. Received: minutes={minutes}.")
        if steps is not None and steps < 1:
            raise ValueError(f"`steps` must be at least 1. Received: steps={steps}.")
        self.deadline = time.monotonic() + 60 * limit
        self.steps = steps
        self.reason: str | None = None
        self.status = 0
        self._start = 0

    def on_epoch_begin(self, epoch, logs=None):
        self._start = steps_taken(self.model)

    def on_train_batch_end(self, batch, logs=None):
        if time.monotonic() > self.deadline:
            self.reason = self.reason or "the time is up"
        done = self.steps is not None and self._start + batch + 1 >= self.steps
        if self.reason or done:
            self.model.stop_training = True

    @contextlib.contextmanager
    def on_signals(self) -> Iterator[None]:
        """Within this, Ctrl-C, SIGTERM and SIGHUP stop after the step.

        A second one stops at once. An exception in the middle of a step would leave
        one network trained and the other not, and on JAX no usable weights at all.
        Signals that are ignored or handled already stay so.
        """
        # Only the main thread gets signals.
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        ours = [s for s in signal.Signals if s.name in _NAMES]
        before = {s: signal.getsignal(s) for s in ours}
        ours = [s for s in ours if before[s] in _DEFAULT]
        for number in ours:
            signal.signal(number, self._heed)
        try:
            yield
        finally:
            for number in ours:
                signal.signal(number, before[number])

    def _heed(self, number, frame):
        if self.status:
            if number == signal.SIGINT:
                raise KeyboardInterrupt
            raise SystemExit(128 + number)
        self.reason = _NAMES[signal.Signals(number).name]
        self.status = 128 + number
        print(
            f"\nStopping after this batch ({self.reason}), then saving. A second time "
            "stops at once.",
            file=sys.stderr,
            flush=True,
        )
