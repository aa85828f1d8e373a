"""The command `kerasgan`: one line where a framework for Keras is missing."""

import os
import sys
import warnings


def main() -> int:
    """Runs the command; gives its exit status."""
    # TensorFlow leaves oneDNN off on processors without AVX-512, and then takes two to
    # three times as long a step.
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
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
