"""What a GAN needs beside some of Keras's callbacks."""

import keras
import numpy as np


class StopOnNonFinite(keras.callbacks.Callback):
    """Does for `d_loss`, `g_loss` and penalties what `TerminateOnNaN` does for
    `loss`, which a GAN has not."""

    def __init__(self, raise_error):
        super().__init__()
        self.raise_error = raise_error

    def on_train_batch_end(self, batch, logs=None):
        for name, value in (logs or {}).items():
            if not np.isfinite(float(value)):
                message = f"Batch {batch}: {name} is {float(value)}, stopping"
                if self.raise_error:
                    raise RuntimeError(message)
                print(message)
                self.model.stop_training = True
                return


def training_callbacks(callbacks):
    """The user's callbacks, with what a GAN needs beside some of them."""
    if isinstance(callbacks, keras.callbacks.CallbackList):
        raise TypeError(
            "`callbacks` must be a callback or a list of them. Received: a "
            "CallbackList; pass its `callbacks`."
        )
    callbacks = [] if callbacks is None else callbacks
    callbacks = list(callbacks) if isinstance(callbacks, (list, tuple)) else [callbacks]
    guards = [
        StopOnNonFinite(c.raise_error)
        for c in callbacks
        if isinstance(c, keras.callbacks.TerminateOnNaN)
    ]
    return callbacks + guards
