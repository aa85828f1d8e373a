"""Small trainings with checkpoints, killed where a test says."""

import keras
import pytest
from small import (
    optimizer_variables,
    same_weights,
    small_gan,
    small_images,
    weights_of,
)

from kerasgan.callbacks.checkpoint import Checkpoint

EPOCHS, LENGTH, BATCH = 3, 4, 4
# The last batch of an epoch is smaller.
IMAGES = small_images(15)
DATA = {"x": IMAGES, "batch_size": BATCH, "verbose": 0}


class Kill(keras.callbacks.Callback):
    """Ends `fit` after a step as nothing else is told of."""

    def __init__(self, step):
        super().__init__()
        self.step, self.taken = step, 0

    def on_train_batch_end(self, batch, logs=None):
        self.taken += 1
        if self.taken == self.step:
            raise KeyboardInterrupt


class Calls(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.names = []

    def on_train_begin(self, logs=None):
        self.names.append("train begin")

    def on_train_end(self, logs=None):
        self.names.append("train end")

    def on_epoch_begin(self, epoch, logs=None):
        self.names.append(f"epoch {epoch}")

    def on_epoch_end(self, epoch, logs=None):
        self.names.append(f"epoch {epoch} end")


class Scores(keras.callbacks.Callback):
    """Adds given values to the logs of each epoch."""

    def __init__(self, *values):
        super().__init__()
        self.values = values

    def on_epoch_end(self, epoch, logs=None):
        if self.values[epoch] is not None:
            logs["fd"] = self.values[epoch]


def compiled(*, optimizer=None, **arguments):
    gan = small_gan(**{"ema_decay": 0.5, **arguments})
    gan.compile(label_noise=0.05, **(optimizer() if optimizer else {}))
    return gan


def fit(gan, directory, *callbacks, epochs=EPOCHS, checkpoint=None, **arguments):
    checkpoint = Checkpoint(directory, **(checkpoint or {}))
    data = {**DATA, **arguments}
    return gan.fit(epochs=epochs, callbacks=[*callbacks, checkpoint], **data)


def killed(directory, step, *, every_steps=None, keep=3, epochs=EPOCHS, **arguments):
    """A training killed after so many steps of its own."""
    with pytest.raises(KeyboardInterrupt):
        fit(
            compiled(**arguments),
            directory,
            Kill(step),
            epochs=epochs,
            checkpoint={"every_steps": every_steps, "keep": keep},
        )


def state(gan):
    return weights_of(gan), optimizer_variables(gan)


def same_state(gan, expected):
    weights, variables = state(gan)
    return same_weights(weights, expected[0]) and same_weights(variables, expected[1])


def steps_kept(directory):
    names = sorted(path.name for path in directory.iterdir())
    return [int(name.removeprefix("step-")) for name in names]
