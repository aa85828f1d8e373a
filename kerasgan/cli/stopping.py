"""Ending a training early, between two steps."""

import contextlib
import signal
import sys
import threading
import time

import keras


class Stop(keras.callbacks.Callback):
    """Ends training after a batch, when time is up or Ctrl-C was pressed.

    Args:
        deadline: a value of `time.monotonic()`.
    """

    INTERRUPTED = "Ctrl-C"

    def __init__(self, deadline):
        super().__init__()
        self.deadline, self.reason = deadline, None

    def on_train_batch_end(self, batch, logs=None):
        if time.monotonic() > self.deadline:
            self.reason = self.reason or "the time is up"
        if self.reason:
            self.model.stop_training = True

    @contextlib.contextmanager
    def on_interrupt(self):
        """Within this, the first Ctrl-C stops after the batch, the second at once.

        An exception in the middle of a step would leave one network trained and the
        other not, and on JAX no usable weights at all.
        """
        # Only the main thread gets signals, and a caller's own handling stays.
        if (
            threading.current_thread() is not threading.main_thread()
            or signal.getsignal(signal.SIGINT) is not signal.default_int_handler
        ):
            yield
            return
        signal.signal(signal.SIGINT, self._interrupt)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def _interrupt(self, *_):
        if self.reason:
            raise KeyboardInterrupt
        self.reason = self.INTERRUPTED
        print(
            "\nStopping after this batch, then saving. Ctrl-C again stops at once.",
            file=sys.stderr,
            flush=True,
        )
