"""Keras's own callbacks do to a GAN what they do to any model."""

import csv

import keras
import numpy as np
import pytest
from small import (
    optimizer_variables,
    same_weights,
    small_gan,
    small_images,
    weights_of,
)

from kerasgan import DCGAN

callbacks = keras.callbacks

# Two steps an epoch.
DATA = {"x": small_images(8), "batch_size": 4, "verbose": 0}


def compiled(**arguments):
    gan = small_gan(**arguments)
    gan.compile()
    return gan


@pytest.fixture(scope="module")
def plain():
    return compiled(plain=True)


@pytest.fixture(scope="module")
def uninterrupted():
    gan = compiled(ema_decay=0.5)
    gan.fit(epochs=4, **DATA)
    return weights_of(gan), optimizer_variables(gan)


class Interrupt(callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        # The first batch of the third epoch.
        if int(self.model.step_counter) == 5:
            raise KeyboardInterrupt


class Replace(callbacks.Callback):
    """Puts given values into the logs of each epoch."""

    def __init__(self, name, values):
        super().__init__()
        self.name, self.values = name, values

    def on_epoch_end(self, epoch, logs=None):
        logs[self.name] = self.values[epoch]


class Record(callbacks.Callback):
    """Keeps the logs, and the weights after each epoch."""

    def __init__(self):
        super().__init__()
        self.batches, self.epochs, self.weights = [], [], []

    def on_train_batch_end(self, batch, logs=None):
        self.batches.append({k: float(v) for k, v in logs.items()})

    def on_epoch_end(self, epoch, logs=None):
        self.epochs.append(dict(logs))
        self.weights.append(weights_of(self.model))


class NaNLoss(keras.losses.Loss):
    """NaN for the generator's labels alone, which are 0.75."""

    def call(self, labels, scores):
        loss = keras.ops.softplus(scores) - labels * scores
        return keras.ops.where(labels == 0.75, float("nan") * loss, loss)


# Checkpoints -----------------------------------------------------------------


def test_model_checkpoint_saves_whole_models_to_go_on_with(uninterrupted, tmp_path):
    path = str(tmp_path / "{epoch}.keras")
    compiled(ema_decay=0.5).fit(
        epochs=2, callbacks=[callbacks.ModelCheckpoint(path)], **DATA
    )
    gan = keras.saving.load_model(tmp_path / "2.keras")
    assert type(gan) is DCGAN and int(gan.step_counter) == 4
    gan.fit(epochs=4, initial_epoch=2, **DATA)
    assert same_weights(weights_of(gan), uninterrupted[0])
    assert same_weights(optimizer_variables(gan), uninterrupted[1])


def test_model_checkpoint_saves_weights_every_few_batches(tmp_path):
    path, record = str(tmp_path / "{batch}.weights.h5"), Record()
    checkpoint = callbacks.ModelCheckpoint(path, save_weights_only=True, save_freq=2)
    gan = compiled(plain=True)
    gan.fit(epochs=1, callbacks=[checkpoint, record], **DATA)
    assert [p.name for p in tmp_path.iterdir()] == ["2.weights.h5"]
    other = compiled(plain=True)
    other.load_weights(tmp_path / "2.weights.h5")
    assert same_weights(weights_of(other), record.weights[0])
    assert same_weights(optimizer_variables(other), optimizer_variables(gan))


def test_model_checkpoint_keeps_the_best(plain, tmp_path):
    path, record = tmp_path / "best.weights.h5", Record()
    checkpoint = callbacks.ModelCheckpoint(
        path, monitor="fid", mode="min", save_best_only=True, save_weights_only=True
    )
    scores = Replace("fid", [3.0, 1.0, 2.0])
    plain.fit(epochs=3, callbacks=[scores, checkpoint, record], **DATA)
    plain.load_weights(path)
    assert same_weights(weights_of(plain), record.weights[1])


def test_backup_and_restore_ends_where_an_uninterrupted_run_ends(
    uninterrupted, tmp_path
):
    def run(*more):
        gan = compiled(ema_decay=0.5)
        backup = callbacks.BackupAndRestore(tmp_path / "backup")
        gan.fit(epochs=4, callbacks=[backup, *more], **DATA)
        return gan

    with pytest.raises(KeyboardInterrupt):
        run(Interrupt())
    assert (tmp_path / "backup").exists()
    # A new process would have drawn other numbers by now.
    keras.random.normal((3,))
    gan = run()
    assert int(gan.step_counter) == 8
    assert same_weights(weights_of(gan), uninterrupted[0])
    assert same_weights(optimizer_variables(gan), uninterrupted[1])
    assert not (tmp_path / "backup").exists()


# Learning rates --------------------------------------------------------------


def rates(gan):
    return [float(o.learning_rate) for o in gan.optimizer.optimizers]


def test_learning_rate_scheduler_changes_both_networks():
    gan = small_gan(plain=True)
    gan.compile(keras.optimizers.SGD(0.5), keras.optimizers.SGD(0.25))
    scheduler = callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2)
    logs = gan.fit(epochs=2, callbacks=[scheduler], **DATA).history
    assert rates(gan) == [0.125, 0.0625]
    assert logs["learning_rate_generator"] == [0.25, 0.125]
    assert logs["learning_rate_discriminator"] == [0.125, 0.0625]


def test_learning_rate_scheduler_changes_what_is_trained():
    gan, record = small_gan(plain=True), Record()
    gan.compile(keras.optimizers.SGD(0.5), keras.optimizers.SGD(0.5))
    scheduler = callbacks.LearningRateScheduler(lambda epoch: [0.5, 0.0][epoch])
    gan.fit(epochs=2, callbacks=[scheduler, record], **DATA)
    # All but the step counter, which comes first, stand still in the second epoch.
    assert same_weights(record.weights[0][1:], record.weights[1][1:])
    assert rates(gan) == [0.0, 0.0]


def test_reduce_lr_on_plateau_changes_both_networks():
    gan = small_gan(plain=True)
    gan.compile(keras.optimizers.SGD(0.5), keras.optimizers.SGD(0.25))
    plateau = callbacks.ReduceLROnPlateau("g_loss", 0.5, patience=1, mode="min")
    values = Replace("g_loss", [1.0, 2.0, 0.5])
    logs = gan.fit(epochs=3, callbacks=[values, plateau], **DATA).history
    # The second epoch is no better than the first, the third is.
    assert logs["learning_rate_generator"] == [0.5, 0.5, 0.25]
    assert logs["learning_rate_discriminator"] == [0.25, 0.25, 0.125]
    assert rates(gan) == [0.25, 0.125]


# Stopping --------------------------------------------------------------------


def test_early_stopping_stops_and_restores_the_best_weights(plain):
    record = Record()
    stopping = callbacks.EarlyStopping(
        "g_loss", mode="min", patience=2, restore_best_weights=True
    )
    values = Replace("g_loss", [3.0, 1.0, 2.0, 2.0, 0.0])
    plain.fit(epochs=5, callbacks=[values, stopping, record], **DATA)
    assert len(record.weights) == 4
    assert same_weights(weights_of(plain), record.weights[1])


@pytest.mark.parametrize("raise_error", [False, True])
def test_terminate_on_nan_sees_the_generators_loss(raise_error):
    gan = small_gan(plain=True)
    gan.compile(loss=NaNLoss(), generator_label=0.75)
    arguments = {
        "callbacks": [callbacks.TerminateOnNaN(raise_error=raise_error)],
        "epochs": 3,
        **DATA,
    }
    if raise_error:
        with pytest.raises(RuntimeError, match="g_loss is nan"):
            gan.fit(**arguments)
    else:
        logs = gan.fit(**arguments).history
        assert np.isnan(logs["g_loss"]).all() and len(logs["g_loss"]) == 1
        assert np.isfinite(logs["d_loss"]).all()
    assert int(gan.step_counter) == 1


def test_terminate_on_nan_lets_a_sound_training_go_on(plain):
    before = int(plain.step_counter)
    plain.fit(callbacks=callbacks.TerminateOnNaN(), **DATA)
    assert int(plain.step_counter) == before + 2


def test_fit_refuses_a_callback_list(plain):
    with pytest.raises(TypeError, match="`callbacks` must be .*Received"):
        plain.fit(callbacks=callbacks.CallbackList([]), **DATA)


# Logs ------------------------------------------------------------------------


def test_callbacks_read_the_running_means_of_the_logs(plain):
    record = Record()
    history = plain.fit(epochs=2, callbacks=record, **DATA).history
    assert len(record.batches) == 4
    for name in plain.metric_names:
        assert record.epochs[1][name] == history[name][1]
        np.testing.assert_allclose(record.batches[3][name], history[name][1], 1e-6)
    assert set(history) == set(plain.metric_names)


def test_csv_logger_writes_the_history(plain, tmp_path):
    path = tmp_path / "log.csv"
    history = plain.fit(epochs=2, callbacks=callbacks.CSVLogger(path), **DATA).history
    rows = list(csv.DictReader(path.open()))
    assert [row["epoch"] for row in rows] == ["0", "1"]
    for name in plain.metric_names:
        np.testing.assert_allclose([float(r[name]) for r in rows], history[name])


def test_tensorboard_writes_the_metrics(plain, tmp_path):
    # Keras's callback writes with TensorFlow, and that with TensorBoard.
    pytest.importorskip("tensorflow")
    pytest.importorskip("tensorboard")
    board = callbacks.TensorBoard(tmp_path, write_graph=False)
    plain.fit(validation_data=DATA["x"], callbacks=board, **DATA)
    (events,) = (tmp_path / "train").glob("events.*")
    assert b"epoch_g_loss" in events.read_bytes()
    (events,) = (tmp_path / "validation").glob("events.*")
    assert b"epoch_d_loss" in events.read_bytes()


# Validation ------------------------------------------------------------------


def test_validation_changes_nothing_in_the_training(uninterrupted):
    gan = compiled(ema_decay=0.5)
    history = gan.fit(
        epochs=4,
        validation_data=(small_images(6, seed=5), np.arange(6)),
        validation_batch_size=4,
        **DATA,
    ).history
    for name in gan.metric_names:
        assert np.isfinite(history[f"val_{name}"]).all()
        assert len(history[f"val_{name}"]) == 4
    assert same_weights(weights_of(gan)[1:], uninterrupted[0][1:])
    assert same_weights(optimizer_variables(gan), uninterrupted[1])


def test_validation_is_the_evaluation_of_the_same_images(plain):
    images = small_images(6, seed=5)
    history = plain.fit(validation_data=images, **DATA).history
    for name, value in plain.evaluate(images, verbose=0, return_dict=True).items():
        np.testing.assert_allclose(history[f"val_{name}"], [value], rtol=1e-5)
