"""The numbers of a training on disk, in one figure and in words."""

import os
import pathlib
import warnings

from kerasgan.callbacks.assessment import Finding, Thresholds, assess
from kerasgan.callbacks.monitor_files import (
    FIGURE,
    LOG,
    RunRecord,
    write_settings,
)
from kerasgan.callbacks.plotting import can_plot
from kerasgan.callbacks.step_log import StepLog
from kerasgan.callbacks.step_values import StepValues
from kerasgan.callbacks.timing import steps_taken
from kerasgan.checks import check_positive_int


class TrainingMonitor(StepValues):
    """Keeps the losses and accuracies of a training, draws and judges them.

    `steps.jsonl` in `directory` gets a line for every n-th step as it is taken, and
    one for what callbacks before this one add to the logs: scores, learning rates.
    At the end, or when `draw` is called, `training.png` shows raw losses, smoothed
    losses, the discriminator's accuracies, the ratio of the losses, their difference,
    and an assessment of the last window. A verdict that turns bad is a warning, once;
    of the first window of a training none is, as networks may begin anywhere.
    `kerasgan report DIRECTORY` draws and judges a training that runs or has ended.

    A line's values are means over the steps since the line before, see `every`. A
    training that goes on from a checkpoint goes on in the same file, without the lines
    of steps that it takes again.

    Args:
        directory: folder for the files; made when training begins.
        every: steps a line, at least 1. Defaults to 1.
        window: steps that are smoothed over and judged, at least `every`. Defaults to
            100.
        thresholds: a `Thresholds`; the default is for cross-entropy losses.
        figure: whether to draw at the end. Defaults to `True`; without matplotlib that
            is a warning when training begins, and all else works.

    Raises:
        ValueError: if an argument is out of its range.

    Example:

    ```python
    monitor = kerasgan.callbacks.TrainingMonitor("runs/mine")
    gan.fit(images, callbacks=[monitor])
    print(*monitor.assess(), sep="\\n")
    ```
    """

    def __init__(
        self,
        directory: str | os.PathLike,
        *,
        every: int = 1,
        window: int = 100,
        thresholds: Thresholds | None = None,
        figure: bool = True,
    ) -> None:
        super().__init__(every)
        self.window = check_positive_int("window", window, minimum=every)
        self.directory = pathlib.Path(directory)
        self.thresholds = Thresholds() if thresholds is None else thresholds
        self.figure = figure
        self._log = None
        self._bad: set[str] = set()

    # Keras's entrances ------------------------------------------------------------

    def on_train_begin(self, logs=None):
        super().on_train_begin()
        step = steps_taken(self.model)
        if self.figure and not can_plot():
            warnings.warn(
                "TrainingMonitor draws with matplotlib, which is not installed: there "
                f"will be no figure in {self.directory}. Install kerasgan[plots] and "
                f"run `kerasgan report {self.directory}`, or pass figure=False.",
                stacklevel=2,
            )
        self._log = StepLog(self.directory / LOG, step)
        write_settings(self.directory, self.window, self.thresholds)
        self._recent, self._judged = [], step
        self._shown = {}

    def record(self, step, values):
        self._log.write(step, values)
        self._recent.append((step, values))
        while self._recent[0][0] <= step - self.window:
            self._recent.pop(0)
        if step - self._judged >= self.window:
            self._judged = step
            if step > self.window:
                self._warn(step)

    def on_train_batch_begin(self, batch, logs=None):
        super().on_train_batch_begin(batch)
        if logs:
            self._write_more(self._start + batch, logs)
            self._shown.update(logs)

    def on_epoch_end(self, epoch, logs=None):
        super().on_epoch_end(epoch)
        more = {n: v for n, v in logs.items() if n not in self._means}
        # What was written at its own step is not written again.
        more = {n: v for n, v in more.items() if self._shown.get(n) != v}
        if more:
            self._write_more(steps_taken(self.model), more)
            self._shown.update({n: v for n, v in more.items() if n in self._shown})

    def on_train_end(self, logs=None):
        self._log.close()
        if self.figure and can_plot():
            self.draw()

    def _write_more(self, step, logs):
        numbers = {n: float(v) for n, v in logs.items() if isinstance(v, (int, float))}
        with self._lock:
            self._log.write(step, numbers)

    def _warn(self, step):
        names = {name for _, values in self._recent for name in values}
        means = {
            name: sum(v[name] for _, v in self._recent) / len(self._recent)
            for name in names
        }
        findings = [f for f in assess(means, self.thresholds) if f.advice]
        new = [f for f in findings if (f.name, f.verdict) not in self._bad]
        self._bad.update((f.name, f.verdict) for f in new)
        if new:
            warnings.warn(
                f"Step {step}, last {self.window} steps: "
                + " ".join(str(finding) for finding in new),
                stacklevel=2,
            )

    # For people -------------------------------------------------------------------

    def assess(self) -> list[Finding]:
        """Judges the last window of what is on disk."""
        return RunRecord(self.directory).assess()

    def draw(self, path: str | os.PathLike | None = None) -> pathlib.Path:
        """Draws the figure from what is on disk.

        Args:
            path: where to. Defaults to `training.png` in the directory.

        Returns:
            The path.

        Raises:
            ImportError: without matplotlib.
        """
        path = self.directory / FIGURE if path is None else path
        return RunRecord(self.directory).draw(path)
