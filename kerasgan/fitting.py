"""What `fit` and `evaluate` are given, checked and made ready for Keras."""

import collections.abc
import itertools
import os
import types

import keras
import numpy as np

from kerasgan.batches import ArrayBatches
from kerasgan.checks import check_images, check_positive_int


def prepare_data(
    x,
    y=None,
    *,
    image_shape,
    batch_size,
    seed=0,
    shuffle=False,
    steps=None,
    position=int,
    batch_norm=False,
    default_batch_size=32,
):
    """Checks training or validation data before any work is lost.

    Args:
        x: images as an array, `(images, labels)`, or a dataset (`tf.data.Dataset`,
            `torch.utils.data.DataLoader`, `keras.utils.PyDataset`, grain dataset or
            generator) of batches.
        y: labels for an array `x`.
        image_shape: (height, width, channels).
        batch_size: int for arrays, `None` for the default; not for datasets.
        seed, shuffle, steps, position: see `ArrayBatches`.
        batch_norm: whether the networks take batch statistics.
        default_batch_size: what `None` means.

    Returns:
        `(dataset, steps)` for Keras's own `fit`.
    """
    if batch_size is not None:
        check_positive_int("batch_size", batch_size)
    if steps is not None:
        check_positive_int("steps_per_epoch", steps)
    if isinstance(x, tuple) and len(x) == 2 and y is None:
        x, y = x
    _refuse_what_is_no_data(x)
    if isinstance(x, np.ndarray) or keras.ops.is_tensor(x):
        images, labels = _check_arrays(x, y, image_shape)
        batch_size = batch_size or default_batch_size
        _check_batch_size(len(images), batch_size, batch_norm)
        batches = ArrayBatches(
            images,
            labels,
            batch_size=batch_size,
            seed=seed,
            shuffle=shuffle,
            batches_per_epoch=steps,
            position=position,
            skip_single=batch_norm,
        )
        return batches, None
    if y is not None or batch_size is not None:
        raise ValueError(
            "`y` and `batch_size` go with arrays. Received: a dataset "
            f"({type(x).__name__}), which gives batches, labels included, by itself."
        )
    return _check_dataset(x, image_shape, batch_norm), steps


def _refuse_what_is_no_data(x):
    if isinstance(x, (str, os.PathLike)):
        raise TypeError(
            f"`x` must be images or a dataset, not a path. Received: {str(x)!r}. Load "
            "a folder of pictures with kerasgan.datasets.image_folder(path, "
            "image_size=...)."
        )
    if x is None or isinstance(x, (list, tuple, dict)):
        raise TypeError(
            "`x` must be an array of images (n, height, width, channels), a pair "
            "(images, labels) of arrays, or a dataset of batches. Received: "
            f"{type(x).__name__}. Stack images of one size with np.stack(x)."
        )


def _check_arrays(x, y, image_shape):
    images = keras.ops.convert_to_numpy(x)
    if len(images) == 0:
        raise ValueError(f"`x` holds no images. Received: shape={images.shape}.")
    check_images(images, image_shape)
    labels = None if y is None else np.asarray(y)
    if labels is not None and len(labels) != len(images):
        raise ValueError(
            "`y` must have a label for each image. Received: "
            f"{len(images)} images and {len(labels)} labels."
        )
    if images.dtype not in (np.uint8, np.float32):
        images = images.astype("float32")
    return images, labels


def _check_batch_size(n, batch_size, batch_norm):
    if batch_size > n:
        raise ValueError(
            f"A batch needs at least `batch_size` images. Received: {n} image(s) and "
            f"batch_size={batch_size}. Pass batch_size={n} or less, or more images."
        )
    if batch_size == 1 and batch_norm:
        raise ValueError(
            "Batch norm cannot take statistics of a batch of 1. Received: "
            "batch size 1 for networks with batch norm. Use batches of 2 or more."
        )


def _check_dataset(x, image_shape, batch_norm):
    if isinstance(x, keras.utils.PyDataset):
        if x.num_batches == 0:
            raise _empty(x)
        first = x[0]
    elif isinstance(x, types.GeneratorType):
        first = next(x, None)
        if first is not None:
            x = _chained(first, x)
    elif isinstance(x, collections.abc.Iterable):
        first = next(iter(x), None)
    else:
        raise TypeError(
            "`x` must be an array of images or a dataset of batches. "
            f"Received: {x!r} of type {type(x).__name__}."
        )
    if first is None:
        raise _empty(x)
    images = first[0] if isinstance(first, (list, tuple)) else first
    if isinstance(images, dict):
        raise ValueError(
            "A dataset must give images or (images, labels). Received: dicts with keys "
            f"{sorted(images)}. Map them to such pairs first."
        )
    images = np.asarray(images)
    if images.shape[:1] == (0,):
        raise _empty(x)
    check_images(images, image_shape, name="batch")
    _check_batch_size(len(images), len(images), batch_norm)
    return x


def _empty(x):
    return ValueError(
        "The dataset gives no batch, so there is nothing to train on. Received: an "
        f"empty {type(x).__name__}. Check its filters, its path and drop_remainder."
    )


def _chained(first, rest):
    yield from itertools.chain([first], rest)


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
