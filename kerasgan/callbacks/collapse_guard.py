"""Sees a training collapse, and saves it."""

import math
import threading
import warnings
from collections.abc import Callable

import numpy as np

from kerasgan.callbacks.diversity import mean_pairwise_distance
from kerasgan.callbacks.kept_state import KeptState
from kerasgan.callbacks.samples import FixedSamples
from kerasgan.callbacks.timing import TimedCallback, steps_taken
from kerasgan.checks import Argument, check_positive_int, number

ACTIONS = ("warn", "stop", "rollback")


class CollapseGuard(TimedCallback):
    """Warns, stops, or goes back to a good state when a training collapses.

    Every so often it generates images and measures how unlike each other they are.
    Below `threshold` times the figure of real images, `patience` times in a row, the
    generator has collapsed; so it has when a metric in the logs is `metric_factor`
    times worse than at its best, or when a loss is no finite number.

    A rollback gives both networks, both optimizers and the moving average the values of
    the best state kept: the last healthy one, or with a `metric` the one where that was
    best. Steps and random state go on, so that other latents and batches follow and not
    the same collapse again.

    An untrained generator makes almost one image: diversity is not judged before it was
    once above the threshold, or `warmup_steps` have passed.

    Args:
        action: `"warn"`, `"stop"` or `"rollback"`. Defaults to `"warn"`.
        every_steps: look each so many steps. Defaults to 250 where `every_epochs` is
            not given.
        every_epochs: look each so many epochs.
        real_images: uint8 in [0, 255] or float in [-1, 1] (n, height, width, channels),
            of which up to 512 are compared with. Defaults to `None`: with the highest
            figure of this training.
        num_images: images to generate, at least 2. Defaults to 64.
        seed: int at least 0 that names their latents. Defaults to 0.
        diversity: function of images to a number of at least 0. Defaults to the mean
            distance of two images, pixel by pixel.
        threshold: share of the real images' figure, in (0, 1). Defaults to 0.3.
        patience: looks in a row below it, at least 1. Defaults to 2.
        warmup_steps: at least 0. Defaults to 1000.
        metric: name in the logs of a score that is better when lower, for example
            `"fd"`; a callback before this one adds it. Defaults to `None`.
        metric_factor: above 1. Defaults to 2.
        max_rollbacks: after so many it stops. Defaults to 3.

    Raises:
        ValueError: if an argument is out of its range.

    Example:

    ```python
    guard = kerasgan.callbacks.CollapseGuard("rollback", real_images=images[:512])
    gan.fit(images, callbacks=[guard])
    ```
    """

    # As `StepValues`: nothing waits for a step's logs.
    async_safe = True

    def __init__(
        self,
        action: str = "warn",
        *,
        every_steps: int | None = None,
        every_epochs: int | None = None,
        real_images: np.ndarray | None = None,
        num_images: int = 64,
        seed: int = 0,
        diversity: Callable[[np.ndarray], float] = mean_pairwise_distance,
        threshold: float = 0.3,
        patience: int = 2,
        warmup_steps: int = 1000,
        metric: str | None = None,
        metric_factor: float = 2.0,
        max_rollbacks: int = 3,
    ) -> None:
        if every_steps is None and every_epochs is None:
            every_steps = 250
        super().__init__(every_steps=every_steps, every_epochs=every_epochs)
        if action not in ACTIONS:
            raise ValueError(
                f"`action` must be one of {', '.join(ACTIONS)}. Received: {action!r}."
            )
        check_positive_int("num_images", num_images, minimum=2)
        check_positive_int("warmup_steps", warmup_steps, minimum=0)
        self.action, self.diversity, self.metric = action, diversity, metric
        share = number(0, 1, above=True, below=True)
        self.threshold = share(threshold, Argument("threshold"))
        factor = number(1, 1e9, above=True)
        self.metric_factor = factor(metric_factor, Argument("metric_factor"))
        self.patience = check_positive_int("patience", patience)
        self.max_rollbacks = check_positive_int("max_rollbacks", max_rollbacks)
        self.warmup_steps = warmup_steps
        self.samples = FixedSamples(num_images, seed=seed)
        self.reference = None if real_images is None else diversity(real_images[:512])
        self._highest, self._armed, self._low = self.reference or 0.0, False, 0
        self._best, self._kept = math.inf, None
        self._lock, self._broken = threading.Lock(), None
        self._answered = 0
        self.rollbacks = 0

    # Keras's entrances ------------------------------------------------------------

    def on_train_begin(self, logs=None):
        super().on_train_begin()
        self._broken, self._answered = None, 0
        if self.action == "rollback" and self._kept is None:
            self._kept = KeptState(self.model, self._seen)

    def on_train_batch_end(self, batch, logs=None):
        # May run in a thread of Keras's: it only remembers, see `_answer`.
        step = self._start + batch + 1
        for name, value in logs.items():
            if not math.isfinite(value):
                with self._lock:
                    # What arrives late may tell of steps before a rollback.
                    if self._broken is None and step > self._answered:
                        self._broken = f"{name} is {value}"
                return

    def on_train_batch_begin(self, batch, logs=None):
        self._answer(self._start + batch)
        super().on_train_batch_begin(batch, logs)

    def on_epoch_end(self, epoch, logs=None):
        self._answer(steps_taken(self.model))
        super().on_epoch_end(epoch, logs)

    def _answer(self, step):
        if self._broken:
            self._collapsed(self.model, step, self._broken)

    # Looking ----------------------------------------------------------------------

    def act(self, gan, step, logs):
        value = self.diversity(self.samples.images(gan))
        self._highest = max(self._highest, value)
        reference = self.reference or self._highest
        share = value / reference if reference else 1.0
        self._armed |= share >= self.threshold and reference > 0
        judged = self._armed or step >= self.warmup_steps
        low = judged and not share >= self.threshold
        self._low = self._low + 1 if low else 0
        if self._low >= self.patience:
            whose = "real images" if self.reference else "the best so far"
            what = f"generated images differ {100 * share:.0f}% as much as {whose}"
            self._collapsed(gan, step, what)
        else:
            self._look_at_metric(gan, step, (logs or {}).get(self.metric), low)

    def _look_at_metric(self, gan, step, value, low):
        if value is not None:
            if not value <= self.metric_factor * self._best:
                what = f"{self.metric} is {value:.4g}, and was {self._best:.4g}"
                self._collapsed(gan, step, what)
                return
            better = value < self._best
            self._best = min(self._best, value)
        else:
            better = self.metric is None
        if self.action == "rollback" and better and not low:
            state = KeptState(gan, step)
            if state.is_finite():
                self._kept = state
            else:
                self._collapsed(gan, step, "weights are no finite numbers")

    # Acting -----------------------------------------------------------------------

    def _collapsed(self, gan, step, what):
        self._low = 0
        with self._lock:
            self._broken, self._answered = None, step
        message = f"Step {step}: the training has collapsed: {what}."
        if self.action == "rollback" and self.rollbacks < self.max_rollbacks:
            self.rollbacks += 1
            self._kept.put_back(gan)
            message += f" Back to the state of step {self._kept.step}."
        elif self.action == "rollback":
            self._kept.put_back(gan)
            gan.stop_training = True
            message += (
                f" It did so after {self.rollbacks} rollbacks too: stopping with the "
                f"state of step {self._kept.step}. Lower the learning rates."
            )
        elif self.action == "stop":
            gan.stop_training = True
            message += " Stopping."
        warnings.warn(message, stacklevel=2)
