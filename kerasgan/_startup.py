"""What is done before Keras is imported."""

import importlib
import pathlib
import sys


def _is_command_line():
    # So it stands while the package of a module to be run is imported.
    if sys.argv[:1] == ["-m"]:
        return "kerasgan.cli" in sys.orig_argv
    return pathlib.PurePath(*sys.argv[:1]).stem == "kerasgan"


# Whether `import kerasgan` leaves its names for later. The command `kerasgan`, or
# `python -m kerasgan.cli`, reads its arguments first: to import Keras takes seconds,
# and fails where the framework that Keras chooses is not installed.
waits = _is_command_line()


def finish_import() -> None:
    """Does what `import kerasgan` has left for later."""
    global waits
    if waits:
        waits = False
        importlib.reload(importlib.import_module("kerasgan"))


def import_keras() -> None:
    """Imports Keras.

    Raises:
        ImportError: if it has no framework, with what to install.
    """
    try:
        importlib.import_module("keras")
    except ImportError as error:
        if error.name not in ("tensorflow", "torch", "jax", "jaxlib", "openvino"):
            raise
        raise ImportError(
            f"kerasgan needs a framework for Keras, and Keras chose {error.name!r}, "
            "which is not installed. Install one with pip install "
            "'kerasgan[tensorflow]', 'kerasgan[torch]' or 'kerasgan[jax]', and set "
            "KERAS_BACKEND to tensorflow, torch or jax if it is not TensorFlow."
        ) from error
