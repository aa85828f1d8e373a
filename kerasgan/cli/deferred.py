"""Modules that are imported when they are first used."""

import importlib
from typing import Any

from kerasgan._startup import finish_import


class Deferred:
    """A module that waits with its import, and Keras's, until it is used.

    Args:
        name: the module's full name.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        finish_import()
        return getattr(importlib.import_module(self._name), attribute)
