"""`history.csv`: a row of losses and accuracies for each epoch."""

import csv
import math
import pathlib
from collections.abc import Callable

import keras

from kerasgan.files import atomic_path
from kerasgan.training.resuming import steps_taken

_FIRST = ("epoch", "steps", "seconds")


class Rows(keras.callbacks.Callback):
    """Writes a row after each epoch, and after the part of one that a stop leaves.

    The whole file is replaced each time, so that a kill leaves no half of a row. Rows
    of steps that the model has not taken when training begins, and rows that are
    damaged, go: they come again.

    Args:
        path: the file.
        steps_per_epoch: batches of a pass over the images.
        seconds: function giving the seconds trained so far.
    """

    def __init__(
        self,
        path: pathlib.Path,
        *,
        steps_per_epoch: int,
        seconds: Callable[[], float],
    ) -> None:
        super().__init__()
        self.path, self.steps_per_epoch = path, steps_per_epoch
        self.seconds = seconds
        self.rows: list[dict] = []

    def on_train_begin(self, logs=None):
        taken = steps_taken(self.model)
        self.rows = [r for r in read_rows(self.path) if r["steps"] <= taken]

    def on_epoch_end(self, epoch, logs=None):
        steps = steps_taken(self.model)
        row = {
            "epoch": round(steps / self.steps_per_epoch, 3),
            "steps": steps,
            "seconds": self.seconds(),
            **(logs or {}),
        }
        self.rows = [r for r in self.rows if r["steps"] < steps] + [row]
        write_rows(self.path, self.rows)


def read_rows(path: pathlib.Path) -> list[dict]:
    """The whole rows of the file, in the order of their steps; others are left out."""
    if not path.exists():
        return []
    with open(path, newline="", errors="replace") as file:
        rows = [_row(raw) for raw in csv.DictReader(_without_zeros(file))]
    by_steps = {row["steps"]: row for row in rows if row}
    return [by_steps[steps] for steps in sorted(by_steps)]


def write_rows(path: pathlib.Path, rows: list[dict]) -> None:
    """Replaces the file by these rows."""
    names = list(dict.fromkeys([*_FIRST, *(name for row in rows for name in row)]))
    with atomic_path(path) as temporary:
        with open(temporary, "w", newline="") as file:
            writer = csv.DictWriter(file, names, restval="")
            writer.writeheader()
            writer.writerows(rows)


def _without_zeros(file):
    # A disk that loses power may leave zeros, which the csv module refuses.
    return (line.replace("\0", "") for line in file)


def _row(raw):
    """The row with numbers, or `None` where it is damaged."""
    if None in raw or None in raw.values() or not set(_FIRST) <= set(raw):
        return None
    try:
        values = {name: float(text) for name, text in raw.items() if text != ""}
    except ValueError:
        return None
    places = [values.get(name, math.nan) for name in _FIRST]
    if not all(map(math.isfinite, places)) or values["steps"] % 1:
        return None
    return {**values, "steps": int(values["steps"])}
