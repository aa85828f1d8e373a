"""Which framework Keras takes where nobody has said; imported before Keras."""

import importlib.util
import json
import os
import pathlib
import sys
import warnings

_FRAMEWORKS = ("tensorflow", "torch", "jax")


def choose_backend() -> None:
    """Names an installed framework to Keras, where Keras alone would fail.

    Keras takes TensorFlow, or what its configuration file says, installed or not. An
    environment variable KERAS_BACKEND is a person's own word and stays; so does the
    choice of a Keras that is imported already.
    """
    if "KERAS_BACKEND" in os.environ or "keras" in sys.modules:
        return
    wanted = _configured()
    found = [name for name in _FRAMEWORKS if _is_installed(name)]
    if wanted in found or not found:
        return
    os.environ["KERAS_BACKEND"] = found[0]
    warnings.warn(
        f"KERAS_BACKEND is not set and {wanted}, which Keras would take, is not "
        f"installed: taking {found[0]}. To say so yourself, set KERAS_BACKEND to it."
    )


def _configured():
    """As Keras reads it; "tensorflow" where it says nothing."""
    home = os.environ.get("KERAS_HOME") or os.path.expanduser("~/.keras")
    try:
        config = json.loads(pathlib.Path(home, "keras.json").read_text())
        return config.get("backend", "tensorflow")
    # No such file, or one that holds no object: Keras passes over it too.
    except (OSError, ValueError, AttributeError):
        return "tensorflow"


def _is_installed(name):
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False
