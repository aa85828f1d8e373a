"""What `fit` and `evaluate` are given, checked and made ready for Keras."""

import collections.abc
import itertools
import os
import types
import typing

import keras
import numpy as np

from kerasgan import _backends
from kerasgan.checks import check_positive_int
from kerasgan.networks.checks import has_batch_norm
from kerasgan.training.batches import ArrayBatches
from kerasgan.training.datasets_of_others import giving_tuples, map_mend


@typing.runtime_checkable
class _Array(typing.Protocol):
    """NumPy's protocol, which each framework's tensors speak on every backend."""

    def __array__(self): ...


def training_data(gan, x, y, batch_size, *, shuffle, steps):
    """Checks training data before any work is lost.

    Args:
        gan: the compiled GAN.
        x, y, batch_size, shuffle, steps: as in `GAN.fit`.

    Returns:
        `(dataset, steps)`: `ArrayBatches`, or a dataset for Keras's own `fit`.
    """
    x, y = _named(x, y, batch_size, steps, ("x", "batch_size", "steps_per_epoch"))
    recipe = gan.recipe
    draws = recipe.discriminator_steps if recipe.fresh_real_images else 1
    batch_norm = has_batch_norm(gan.generator, gan.discriminator)
    if not isinstance(x, _Array):
        x = _checked_dataset(gan, x, y, batch_size, name="x", batch_norm=batch_norm)
        return (x, steps) if draws == 1 else _grouped(x, steps, draws)
    images, labels = _checked_arrays(gan, x, y, "x")
    batch_size = batch_size or gan.training_arguments()["batch_size"]
    _check_batch_size(len(images), batch_size, draws, batch_norm)
    batches = ArrayBatches(
        images,
        labels,
        batch_size=batch_size * draws,
        seed=gan.seed,
        shuffle=shuffle,
        batches_per_epoch=steps,
        position=lambda: int(keras.ops.convert_to_numpy(gan.step_counter)),
        skip_single=batch_norm,
        skip_rest=draws > 1,
    )
    return batches, None


def evaluation_data(gan, x, y, batch_size, *, steps, prefix=""):
    """As `training_data`, for data that is looked at in its order.

    Args:
        gan: the GAN.
        x, y, batch_size, steps: as in `GAN.evaluate`.
        prefix: of the arguments' names in errors.
    """
    name = "validation_data" if prefix else "x"
    names = (name, f"{prefix}batch_size", f"{prefix}steps")
    x, y = _named(x, y, batch_size, steps, names)
    if not isinstance(x, _Array):
        x = _checked_dataset(gan, x, y, batch_size, name=name, batch_norm=False)
        return x, steps
    images, labels = _checked_arrays(gan, x, y, name)
    batch_size = batch_size or gan.training_arguments()["batch_size"]
    batches = ArrayBatches(
        images,
        labels,
        batch_size=min(batch_size, len(images)),
        seed=0,
        shuffle=False,
        batches_per_epoch=steps,
    )
    return _backends.feed(batches), None


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
    if batches is None:
        batches = _length(data)
    if batches is None:
        raise ValueError(
            f"The preset trains for {training['steps']} steps, and the length of this "
            "dataset is unknown. Received: epochs=None. Pass `epochs=`, or "
            "`steps_per_epoch=`."
        )
    return -(-training["steps"] // batches)


def _length(data):
    """Batches in a dataset, `None` where it does not know."""
    if isinstance(data, keras.utils.PyDataset):
        return data.num_batches
    try:
        return len(data)
    except TypeError:
        return None


def _named(x, y, batch_size, steps, names):
    """Images and labels apart, once everything that needs no look inside is right."""
    name, name_of_batch_size, name_of_steps = names
    if batch_size is not None:
        check_positive_int(name_of_batch_size, batch_size)
    if steps is not None:
        check_positive_int(name_of_steps, steps)
    if isinstance(x, tuple) and len(x) == 2 and y is None:
        x, y = x
    _refuse_what_is_no_data(x, name)
    return x, y


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


def _checked_arrays(gan, x, y, name):
    images = _to_numpy(x)
    if images.shape[:1] == (0,):
        raise ValueError(
            f"`{name}` holds no images. Received: shape={images.shape}. Check what "
            "it was loaded or filtered from."
        )
    labels = None if y is None else _to_numpy(y)
    return gan.check_data(images, labels, name=name)


def _to_numpy(x):
    # The backend's own tensors may lie on a device.
    return keras.ops.convert_to_numpy(x) if keras.ops.is_tensor(x) else np.asarray(x)


def _check_batch_size(n, batch_size, draws, batch_norm):
    if batch_size * draws > n:
        each = f", and a step draws {draws} such batches" if draws > 1 else ""
        raise ValueError(
            f"A batch needs at least `batch_size` images{each}. Received: {n} "
            f"image(s) and batch_size={batch_size}. Pass "
            f"batch_size={max(1, n // draws)} or less, or more images."
        )
    if batch_size == 1 and batch_norm:
        raise ValueError(
            "Batch norm cannot take statistics of a batch of 1. Received: "
            "batch size 1 for networks with batch norm. Use batches of 2 or more."
        )


def _checked_dataset(gan, x, y, batch_size, *, name, batch_norm):
    x = giving_tuples(x)
    if y is not None or batch_size is not None:
        raise ValueError(
            "`y` and `batch_size` go with arrays. Received: a dataset "
            f"({type(x).__name__}), which gives batches, labels included, by itself. "
            "Leave them out."
        )
    first, x = _first_batch(x, name)
    images, labels = _unpacked(first, x)
    try:
        gan.check_data(images, labels, name="batch")
    except ValueError as error:
        mend = map_mend(x, images, labels)
        raise ValueError(f"{error}{mend}") from None if mend else error
    _check_batch_size(len(images), len(images), 1, batch_norm)
    return x


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


def _unpacked(first, x):
    """The images and the labels, or `None`, of a dataset's first batch, as NumPy."""
    if first is None:
        raise _empty(x)
    parts = _parts(first)
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
    return images, labels[0] if labels else None


def _parts(batch):
    return tuple(batch) if isinstance(batch, (list, tuple)) else (batch,)


def _empty(x):
    return ValueError(
        "The dataset gives no batch, so there is nothing to train on. Received: an "
        f"empty {type(x).__name__}. Check its filters, its path and drop_remainder."
    )


def _chained(first, rest):
    # Keras takes tuples alone from a generator.
    for batch in itertools.chain([first], rest):
        yield _parts(batch)


def _grouped(x, steps, draws):
    """A dataset's batches, `draws` of them at a time as one, and the steps an epoch."""
    length = _length(x)
    if steps is None and length is None:
        raise ValueError(
            f"A step draws {draws} batches here, and the length of this dataset is "
            "unknown. Received: steps_per_epoch=None. Pass `steps_per_epoch=`."
        )
    steps = steps or length // draws
    if not steps:
        raise ValueError(
            f"A step draws {draws} batches here. Received: a dataset of {length}. "
            "Make its batches smaller, or give more images."
        )
    return _groups(x, draws), steps


def _groups(x, draws):
    """Endless where the dataset can be read again; batches of one size alone."""
    group = []
    while True:
        read = False
        for batch in _batches(x):
            read = True
            parts = [_to_numpy(part) for part in _parts(batch)]
            if group and len(parts[0]) != len(group[0][0]):
                continue
            group.append(parts)
            if len(group) == draws:
                yield tuple(np.concatenate(columns) for columns in zip(*group))
                group = []
        if not read or isinstance(x, collections.abc.Iterator):
            return


def _batches(x):
    if not isinstance(x, keras.utils.PyDataset):
        yield from x
        return
    for index in range(len(x)):
        yield x[index]
    x.on_epoch_end()
