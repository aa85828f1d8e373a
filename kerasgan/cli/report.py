"""`kerasgan report`: the figure of a training, and what its numbers say."""

import pathlib

from kerasgan.callbacks.monitor_files import FIGURE, LOG, RunRecord


def add_parser(commands):
    """Adds the command to the parser's."""
    report = commands.add_parser(
        "report",
        help="draw and judge a training that runs or has ended",
        description="Draws the six panels of a training's losses and accuracies into "
        f"its folder as {FIGURE} (with matplotlib: pip install 'kerasgan[plots]'), and "
        "prints an assessment of the last steps.",
    )
    report.add_argument(
        "run_dir", help=f"a training's folder, which holds {LOG}, itself or below"
    )
    report.add_argument(
        "--out", help=f"where to draw (default: {FIGURE} in the folder)"
    )
    report.add_argument(
        "--no-figure", action="store_true", help="print the assessment alone"
    )
    report.set_defaults(run=run)


def run(options) -> int:
    """Prints the assessment and draws; gives the exit status.

    Raises:
        ValueError: if there is no log in the folder.
        ImportError: if a figure is asked for without matplotlib.
    """
    record = RunRecord(_find(pathlib.Path(options.run_dir)))
    last = max(row["step"] for row in record.rows)
    print(f"Steps {max(1, last - record.window + 1)} to {last}:")
    for finding in record.assess():
        print(" ", finding)
    if not options.no_figure:
        print("Figure:", record.draw(options.out))
    return 0


def _find(directory):
    """The folder with the log: this one, or the only one in it that has one."""
    if (directory / LOG).exists() or not directory.is_dir():
        return directory
    below = [path.parent for path in directory.glob(f"*/{LOG}")]
    return below[0] if len(below) == 1 else directory
