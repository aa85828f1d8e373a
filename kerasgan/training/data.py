"""What `fit` and `evaluate` are given, checked and made ready for Keras."""

import collections.abc
import itertools
import os
import types
import typing

import keras
import numpy as np

from kerasgan.checks import check_images, check_positive_int
from kerasgan.training.batches import ArrayBatches


@typing.runtime_checkable
class _Array(typing.Protocol):
    """NumPy's protocol, which each framework's tensors speak on every backend."""

    def __array__(self): ...


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
    training=True,
    prefix="",
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
        training: whether there must be images for a whole batch.
        prefix: of the arguments' names in errors.

    Returns:
        `(dataset, steps)` for Keras's own `fit`.
    """
    if batch_size is not None:
        check_positive_int(f"{prefix}batch_size", batch_size)
    if steps is not None:
        check_positive_int("steps_per_epoch" if training else f"{prefix}steps", steps)
    name = "validation_data" if prefix else "x"
    if isinstance(x, tuple) and len(x) == 2 and y is None:
        x, y = x
    _refuse_what_is_no_data(x, name)
    if isinstance(x, _Array):
        images, labels = _check_arrays(x, y, image_shape, name)
        batch_size = batch_size or default_batch_size
        if training:
            _check_batch_size(len(images), batch_size, batch_norm)
        batches = ArrayBatches(
            images,
            labels,
            batch_size=min(batch_size, len(images)),
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
            f"({type(x).__name__}), which gives batches, labels included, by itself. "
            "Leave them out."
        )
    first, x = _first_batch(x, name)
    _check_batch(first, x, image_shape, batch_norm, name)
    return x, steps


def check_repeats(data, epochs, steps_per_epoch):
    """Raises if a generator, which can be read once, would be read once more."""
    if isinstance(data, types.GeneratorType) and epochs > 1 and not steps_per_epoch:
        raise ValueError(
            "A generator can be read once, so it needs `steps_per_epoch` to tell where "
            f"an epoch ends. Received: epochs={epochs}, steps_per_epoch=None. Pass "
            "`steps_per_epoch=`, or a keras.utils.PyDataset."
        )


def recommended_epochs(training, data, steps_per_epoch):
    """How many epochs a preset's training block means for this data."""
    if "epochs" in training:
        return training["epochs"]
    batches = steps_per_epoch
    if batches is None and isinstance(data, keras.utils.PyDataset):
        batches = data.num_batches
    if batches is None:
        raise ValueError(
            f"The preset trains for {training['steps']} steps, and the length of this "
            "dataset is unknown. Received: epochs=None. Pass `epochs=`, or "
            "`steps_per_epoch=`."
        )
    return -(-training["steps"] // batches)


def _refuse_what_is_no_data(x, name):
    if isinstance(x, (str, os.PathLike)):
        raise TypeError(
            f"`{name}` must be images or a dataset, not a path. Received: {str(x)!r}. "
            "Load a folder of pictures with kerasgan.datasets.image_folder(path, "
            "image_size=...)."
        )
    if x is None or isinstance(x, (list, tuple, dict)):
        raise TypeError(
            f"`{name}` must be an array of images (n, height, width, channels), a pair "
            "(images, labels) of arrays, or a dataset of batches. Received: "
            f"{type(x).__name__}. Stack images of one size with np.stack({name})."
        )


def _to_numpy(x):
    # The backend's own tensors may lie on a device.
    return keras.ops.convert_to_numpy(x) if keras.ops.is_tensor(x) else np.asarray(x)


def _check_arrays(x, y, image_shape, name):
    images = _to_numpy(x)
    if images.shape[:1] == (0,):
        raise ValueError(
            f"`{name}` holds no images. Received: shape={images.shape}. Check what "
            "it was loaded or filtered from."
        )
    check_images(images, image_shape, name=name)
    labels = None if y is None else _to_numpy(y)
    if labels is not None:
        _check_labels(images, labels)
    if images.dtype not in (np.uint8, np.float32):
        images = images.astype("float32")
    return images, labels


def _check_labels(images, labels):
    if labels.shape[:1] != images.shape[:1]:
        count = labels.shape[0] if labels.ndim else "no axis of"
        raise ValueError(
            "There must be a label for each image. Received: "
            f"{len(images)} images and {count} labels. Give as many labels as images."
        )


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


def _first_batch(x, name):
    """The first batch or `None`, and the dataset with that batch still in it."""
    if isinstance(x, keras.utils.PyDataset):
        return (None if x.num_batches == 0 else x[0]), x
    if isinstance(x, collections.abc.Iterator):
        first = next(x, None)
        return first, x if first is None else _chained(first, x)
    if isinstance(x, collections.abc.Iterable):
        return next(iter(x), None), x
    raise TypeError(
        f"`{name}` must be an array of images or a dataset of batches. "
        f"Received: {x!r} of type {type(x).__name__}. Give one of tf.data.Dataset, "
        "torch.utils.data.DataLoader, keras.utils.PyDataset, a grain dataset or a "
        "generator."
    )


def _check_batch(first, x, image_shape, batch_norm, name):
    if first is None:
        raise _empty(x)
    parts = tuple(first) if isinstance(first, (list, tuple)) else (first,)
    if any(isinstance(part, dict) for part in parts):
        keys = sorted(next(part for part in parts if isinstance(part, dict)))
        raise ValueError(
            "A dataset must give images or (images, labels). Received: dicts with keys "
            f"{keys}. Map them to such pairs first."
        )
    if not 1 <= len(parts) <= 2:
        raise ValueError(
            "A dataset must give images or (images, labels). Received: a "
            f"{type(first).__name__} of {len(parts)}. Stack a list of images with "
            "np.stack; leave sample weights out."
        )
    images, *labels = [_to_numpy(part) for part in parts]
    if images.shape[:1] == (0,):
        raise _empty(x)
    check_images(images, image_shape, name="batch")
    for part in labels:
        _check_labels(images, part)
    _check_batch_size(len(images), len(images), batch_norm)


def _empty(x):
    return ValueError(
        "The dataset gives no batch, so there is nothing to train on. Received: an "
        f"empty {type(x).__name__}. Check its filters, its path and drop_remainder."
    )


def _chained(first, rest):
    # Keras takes tuples alone from a generator.
    for batch in itertools.chain([first], rest):
        yield tuple(batch) if isinstance(batch, (list, tuple)) else (batch,)


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
