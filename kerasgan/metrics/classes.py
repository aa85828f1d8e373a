"""Figures from what a classifier says of images."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kerasgan.metrics.distances import Estimate


class ClassCoverage(NamedTuple):
    """What `class_coverage` returns.

    Attributes:
        classes: how many classes were hit.
        kl: Kullback-Leibler divergence of the classes' shares from uniform, in nats:
            0 for equal shares, log(number of classes) for one class alone.
    """

    classes: int
    kl: float


class ClassAccuracy(NamedTuple):
    """What `class_accuracy` returns.

    Attributes:
        accuracy: share of the images that are of the class asked for, in [0, 1].
        by_class: float64 (classes,), the share of each class; NaN for one that was not
            asked for.
    """

    accuracy: float
    by_class: NDArray


def inception_score(
    probabilities: ArrayLike, *, splits: int = 10, seed: int | None = 0
) -> Estimate:
    """exp of the mean divergence of an image's classes from all images' classes.

    High where each image is surely of one class, and all classes are there. It looks
    at no real image, and says nothing of variety within a class.

    Args:
        probabilities: (n, classes), each row sums to 1.
        splits: equal parts that are scored by themselves, from 1 to n. Defaults to
            10; parts may differ by one row.
        seed: of the shuffle before the split, `None` for none. Defaults to 0.

    Returns:
        `Estimate(value, spread)`: mean and standard deviation over the splits, from 1
        to the number of classes.

    Raises:
        ValueError: if the rows are no probabilities, or `splits` is out of range.

    Source: Salimans et al. 2016, "Improved Techniques for Training GANs"
    (arXiv:1606.03498), section 4; 10 splits as in its code.
    """
    shares = check_probabilities(probabilities)
    if not 1 <= splits <= len(shares):
        raise ValueError(
            "`splits` must be from 1 to the number of rows. Received: "
            f"splits={splits} for {len(shares)} rows."
        )
    if seed is not None:
        shares = np.random.default_rng(seed).permutation(shares)
    scores = [_inception_score(part) for part in np.array_split(shares, splits)]
    return Estimate(float(np.mean(scores)), float(np.std(scores)))


def _inception_score(shares: NDArray) -> float:
    divergences = (shares * (_log(shares) - _log(shares.mean(axis=0)))).sum(axis=1)
    return np.exp(divergences.mean())


def _log(shares: NDArray) -> NDArray:
    # 0 log 0 is 0: any finite value does.
    return np.log(np.where(shares > 0, shares, 1.0))


def class_coverage(
    predictions: ArrayLike, *, num_classes: int | None = None
) -> ClassCoverage:
    """How many classes a generator makes, and how evenly.

    Args:
        predictions: (n,) labels from 0 to `num_classes` - 1, or (n, classes)
            probabilities, of which the largest counts.
        num_classes: needed with labels, and taken from probabilities.

    Returns:
        `ClassCoverage(classes, kl)`.

    Raises:
        ValueError: if the predictions are not such arrays, or hold nothing.

    Source: Metz et al. 2017, "Unrolled Generative Adversarial Networks"
    (arXiv:1611.02163), section 3.3.1. Deviation: the divergence is from uniform, which
    which MNIST's and CIFAR-10's classes are at most 0.004 nats away.
    """
    predictions = np.asarray(predictions)
    if predictions.ndim == 2:
        shares = check_probabilities(predictions)
        labels, known = shares.argmax(axis=1), int(shares.shape[1])
    else:
        labels, known = _check_labels(predictions, num_classes), int(num_classes or 0)
    counts = np.bincount(labels, minlength=known)
    shares = counts[counts > 0] / len(labels)
    kl = float((shares * np.log(shares * known)).sum())
    return ClassCoverage(int((counts > 0).sum()), max(kl, 0.0))


def class_accuracy(probabilities: ArrayLike, labels: ArrayLike) -> ClassAccuracy:
    """How many images are of the class that they should be.

    Args:
        probabilities: (n, classes), each row sums to 1; the largest counts.
        labels: (n,) whole numbers from 0 to `classes` - 1: what was asked for.

    Returns:
        `ClassAccuracy(accuracy, by_class)`.

    Raises:
        ValueError: if the arguments are not such arrays of one length.

    Source: Ravuri and Vinyals 2019, "Classification Accuracy Score for Conditional
    Generative Models" (arXiv:1905.10887), looks at the reverse: a classifier trained on
    generated images. This is Odena et al. 2017 (arXiv:1610.09585), section 4.1: a
    classifier of real images judges generated ones.
    """
    shares = check_probabilities(probabilities)
    labels = _check_labels(np.asarray(labels), shares.shape[1])
    if len(labels) != len(shares):
        raise ValueError(
            "There must be a label for each row of `probabilities`. Received: "
            f"{len(shares)} rows and {len(labels)} labels."
        )
    right = shares.argmax(axis=1) == labels
    asked = np.bincount(labels, minlength=shares.shape[1])
    hit = np.bincount(labels[right], minlength=shares.shape[1])
    by_class = np.where(asked > 0, hit / np.maximum(asked, 1), np.nan)
    return ClassAccuracy(float(right.mean()), by_class)


def _check_labels(labels: NDArray, num_classes: int | None) -> NDArray:
    if labels.ndim != 1 or labels.dtype.kind not in "iu" or len(labels) == 0:
        raise ValueError(
            "`predictions` must be whole numbers (n,) or probabilities (n, classes). "
            f"Received: shape={labels.shape}, dtype={labels.dtype}."
        )
    if num_classes is None or num_classes < 1:
        raise ValueError(
            "`num_classes` must be given with labels, and be at least 1. Received: "
            f"num_classes={num_classes}."
        )
    if labels.min() < 0 or labels.max() >= num_classes:
        raise ValueError(
            f"`predictions` must lie from 0 to {num_classes - 1}. Received: from "
            f"{labels.min()} to {labels.max()}."
        )
    return labels


def check_probabilities(probabilities: ArrayLike) -> NDArray:
    """The rows in float64, if each is a distribution over classes."""
    shares = np.asarray(probabilities, "float64")
    if shares.ndim != 2 or 0 in shares.shape:
        raise ValueError(
            "`probabilities` must be an array (n, classes). Received: "
            f"shape={shares.shape}."
        )
    sums = shares.sum(axis=1)
    # NaN fails each comparison.
    right = (shares >= 0).all(axis=1) & (np.abs(sums - 1.0) < 1e-3)
    if not right.all():
        row = int(np.argmin(right))
        raise ValueError(
            "Each row of `probabilities` must sum to 1, with nothing below 0. "
            f"Received: row {row} from {shares[row].min():g} to {shares[row].max():g}, "
            f"sum {sums[row]:g}. Apply a softmax to logits."
        )
    return shares
