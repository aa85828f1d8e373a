"""The site, built anew once a run."""

import functools
import importlib.util
import os
import pathlib
import subprocess
import sys

import pytest

import kerasgan

ROOT = pathlib.Path(kerasgan.__file__).parents[1]
needs_mkdocs = pytest.mark.skipif(
    importlib.util.find_spec("mkdocs") is None, reason="needs kerasgan[docs]"
)


@functools.cache
def built():
    """The folder of the built site."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "docs/build.py"]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    return ROOT / "build" / "site"
