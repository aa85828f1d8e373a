"""Scores of generated images while a training goes on."""

import os
import pathlib
from collections.abc import Sequence

import keras
import numpy as np

from kerasgan.callbacks.step_log import StepLog
from kerasgan.callbacks.timing import TimedCallback
from kerasgan.checks import check_positive_int
from kerasgan.metrics import Evaluator, Extractor, Score

LOG = "scores.jsonl"
# Of figures that come of the built-in metrics; others are better when smaller.
_GREATER = ("precision", "recall", "density", "coverage", "is", "classes")
_SMALLER = ("fd", "kd", "class_kl")


class QualityMetrics(TimedCallback):
    """Scores generated images every so often, and adds the scores to the logs.

    Features are extracted once and shared by all metrics; those of the real images
    once for all. The scores stand in the logs of the epoch's end (the latest ones)
    for `EarlyStopping`, `ModelCheckpoint` and `Checkpoint(best=)`, and in those that
    callbacks after this one get when a batch begins, at the step of the score.

    Args:
        metrics: names, from `kerasgan.metrics.list_metrics()`. Defaults to
            `("fd", "kd")`.
        extractor: name, Keras model or `kerasgan.metrics.Extractor`.
        real_images: as for `kerasgan.metrics.Evaluator`.
        num_images: real and generated images that count, at least 2. Defaults to 2048;
            scores of few images are biased, compare those of one number alone.
        every_steps: score each so many steps.
        every_epochs: score each so many epochs. Defaults to 1 where `every_steps` is
            not given.
        seed: int at least 0 of the generated images. Defaults to 0.
        data: what scores call the real set. Defaults to `None`.
        split: of the real set. Defaults to `None`.
        directory: folder for `scores.jsonl`, which gets a line for each scoring.
            Defaults to `None`, no file.

    Raises:
        ValueError: as `kerasgan.metrics.Evaluator`.

    Example:

    ```python
    quality = kerasgan.callbacks.QualityMetrics(
        extractor="mnist-classifier", real_images=test_images, every_steps=1000
    )
    stopping = keras.callbacks.EarlyStopping("fd", patience=3)
    gan.fit(images, epochs=50, callbacks=[quality, stopping])
    print(quality.scores[-1]["fd"])
    ```
    """

    def __init__(
        self,
        metrics: Sequence[str] = ("fd", "kd"),
        *,
        extractor: str | keras.Model | Extractor,
        real_images: np.ndarray,
        num_images: int = 2048,
        every_steps: int | None = None,
        every_epochs: int | None = None,
        seed: int = 0,
        data: str | None = None,
        split: str | None = None,
        directory: str | os.PathLike | None = None,
    ) -> None:
        if every_steps is None and every_epochs is None:
            every_epochs = 1
        super().__init__(every_steps=every_steps, every_epochs=every_epochs)
        self.seed = check_positive_int("seed", seed, minimum=0)
        self.evaluator = Evaluator(
            real_images,
            metrics=metrics,
            extractor=extractor,
            num_images=num_images,
            data=data,
            split=split,
        )
        self.directory = None if directory is None else pathlib.Path(directory)
        # Which way they get better, for callbacks that leave their mode open.
        self.directions = {
            **dict.fromkeys(_GREATER, "max"),
            **dict.fromkeys(_SMALLER, "min"),
        }
        self.scores: list[dict[str, Score]] = []
        self._log = None
        self._latest: dict[str, float] = {}

    def on_train_begin(self, logs=None):
        super().on_train_begin()
        if self.directory is not None:
            self._log = StepLog(self.directory / LOG, self._seen)

    def act(self, gan, step, logs):
        scores = self.evaluator.score(gan, seed=self.seed, step=step)
        self.scores.append(scores)
        self._latest = {name: score.value for name, score in scores.items()}
        logs.update(self._latest)
        if self._log is not None:
            spreads = {
                f"{name}_spread": score.spread
                for name, score in scores.items()
                if score.spread is not None
            }
            self._log.write(step, {**self._latest, **spreads})

    def on_epoch_end(self, epoch, logs=None):
        super().on_epoch_end(epoch, logs)
        logs.update(self._latest)

    def on_train_end(self, logs=None):
        if self._log is not None:
            self._log.close()
