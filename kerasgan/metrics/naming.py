"""The names that extractors go by."""

import difflib
import re
from collections.abc import Callable

import keras

from kerasgan.metrics.extractors import Extractor

_EXTRACTORS: dict[str, Callable[[], Extractor]] = {}
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")

# By the set's name: the shipped classifier of its images, or of such as look like them.
OWN_EXTRACTORS = {
    "mnist": "mnist-classifier",
    "glyphs-28": "mnist-classifier",
    "cifar10": "cifar10-classifier",
    "shapes-32": "cifar10-classifier",
}


def register_extractor(name: str) -> Callable:
    """Decorator: a function without arguments that makes an `Extractor`, by name.

    Args:
        name: small letters, digits and `.`, `_`, `-`; not one that is taken.

    Returns:
        A decorator that returns its function unchanged.

    Raises:
        ValueError: if the name is not such a name, or is taken.

    Example:

    >>> @kerasgan.metrics.register_extractor("my-classifier")
    ... def my_classifier():
    ...     return kerasgan.metrics.Extractor(keras.models.load_model("mine.keras"))
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ValueError(
            "An extractor's name must be small letters, digits, '.', '_' and '-'. "
            f"Received: {name!r}."
        )
    if name in _EXTRACTORS:
        raise ValueError(
            f"There is an extractor of that name already. Received: {name!r}. Take "
            "another name."
        )

    def register(function):
        _EXTRACTORS[name] = function
        return function

    return register


def list_extractors() -> list[str]:
    """The names that `get_extractor` knows."""
    return sorted(_EXTRACTORS)


def get_extractor(extractor: str | keras.Model | Extractor) -> Extractor:
    """An extractor by its name, from a Keras model, or as it is.

    Args:
        extractor: a registered name, a Keras model as `Extractor` takes it, or an
            `Extractor`.

    Returns:
        An `Extractor`.

    Raises:
        ValueError: if the name is unknown.
    """
    if isinstance(extractor, Extractor):
        return extractor
    if not isinstance(extractor, str):
        return Extractor(extractor)
    if extractor not in _EXTRACTORS:
        near = difflib.get_close_matches(extractor, _EXTRACTORS, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise ValueError(
            f"There is no extractor of that name.{hint} It must be one of "
            f"{list_extractors()}, a keras.Model or an Extractor. Received: "
            f"{extractor!r}."
        )
    return _EXTRACTORS[extractor]()
