"""What a `TrainingMonitor` leaves in its folder, read again."""

import dataclasses
import json
import math
import os
import pathlib

import numpy as np

from kerasgan.callbacks.assessment import Finding, Thresholds, assess
from kerasgan.callbacks.figure import draw_training
from kerasgan.callbacks.step_log import read_rows
from kerasgan.checks import check_positive_int
from kerasgan.files import atomic_path

LOG, SETTINGS, FIGURE = "steps.jsonl", "monitor.json", "training.png"


def write_settings(directory, window, thresholds):
    """Keeps what a monitor judges by, for `kerasgan report`."""
    settings = {"window": window, "thresholds": dataclasses.asdict(thresholds)}
    with atomic_path(pathlib.Path(directory) / SETTINGS) as temporary:
        pathlib.Path(temporary).write_text(json.dumps(settings, indent=2) + "\n")


class RunRecord:
    """A training as a `TrainingMonitor` wrote it; it may still run.

    Args:
        directory: the monitor's folder.

    Raises:
        ValueError: if there is nothing to show in it.
    """

    def __init__(self, directory: str | os.PathLike) -> None:
        self.directory = pathlib.Path(directory)
        path = self.directory / LOG
        if not path.exists():
            raise ValueError(
                f"A training's folder holds {LOG}, which kerasgan.callbacks."
                f"TrainingMonitor writes. Received: {self.directory}, which "
                f"{'holds none' if self.directory.is_dir() else 'is no folder'}."
            )
        self.rows = read_rows(path)
        if not self.rows:
            raise ValueError(
                f"There is no step in {path} yet. Wait for the first line, or train "
                "with TrainingMonitor."
            )
        self.window, self.thresholds = self._settings()

    def _settings(self):
        path = self.directory / SETTINGS
        if not path.exists():
            return 100, Thresholds()
        try:
            settings = json.loads(path.read_bytes())
            window = check_positive_int("window", settings["window"])
            return window, Thresholds(**settings["thresholds"])
        except (ValueError, LookupError, TypeError, RecursionError) as error:
            raise ValueError(
                f"{path} is damaged. Received: {error}. Remove it to judge by the "
                "defaults, or put back a good copy."
            ) from error

    def assess(self) -> list[Finding]:
        """Judges the means over the last window."""
        last = max(row["step"] for row in self.rows)
        rows = [row for row in self.rows if row["step"] > last - self.window]
        names = {name for row in rows for name in row} - {"step"}
        means = {}
        for name in names:
            values = [row[name] for row in rows if name in row]
            values = [math.nan if value is None else value for value in values]
            means[name] = float(np.mean(values))
        return assess(means, self.thresholds)

    def draw(self, path: str | os.PathLike | None = None) -> pathlib.Path:
        """Draws the six panels; gives the path, by default `training.png` there."""
        path = pathlib.Path(self.directory / FIGURE if path is None else path)
        draw_training(
            self.rows,
            self.assess(),
            path,
            window=self.window,
            thresholds=self.thresholds,
        )
        return path
