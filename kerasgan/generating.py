"""New images from a GAN."""

import os
from typing import Any

import keras
import numpy as np

from kerasgan import _backends, images
from kerasgan.checks import check_positive_int
from kerasgan.networks.inputs import as_argument
from kerasgan.training.batches import ArrayBatches
from kerasgan.training.labels import labels_to_generate
from kerasgan.training.latent_checks import check_generator_inputs
from kerasgan.training.memory import freed_memory_kept
from kerasgan.training.state import random_state_kept


def predict(gan, x, *args, **kwargs):
    """As `keras.Model.predict`, on what `call` takes; arrays are looked at before.

    Raises:
        ValueError: if arrays are of another shape than the generator takes, hold what
            is not finite, or labels that are none.
    """
    check_generator_inputs(gan, x)
    with _backends.restored_on_failure(gan):
        return keras.Model.predict(gan, x, *args, **kwargs)


def generate(
    gan,
    n: int,
    labels: Any = None,
    *,
    seed: int | None = None,
    batch_size: int = 64,
) -> np.ndarray:
    """New images.

    Args:
        n: how many, at least 1.
        labels: with `num_classes`, one class for all, or a label for each image,
            (n,) or one-hot. Defaults to all classes in turn.
        seed: int for the same images each time, on any backend and whatever the
            batch size, up to rounding (for networks that draw noise of their own:
            on this backend, in batches of this size). Defaults to new ones.
        batch_size: images at once. Defaults to 64.

    Returns:
        A uint8 array (n, height, width, channels) in [0, 255].

    Raises:
        ValueError: if `n` or `batch_size` is below 1, or a label is not one.
    """
    check_positive_int("n", n)
    check_positive_int("batch_size", batch_size)
    if seed is not None:
        check_positive_int("seed", seed, minimum=0)
    labels = labels_to_generate(labels, gan.num_classes, n)
    rng = np.random.default_rng(seed)
    inputs = as_argument(gan.generator_inputs(n, labels, seed=rng))
    batches = ArrayBatches(inputs, batch_size=min(batch_size, n), seed=0, shuffle=False)
    with freed_memory_kept(), random_state_kept(gan, rewound=seed is not None):
        return images.to_uint8(gan.predict(_backends.feed(batches), verbose=0))


def save_grid(
    gan,
    path: str | os.PathLike,
    n: int = 64,
    *,
    labels: Any = None,
    seed: int | None = None,
    columns: int = 8,
    zoom: int = 1,
):
    """Generates `n` images and writes them as one picture; gives the path."""
    # Before any work is lost.
    images.check_picture_path(path)
    made = gan.generate(n, labels, seed=seed)
    return images.save_grid(made, path, columns=columns, zoom=zoom)
