"""`kerasgan presets`: what there is to train and to use."""

import argparse

from rich.console import Console
from rich.table import Table

from kerasgan import presets


def add_parser(commands) -> argparse.ArgumentParser:
    """Adds the command to a parser's commands."""
    return commands.add_parser("presets", help="list the built-in presets")


def run(options: argparse.Namespace) -> None:
    """Prints a table."""
    table = Table("preset", "what it is", box=None)
    for name, description in presets.list_presets().items():
        table.add_row(name, description)
    Console().print(table)
