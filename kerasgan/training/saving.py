"""Saving whole models so that a failure leaves the file that was there."""

import math
import pathlib

import keras

from kerasgan.files import atomic_path


def save(gan, filepath, overwrite=True, zipped=None, **kwargs):
    """As `keras.Model.save`; a `.keras` file is replaced only once complete."""
    if not overwrite or zipped is False or not str(filepath).endswith(".keras"):
        return keras.Model.save(
            gan, filepath, overwrite=overwrite, zipped=zipped, **kwargs
        )
    with atomic_path(filepath, values=value_count(gan)) as temporary:
        keras.Model.save(gan, temporary, overwrite=True, zipped=zipped, **kwargs)


def save_weights(gan, filepath, overwrite=True, max_shard_size=None):
    """As `keras.Model.save_weights`; a file is replaced only once complete."""
    if not overwrite or max_shard_size or not str(filepath).endswith(".h5"):
        return keras.Model.save_weights(gan, filepath, overwrite, max_shard_size)
    pathlib.Path(filepath).parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(filepath, values=value_count(gan)) as temporary:
        keras.Model.save_weights(gan, temporary, overwrite=True)


def value_count(gan):
    """How many values a file of the model holds, optimizers included."""
    optimizer = gan.optimizer.variables if gan.compiled else []
    return sum(math.prod(v.shape) for v in [*gan.variables, *optimizer])
