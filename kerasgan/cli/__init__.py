"""The command `kerasgan`."""

from kerasgan.cli.main import main

__all__ = ["main"]
