"""Pictures of a training, from the same latents each time."""

import pathlib

import keras

from kerasgan.training.resuming import steps_taken


class Pictures(keras.callbacks.Callback):
    """Writes a grid after each so-many-th epoch.

    Args:
        folder: for `epoch-0001.png` and so on.
        every_epochs: epochs between pictures.
        steps_per_epoch: batches of a pass over the images.
    """

    def __init__(
        self, folder: pathlib.Path, *, every_epochs: int, steps_per_epoch: int
    ) -> None:
        super().__init__()
        self.folder, self.every_epochs = folder, every_epochs
        self.steps_per_epoch = steps_per_epoch

    def on_epoch_end(self, epoch, logs=None):
        gan = self.model
        number, rest = divmod(steps_taken(gan), self.steps_per_epoch)
        if rest == 0 and number % self.every_epochs == 0:
            save_picture(gan, self.folder / f"epoch-{number:04d}.png")


def save_picture(gan, path):
    """A grid of 64 images, whose latents are always the same."""
    gan.save_grid(path, 64, seed=0, zoom=2)
