"""The command `kerasgan`: one line where a framework for Keras is missing."""

import sys
import warnings


def main() -> int:
    """Runs the command; gives its exit status."""
    try:
        # Here, for what fails in it is for the person at the command line to read.
        with warnings.catch_warnings():
            warnings.showwarning = _one_line
            from kerasgan.cli import main as run
    except ImportError as error:
        print("kerasgan:", " ".join(str(error).split()), file=sys.stderr)
        return 1
    return run()


def _one_line(message, category, filename, lineno, file=None, line=None):
    if issubclass(category, UserWarning):
        print("kerasgan: warning:", message, file=sys.stderr)
