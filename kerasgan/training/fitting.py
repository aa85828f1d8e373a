"""`fit` and `evaluate`: Keras's own, on data that was checked."""

from typing import Any

import keras

from kerasgan import _backends
from kerasgan.checks import check_positive_int
from kerasgan.training.compiling import check_trainable
from kerasgan.training.data import (
    check_repeats,
    evaluation_data,
    recommended_epochs,
    training_data,
)
from kerasgan.training.guards import training_callbacks
from kerasgan.training.memory import freed_memory_kept
from kerasgan.training.resuming import fit_from_checkpoint
from kerasgan.training.state import random_state_kept


def fit(
    gan,
    x: Any = None,
    y: Any = None,
    batch_size: int | None = None,
    epochs: int | None = None,
    verbose: Any = "auto",
    callbacks: Any = None,
    *,
    validation_data: Any = None,
    shuffle: bool = True,
    initial_epoch: int = 0,
    steps_per_epoch: int | None = None,
    validation_steps: int | None = None,
    validation_batch_size: int | None = None,
    validation_freq: Any = 1,
) -> keras.callbacks.History:
    """Trains both networks.

    Args:
        x: images as an array (n, height, width, channels), uint8 in [0, 255] or
            float in [-1, 1]; a pair `(images, labels)`; or a dataset that yields
            batches of either: `tf.data.Dataset`, `torch.utils.data.DataLoader`,
            `keras.utils.PyDataset`, a grain dataset or a generator. The first
            batch of a dataset is drawn once more than trained on, to check it.
        y: labels of an array `x`: with `num_classes`, whole numbers (n,) or
            one-hot rows.
        batch_size: for arrays, images an update. Defaults to the preset's, or the
            method's.
        epochs: Defaults to the preset's, or 1.
        verbose, callbacks, initial_epoch: as in `keras.Model.fit`.
        validation_data, validation_steps, validation_batch_size, validation_freq: as
            there.
        shuffle: whether an array is shuffled, by a permutation drawn from the
            model's seed and the number of steps taken, so that a resumed run sees
            the batches it would have seen.
        steps_per_epoch: steps an epoch. Defaults to one pass over the data.

    Returns:
        A `keras.callbacks.History` of `metric_names`, means over each epoch.

    Raises:
        TypeError, ValueError: if the data or an argument cannot be trained on,
            before any step runs. Of an array all is checked, of a dataset its
            first batch alone: a label of a later batch that is no class is the
            framework's own error on TensorFlow and PyTorch, and makes the losses NaN
            on JAX.
    """
    _backends.check_replicas()
    callbacks = training_callbacks(callbacks)
    if not gan.compiled:
        gan.compile_from_preset()
    check_trainable(gan)
    data, steps_per_epoch = training_data(
        gan, x, y, batch_size, shuffle=shuffle, steps=steps_per_epoch
    )
    if epochs is None:
        training = gan.training_arguments()
        epochs = recommended_epochs(training, data, steps_per_epoch)
    check_positive_int("epochs", epochs)
    check_positive_int("initial_epoch", initial_epoch, minimum=0)
    check_repeats(data, epochs, steps_per_epoch)
    if validation_data is not None:
        validation_data, validation_steps = evaluation_data(
            gan,
            validation_data,
            None,
            validation_batch_size,
            steps=validation_steps,
            prefix="validation_",
        )
    with freed_memory_kept(), _backends.restored_on_failure(gan):
        return fit_from_checkpoint(
            gan,
            data,
            epochs=epochs,
            verbose=verbose,
            callbacks=callbacks,
            validation_data=validation_data,
            shuffle=False,
            initial_epoch=initial_epoch,
            steps_per_epoch=steps_per_epoch,
            validation_steps=validation_steps,
            validation_freq=validation_freq,
        )


def evaluate(gan, x=None, y=None, batch_size=None, *, steps=None, **kwargs):
    """Losses on real images, with nothing trained.

    Networks run in inference mode, no label noise is drawn, and latents and other
    noise are the same on each call.

    Args:
        x, y, batch_size: as in `fit`.
        steps: number of batches. Defaults to all.
        **kwargs: `verbose`, `callbacks`, `return_dict`, as in
            `keras.Model.evaluate`.

    Returns:
        A list in the order of `metrics_names`, or with `return_dict=True` a dict.
    """
    if not gan.compiled:
        gan.compile_from_preset()
    if not kwargs.get("_use_cached_eval_dataset"):
        x, steps = evaluation_data(gan, x, y, batch_size, steps=steps)
    with (
        freed_memory_kept(),
        random_state_kept(gan, rewound=True),
        _backends.restored_on_failure(gan),
    ):
        return keras.Model.evaluate(gan, x, steps=steps, **kwargs)
