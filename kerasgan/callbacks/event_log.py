"""TensorBoard's event files, from any backend."""

import os
import pathlib

from kerasgan.callbacks.samples import FixedSamples
from kerasgan.callbacks.step_values import StepValues
from kerasgan.callbacks.timing import steps_taken
from kerasgan.checks import check_positive_int
from kerasgan.images import make_grid


class EventLog(StepValues):
    """Writes losses, accuracies and sample images for TensorBoard.

    tensorboardX writes the files, so that no TensorFlow is needed (Keras's own
    `TensorBoard` callback needs it). Scalars are `train/<name>` by step, means over
    `every` steps; what an epoch adds (validation, scores, learning rates) is
    `epoch/<name>`; images are `samples`.

    Args:
        directory: folder for the event files, which `tensorboard --logdir` reads.
        every: steps a scalar, at least 1. Defaults to 10.
        image_epochs: sample images each so many epochs, or `None` for none. Defaults
            to 1.
        rows: of the images, at least 1. Defaults to 4.
        columns: at least 1. Defaults to 8.
        seed: int at least 0 that names their latents. Defaults to 0.

    Raises:
        ImportError: if tensorboardX is not installed.
        ValueError: if an argument is out of its range.

    Example:

    ```python
    gan.fit(images, callbacks=[kerasgan.callbacks.EventLog("runs/mine/events")])
    ```
    """

    def __init__(
        self,
        directory: str | os.PathLike,
        *,
        every: int = 10,
        image_epochs: int | None = 1,
        rows: int = 4,
        columns: int = 8,
        seed: int = 0,
    ) -> None:
        super().__init__(every)
        self._writer_class = _summary_writer()
        self.directory = pathlib.Path(directory)
        if image_epochs is not None:
            check_positive_int("image_epochs", image_epochs)
        for name, value in (("rows", rows), ("columns", columns)):
            check_positive_int(name, value)
        self.image_epochs, self.columns = image_epochs, columns
        self.samples = FixedSamples(rows * columns, seed=seed)

    def on_train_begin(self, logs=None):
        super().on_train_begin()
        step = steps_taken(self.model)
        # TensorBoard leaves out what earlier files say of later steps.
        self._writer = self._writer_class(
            str(self.directory), purge_step=step + 1 if step else None, flush_secs=10
        )

    def record(self, step, values):
        for name, value in values.items():
            self._writer.add_scalar(f"train/{name}", value, step)

    def on_epoch_end(self, epoch, logs=None):
        super().on_epoch_end(epoch)
        gan = self.model
        step = steps_taken(gan)
        for name, value in logs.items():
            if name not in self._means:
                self._writer.add_scalar(f"epoch/{name}", value, step)
        if self.image_epochs and (epoch + 1) % self.image_epochs == 0:
            grid = make_grid(self.samples.images(gan), columns=self.columns)
            self._writer.add_image("samples", grid, step, dataformats="HWC")
        self._writer.flush()

    def on_train_end(self, logs=None):
        self._writer.close()


def _summary_writer():
    try:
        from tensorboardX import SummaryWriter
    except ImportError as error:
        raise ImportError(
            "EventLog writes with tensorboardX, which is not installed. Install it "
            "with pip install 'kerasgan[tensorboard]'."
        ) from error
    return SummaryWriter
