"""The command line: one file a command, in the order that the help lists them.

Each command's file gives `add_parser(commands)` and `run(options)` and is light: what
needs Keras is a `Deferred` module there, which is imported when the command runs. So
`kerasgan --help` answers at once, and also where no framework is installed.
"""

import argparse
import contextlib
import sys
import warnings
from collections.abc import Sequence

from kerasgan.cli import evaluate, export, generate, presets, report, train
from kerasgan.cli.deferred import Deferred
from kerasgan.version import __version__

__all__ = ["main"]

COMMANDS = (presets, train, report, generate, evaluate, export)

_keras = Deferred("keras")


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
    parser.add_argument("--version", action=_Version, nargs=0, help="say which")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add_parser(commands).set_defaults(run=command.run)
    return parser


class _Version(argparse.Action):
    """Says it when it is asked for: the backend's name takes Keras."""

    def __call__(self, parser, namespace, values, option_string=None):
        backend, version = _keras.backend.backend(), _keras.__version__
        print(f"kerasgan {__version__} (Keras {version} on {backend})")
        parser.exit()
