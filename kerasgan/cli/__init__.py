"""The command line: one file a command, in the order that the help lists them.

Each command's file gives `add_parser(commands)` and `run(options)`.
"""

import argparse
import contextlib
import gc
import sys
import warnings
from collections.abc import Sequence

import keras

from kerasgan.cli import evaluate, export, generate, presets, recipes, report, train
from kerasgan.version import __version__

__all__ = ["main"]

COMMANDS = (presets, recipes, train, report, generate, evaluate, export)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command.

    Args:
        arguments: list of strings. Defaults to the process's.

    Returns:
        The exit status: 0, 1 after an error that one line on stderr tells, or
        128 and the signal's number after a signal: 130 after Ctrl-C.
    """
    try:
        options = _parser().parse_args(arguments)
        with _plain_warnings():
            return options.run(options) or 0
    except (ValueError, OSError, ImportError, RuntimeError) as error:
        # PresetError is a ValueError. What a person can mend needs no traceback.
        print("kerasgan:", " ".join(str(error).split()), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("kerasgan: stopped", file=sys.stderr)
        return 130
    finally:
        # TensorFlow's iterators lie in cycles, and complain where Python ends first.
        gc.collect()


@contextlib.contextmanager
def _plain_warnings():
    """Within, a warning is a line, as an error is, and not a place in our code."""

    def show(message, category, filename, lineno, file=None, line=None):
        if issubclass(category, UserWarning):
            print("kerasgan: warning:", message, file=sys.stderr)

    with warnings.catch_warnings():
        warnings.showwarning = show
        yield


def _parser():
    parser = argparse.ArgumentParser(
        prog="kerasgan",
        description="Train and use GANs with Keras 3. The environment variable "
        "KERAS_BACKEND picks the framework: tensorflow, torch or jax.",
    )
    parser.add_argument("--version", action="version", version=_version())
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add_parser(commands).set_defaults(run=command.run)
    return parser


def _version():
    backend = keras.backend.backend()
    return f"kerasgan {__version__} (Keras {keras.__version__} on {backend})"
