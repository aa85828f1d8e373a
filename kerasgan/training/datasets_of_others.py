"""What single kinds of datasets need; none of their packages is imported."""

import copy
import functools

import numpy as np

from kerasgan.training.image_checks import scaled


def is_kind(x, package, *names):
    """Whether `x` is of a class of that package, or of one that inherits from it."""
    return any(
        cls.__name__ in names and cls.__module__.partition(".")[0] == package
        for cls in type(x).__mro__
    )


def giving_tuples(x):
    """A PyTorch `DataLoader` whose batches are no bare tensors; others as they are.

    Keras on JAX and TensorFlow takes a bare batch apart into images.
    """
    if not is_kind(x, "torch", "DataLoader"):
        return x
    loader = copy.copy(x)
    loader.collate_fn = functools.partial(_collate, x.collate_fn)
    return loader


def _collate(collate_fn, samples):
    # A function of a module: workers may be given it pickled.
    batch = collate_fn(samples)
    return batch if isinstance(batch, (list, tuple, dict)) else (batch,)


def map_mend(x, images, labels):
    """The line that scales a dataset with `map`, or "" where it has no such need.

    `keras.utils.image_dataset_from_directory` gives floats from 0 to 255.

    Args:
        x: the dataset.
        images: NumPy array, its first batch.
        labels: NumPy array, or `None`.
    """
    if not np.issubdtype(images.dtype, np.floating) or not images.size:
        return ""
    low, high = images.min(), images.max()
    of_images, of_pair = scaled(low, high, "images"), scaled(low, high, "pair[0]")
    if of_images is None:
        return ""
    if is_kind(x, "tensorflow", "DatasetV2"):
        given = f"({of_images}, labels)" if labels is not None else of_images
        names = "images, labels" if labels is not None else "images"
    elif is_kind(x, "grain", "MapDataset", "IterDataset"):
        given = f"({of_pair}, pair[1])" if labels is not None else of_images
        names = "pair" if labels is not None else "images"
    else:
        return ""
    return f" A dataset so: dataset.map(lambda {names}: {given})."
