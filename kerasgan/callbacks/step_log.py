"""JSON Lines of numbers by step: written so that a kill loses none, and read back."""

import json
import math
import pathlib

from kerasgan.files import atomic_path


class StepLog:
    """A file of rows `{"step": ..., name: number, ...}` that a training appends to.

    Each row is handed to the system as it is written: a killed process loses none.

    Args:
        path: the file.
        step: steps that the training has taken. Rows of later ones, which it is going
            to take again, are removed.
    """

    def __init__(self, path, step):
        self.path = pathlib.Path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if self.path.exists():
            rows = [row for row in read_rows(self.path) if row["step"] <= step]
            with atomic_path(self.path) as temporary:
                text = "".join(_line(row) for row in rows)
                pathlib.Path(temporary).write_text(text)
        self._file = open(self.path, "a")

    def write(self, step, values):
        """Appends a row.

        Raises:
            OSError: if the disk is full; the rows before are kept.
        """
        try:
            self._file.write(_line({"step": step, **values}))
            self._file.flush()
        except OSError as error:
            raise OSError(
                error.errno,
                f"{self.path} could not be written: {error.strerror}. The rows before "
                "are kept",
            ) from error

    def close(self):
        self._file.close()


def read_rows(path):
    """The rows of such a file; damaged ones, and one that a kill cut, are left out."""
    rows = []
    for line in pathlib.Path(path).read_text(errors="replace").splitlines():
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if _is_row(row):
            rows.append(row)
    return rows


def _is_row(row):
    if not isinstance(row, dict) or type(row.get("step")) is not int:
        return False
    return all(value is None or type(value) in (int, float) for value in row.values())


def series(rows, name):
    """Steps and values of one name, as two lists; what was not finite is NaN."""
    pairs = [(row["step"], row[name]) for row in rows if name in row]
    values = [math.nan if value is None else value for _, value in pairs]
    return [step for step, _ in pairs], values


def _line(row):
    return json.dumps({name: _plain(value) for name, value in row.items()}) + "\n"


def _plain(value):
    if not isinstance(value, float):
        return value
    # JSON has no NaN; and float32, where the numbers come from, no more digits.
    return float(f"{value:.7g}") if math.isfinite(value) else None
