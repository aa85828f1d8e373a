"""What of a model a checkpoint holds, and whether it is worth keeping."""

import pathlib
import warnings
from typing import Any

import keras
import numpy as np
from keras import ops

from kerasgan.callbacks.checkpoint_archive import check_archive
from kerasgan.callbacks.checkpoint_files import MODEL


def is_finite(gan: Any) -> bool:
    """Whether all weights and running means are finite numbers."""
    values = [ops.convert_to_numpy(v) for m in gan.metrics for v in m.variables]
    # bfloat16 is no NumPy type.
    weights = [ops.convert_to_numpy(ops.cast(v, "float32")) for v in gan.weights]
    return all(np.isfinite(value).all() for value in (*values, *weights))


def means_of(gan: Any) -> dict[str, list[float]]:
    """The state of each metric; a float32 is the same after JSON."""
    return {
        metric.name: [float(ops.convert_to_numpy(v)) for v in metric.variables]
        for metric in gan.metrics
    }


def set_means(gan: Any, means: dict[str, list[float]]) -> None:
    """Sets each metric's state to what `means_of` gave."""
    for metric in gan.metrics:
        for variable, value in zip(metric.variables, means.get(metric.name, ())):
            variable.assign(ops.convert_to_tensor(value, dtype=variable.dtype))


def load_checkpoint(gan: Any, path: pathlib.Path, manifest: dict[str, Any]) -> None:
    """Sets a compiled model to a checkpoint's state.

    Of its file, arrays alone are read.

    Raises:
        ValueError: if the checkpoint is of another model.
    """
    if not gan.compiled:
        raise ValueError(
            "A checkpoint holds optimizers, so the model must be compiled before it "
            "is restored. Received: a model that is not. Call compile first."
        )
    if manifest["backend"] != keras.backend.backend():
        warnings.warn(
            f"{path} was written on Keras's backend {manifest['backend']}, and goes on "
            f"on {keras.backend.backend()}: equal up to rounding alone."
        )
    try:
        check_archive(path / MODEL)
        gan.load_weights(path / MODEL)
    # Whatever h5py and Keras raise for arrays that are other ones.
    except Exception as error:
        raise ValueError(
            f"{path} must be a checkpoint of this model. Received: one that does not "
            f"fit it ({' '.join(str(error).split())[:300]}). Pass a model with the "
            "networks and optimizers that were saved, or another directory."
        ) from error
    # It names the order of the images.
    gan.seed = manifest["seed"]
