"""`kerasgan report`: the figure of a training, and what its numbers say."""

import argparse
import pathlib

from kerasgan.callbacks import monitor_files


def add_parser(commands) -> argparse.ArgumentParser:
    """Adds the command to a parser's commands."""
    parser = commands.add_parser(
        "report",
        help="draw and judge a training that runs or has ended",
        description="Draws the six panels of a training's losses and accuracies into "
        "its folder as training.png (with matplotlib: pip install 'kerasgan[plots]'), "
        "and prints an assessment of the last steps.",
    )
    parser.add_argument(
        "run_dir",
        help="a folder of kerasgan.callbacks.TrainingMonitor, or one that holds it",
    )
    parser.add_argument(
        "--out", help="where to draw (default: training.png in the folder)"
    )
    parser.add_argument(
        "--no-figure", action="store_true", help="print the assessment alone"
    )
    return parser


def run(options: argparse.Namespace) -> None:
    """Prints the assessment and draws.

    Raises:
        ValueError: if there is no log in the folder.
        ImportError: if a figure is asked for without matplotlib.
    """
    record = monitor_files.RunRecord(_find(pathlib.Path(options.run_dir)))
    last = max(row["step"] for row in record.rows)
    print(f"Steps {max(1, last - record.window + 1)} to {last}:")
    for finding in record.assess():
        print(" ", finding)
    if not options.no_figure:
        print("Figure:", record.draw(options.out))


def _find(directory):
    """The folder with the log: this one, or the only one in it that has one."""
    if (directory / monitor_files.LOG).exists() or not directory.is_dir():
        return directory
    below = [path.parent for path in directory.glob(f"*/{monitor_files.LOG}")]
    return below[0] if len(below) == 1 else directory
