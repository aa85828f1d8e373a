"""The folders of training runs, read alone; imports neither Keras nor a framework.

`kerasgan train` writes a run's folder (`summary.json`, `history.csv`, checkpoints).
What these scripts add lies beside it, in a folder of the same name with `.kept` at the
end: `plan.json`, `scores.json` and `best/`, the preset of the best step so far.
"""

import csv
import dataclasses
import json
import math
import pathlib
import time

ROOT = pathlib.Path(__file__).parents[1]
RUNS = ROOT / "runs"
SUMMARY, HISTORY = "summary.json", "history.csv"
PLAN, SCORES, BEST = "plan.json", "scores.json", "best"
# How many rows say what the speed is now.
RECENT = 3


@dataclasses.dataclass(frozen=True)
class Run:
    """A run as its folder says.

    Args:
        folder: the one that `kerasgan train` writes.
        summary: its `summary.json`.
        rows: of its `history.csv`, as numbers.
        plan: what `train.py` was asked, `{}` where something else trained.
        scores: of `scores.json`, one dict for each figure and step.
    """

    folder: pathlib.Path
    summary: dict
    rows: list
    plan: dict
    scores: list

    @property
    def kept(self) -> pathlib.Path:
        """The folder of what these scripts add."""
        return kept_folder(self.folder)

    @property
    def steps(self) -> int:
        """Steps that are done and written."""
        return self.summary["steps"]

    @property
    def target_steps(self) -> int:
        """Steps of the whole recipe: a plan trains it in parts."""
        if "steps" in self.plan:
            return self.plan["steps"]
        if "epochs" in self.plan and self.rows:
            return round(self.plan["epochs"] * self.steps_per_epoch)
        return self.summary["target_steps"]

    @property
    def steps_per_epoch(self) -> float:
        """Batches of a pass over the images; rows round their epoch."""
        last = self.rows[-1]
        return last["steps"] / last["epoch"]

    def images_per_second(self, recent: int | None = None) -> float:
        """Over the run, or its last rows; NaN before there are any.

        Args:
            recent: how many rows. Defaults to all.
        """
        rows = [{"steps": 0, "seconds": 0.0}, *self.rows]
        if len(rows) < 2:
            return math.nan
        first, last = rows[-min((recent or len(rows)) + 1, len(rows))], rows[-1]
        seconds = last["seconds"] - first["seconds"]
        images = (last["steps"] - first["steps"]) * self.summary["batch_size"]
        return images / seconds if seconds else math.nan

    @property
    def hours_left(self) -> float:
        """To the end of the recipe, at the speed of the last rows."""
        images = (self.target_steps - self.steps) * self.summary["batch_size"]
        return images / self.images_per_second(RECENT) / 3600

    @property
    def finished(self) -> bool:
        return self.steps >= self.target_steps

    def curve(self, metric: str) -> dict[int, float]:
        """Step to value, in the order of steps."""
        values = {s["step"]: s["value"] for s in self.scores if s["metric"] == metric}
        return dict(sorted(values.items()))

    @property
    def minutes_since_written(self) -> float:
        """How long ago anything of the run was written."""
        newest = max(path.stat().st_mtime for path in self.folder.iterdir())
        return (time.time() - newest) / 60


def kept_folder(folder: pathlib.Path) -> pathlib.Path:
    """Where these scripts write about the run in a folder."""
    folder = pathlib.Path(folder)
    return folder.with_name(folder.name + ".kept")


def read_run(folder: pathlib.Path) -> Run:
    """The run in a folder.

    Raises:
        FileNotFoundError: if the folder holds no run.
    """
    folder = pathlib.Path(folder)
    if not (folder / SUMMARY).exists():
        raise FileNotFoundError(
            f"A run's folder holds {SUMMARY}, which `kerasgan train` writes. "
            f"Received: {folder}."
        )
    kept = kept_folder(folder)
    summary = json.loads((folder / SUMMARY).read_text())
    # Of the file itself, which nothing here changes.
    summary.pop("sha256", None)
    return Run(
        folder=folder,
        summary=summary,
        rows=_read_rows(folder / HISTORY),
        plan=_read_json(kept / PLAN, {}),
        scores=_read_json(kept / SCORES, []),
    )


def list_runs(folder: pathlib.Path) -> list[Run]:
    """All runs below a folder, by name."""
    return [read_run(path.parent) for path in sorted(folder.glob(f"*/{SUMMARY}"))]


def newest_checkpoint(folder: pathlib.Path) -> pathlib.Path | None:
    """The `.keras` file that a run would go on from, of this version or of 0.1.0."""
    steps = sorted(pathlib.Path(folder).glob("checkpoints/step-*/model.keras"))
    old = pathlib.Path(folder, "checkpoint.keras")
    return steps[-1] if steps else old if old.exists() else None


def _read_json(path, default):
    return json.loads(path.read_text()) if path.exists() else default


def _read_rows(path):
    if not path.exists():
        return []
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    # A killed process may leave half a row: fewer cells, or more.
    whole = [row for row in rows if None not in row and None not in row.values()]
    return [{k: float(v) for k, v in row.items() if v} for row in whole]
