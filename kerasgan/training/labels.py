"""Class labels: what may come in, and what networks are given: int32 (batch,)."""

import numpy as np
from keras import ops


def check_labels(labels, num_classes, count, *, name="labels"):
    """Labels as networks take them.

    Args:
        labels: whole numbers (n,) or (n, 1) in [0, num_classes), or one-hot rows
            (n, num_classes), as a NumPy array.
        num_classes: how many classes the model knows.
        count: how many images there are.
        name: what to call the labels in errors.

    Returns:
        An int32 array (n,).

    Raises:
        ValueError: if they are no such labels, or not one for each image.
    """
    if labels is None:
        raise ValueError(
            f"This model has {num_classes} classes and needs a label for each image. "
            f"Received: {name}=None. Give a pair (images, labels)."
        )
    labels = np.asarray(labels)
    check_count(labels, count)
    if labels.ndim == 2 and labels.shape[1] == num_classes and num_classes > 1:
        return _from_one_hot(labels, name)
    if labels.shape[1:] not in ((), (1,)):
        raise ValueError(
            f"`{name}` must have shape (n,), or one-hot (n, {num_classes}). "
            f"Received: shape={labels.shape}."
        )
    labels = labels.reshape(-1)
    if not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(
            f"`{name}` must be whole numbers from 0 to {num_classes - 1}, or one-hot "
            f"rows. Received: dtype={labels.dtype}. Give {name}.astype('int32')."
        )
    wrong = np.flatnonzero((labels < 0) | (labels >= num_classes))
    if len(wrong):
        raise ValueError(
            f"`{name}` must be whole numbers from 0 to {num_classes - 1}: the model "
            f"has {num_classes} classes. Received: {name}[{wrong[0]}] is "
            f"{labels[wrong[0]]}. Number the classes from 0, or build the model with "
            "another `num_classes`."
        )
    return labels.astype("int32")


def check_count(labels, count):
    """Raises unless there are as many labels as images."""
    if labels.shape[:1] != (count,):
        held = labels.shape[0] if labels.ndim else "no axis of"
        raise ValueError(
            "There must be a label for each image. Received: "
            f"{count} images and {held} labels. Give as many labels as images."
        )


def _from_one_hot(labels, name):
    ones = (labels == 1).sum(axis=1) == 1
    wrong = np.flatnonzero(~(ones & ((labels == 0).sum(axis=1) == labels.shape[1] - 1)))
    if len(wrong):
        raise ValueError(
            f"One-hot `{name}` must hold a single 1 in each row, and zeros. Received: "
            f"{name}[{wrong[0]}] is {labels[wrong[0]].tolist()}."
        )
    return labels.argmax(axis=1).astype("int32")


def labels_to_generate(labels, num_classes, n):
    """The labels of `n` images to make.

    Args:
        labels: one label for all, labels as in `check_labels`, or `None` for all
            classes in turn.
        num_classes: the model's, or `None` for one without labels.
        n: how many images.

    Returns:
        An int32 array (n,), or `None` without classes.

    Raises:
        ValueError: if they are no such labels.
    """
    if num_classes is None:
        if labels is not None:
            raise ValueError(
                "This model takes no labels: it was built without `num_classes`. "
                "Received: labels. Leave them out."
            )
        return None
    if labels is None:
        return (np.arange(n) % num_classes).astype("int32")
    labels = np.asarray(labels)
    if labels.ndim == 0:
        labels = np.full((n,), labels)
    return check_labels(labels, num_classes, n)


def class_indices(labels, num_classes):
    """In a step: labels of any form that `check_labels` allows, as int32 (batch,).

    One that is no class, in a batch of a dataset that was not looked at beforehand, is
    none here either: TensorFlow and PyTorch raise where it is looked up, and JAX gives
    NaN.
    """
    if num_classes is None or labels is None:
        return labels
    labels = ops.convert_to_tensor(labels)
    if len(labels.shape) == 2 and labels.shape[1] == num_classes and num_classes > 1:
        labels = ops.argmax(labels, axis=-1)
    labels = ops.cast(ops.reshape(labels, (-1,)), "int32")
    # Keras would count a negative one from the last class, on every backend.
    return ops.where(labels < 0, num_classes, labels)
