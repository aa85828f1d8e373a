"""The metrics by name: what each makes of features of real and fake images."""

import dataclasses
import difflib
from collections.abc import Callable, Sequence
from typing import Any

from kerasgan.metrics.classes import class_accuracy, class_coverage, inception_score
from kerasgan.metrics.distances import (
    check_subsets,
    frechet_distance,
    kernel_distance,
)
from kerasgan.metrics.extractors import Features
from kerasgan.metrics.neighbours import density_coverage, precision_recall

_SUBSETS = 100
_SPLITS = 10
_K_MANIFOLD = 3
_K_DENSITY = 5


@dataclasses.dataclass(frozen=True, kw_only=True)
class Figure:
    """One number that a metric gives.

    Args:
        name: such as `"precision"`.
        value: the number.
        higher_is_better: whether it is.
        spread: standard deviation over subsets or splits. Defaults to `None`.
        settings: arguments that it depends on. Defaults to none.
    """

    name: str
    value: float
    higher_is_better: bool
    spread: float | None = None
    settings: dict[str, Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Metric:
    """A function of features, and what it needs.

    Attributes:
        name: what users call it.
        figures: function of the real and the fake `Features` and a seed; returns
            a list of `Figure`.
        needs_real: whether it looks at real images.
        needs_classes: whether it looks at probabilities of classes.
        needs_labels: whether it looks at the classes that were asked for.
    """

    name: str
    figures: Callable[[Features | None, Features, int], list[Figure]]
    needs_real: bool
    needs_classes: bool
    needs_labels: bool = False


_METRICS: dict[str, Metric] = {}


def register_metric(
    name: str,
    *,
    needs_real: bool = True,
    needs_classes: bool = False,
    needs_labels: bool = False,
) -> Callable:
    """Decorator: makes a function of features a metric with a name.

    Args:
        name: new, what `evaluate` and the command line take.
        needs_real: whether it looks at real images. Defaults to `True`.
        needs_classes: whether it looks at probabilities. Defaults to `False`.
        needs_labels: whether it looks at the classes that were asked for. Defaults to
            `False`.

    Returns:
        A decorator that returns its function unchanged. The function takes the real
        `Features` (`None` without), the fake ones and a seed, and returns a list of
        `Figure`.

    Raises:
        ValueError: if the name is taken.

    Example:

    >>> @kerasgan.metrics.register_metric("mean-shift")
    ... def mean_shift(real, fake, seed):
    ...     shift = abs(real.features.mean(0) - fake.features.mean(0)).max()
    ...     return [Figure(name="mean-shift", value=shift, higher_is_better=False)]
    """
    if name in _METRICS:
        raise ValueError(
            f"There is a metric of that name already. Received: {name!r}. Take another "
            "name."
        )

    def register(function):
        _METRICS[name] = Metric(name, function, needs_real, needs_classes, needs_labels)
        return function

    return register


def list_metrics() -> list[str]:
    """The names that `evaluate` knows."""
    return sorted(_METRICS)


def get_metrics(names: Sequence[str]) -> list[Metric]:
    """Metrics by name.

    Raises:
        TypeError: if `names` is one string.
        ValueError: if there is none, or a name is unknown.
    """
    if isinstance(names, str):
        raise TypeError(
            "`metrics` must be a list of names. Received: "
            f"metrics={names!r}. Write metrics=[{names!r}]."
        )
    if not names:
        raise ValueError(
            f"`metrics` must name at least one of {list_metrics()}. Received: none."
        )
    return [_get(name) for name in names]


def _get(name: str) -> Metric:
    if name not in _METRICS:
        near = difflib.get_close_matches(str(name), _METRICS, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise ValueError(
            f"There is no metric of that name.{hint} It must be one of "
            f"{list_metrics()}. Received: {name!r}."
        )
    return _METRICS[name]


@register_metric("fd")
def _frechet(real, fake, seed):
    value = frechet_distance(real.features, fake.features)
    return [Figure(name="fd", value=value, higher_is_better=False)]


@register_metric("kd")
def _kernel(real, fake, seed):
    size = check_subsets(_SUBSETS, None, min(len(real.features), len(fake.features)))
    settings = {"subsets": _SUBSETS, "subset_size": size}
    value, spread = kernel_distance(real.features, fake.features, seed=seed, **settings)
    return [
        Figure(
            name="kd",
            value=value,
            higher_is_better=False,
            spread=spread,
            settings=settings,
        )
    ]


@register_metric("prdc")
def _prdc(real, fake, seed):
    pair = (real.features, fake.features)
    found = {
        _K_MANIFOLD: precision_recall(*pair, k=_K_MANIFOLD),
        _K_DENSITY: density_coverage(*pair, k=_K_DENSITY),
    }
    return [
        Figure(name=name, value=value, higher_is_better=True, settings={"k": k})
        for k, shares in found.items()
        for name, value in shares._asdict().items()
    ]


@register_metric("is", needs_real=False, needs_classes=True)
def _inception(real, fake, seed):
    value, spread = inception_score(fake.probabilities, splits=_SPLITS, seed=seed)
    return [
        Figure(
            name="is",
            value=value,
            higher_is_better=True,
            spread=spread,
            settings={"splits": _SPLITS},
        )
    ]


@register_metric("classes", needs_real=False, needs_classes=True)
def _classes(real, fake, seed):
    classes, kl = class_coverage(fake.probabilities)
    return [
        Figure(name="classes", value=classes, higher_is_better=True),
        Figure(name="class_kl", value=kl, higher_is_better=False),
    ]


@register_metric("labels", needs_real=False, needs_classes=True, needs_labels=True)
def _labels(real, fake, seed):
    accuracy, by_class = class_accuracy(fake.probabilities, fake.labels)
    return [
        Figure(name="class_accuracy", value=accuracy, higher_is_better=True),
        *(
            Figure(name=f"class_accuracy_{i}", value=share, higher_is_better=True)
            for i, share in enumerate(by_class)
            if share == share
        ),
    ]
