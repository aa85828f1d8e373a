"""Keras's monitoring callbacks as people write them, and rates of one network."""

import keras
import numpy as np
import pytest
from small import small_gan, small_images

from kerasgan.callbacks import NetworkLearningRate
from kerasgan.training.monitoring import choose_modes

callbacks = keras.callbacks
# Two steps an epoch.
DATA = {"x": small_images(8), "batch_size": 4, "verbose": 0}


class Replace(callbacks.Callback):
    """Puts given values into the logs of each epoch."""

    def __init__(self, name, values):
        super().__init__()
        self.name, self.values = name, values

    def on_epoch_end(self, epoch, logs=None):
        logs[self.name] = self.values[epoch]


class Scores(callbacks.Callback):
    directions = {"sharpness": "max", "fd": "min"}


def sgd_gan():
    gan = small_gan(plain=True)
    gan.compile(keras.optimizers.SGD(0.5), keras.optimizers.SGD(0.25))
    return gan


def test_keras_cannot_tell_a_gans_direction_by_itself():
    # Once it can, `choose_modes` has nothing to do any more.
    stopping = callbacks.EarlyStopping("g_loss")
    gan = sgd_gan()
    super_fit = keras.Model.fit
    with pytest.raises(ValueError, match="isn't able to automatically determine"):
        super_fit(gan, small_images(8), batch_size=4, verbose=0, callbacks=[stopping])


@pytest.mark.parametrize(
    ("monitor", "mode"),
    [
        ("g_loss", "min"),
        ("val_d_loss", "min"),
        ("gradient_penalty", "min"),
        ("d_real_accuracy", "max"),
        ("fd", "min"),
        ("val_sharpness", "max"),
        ("something", "auto"),
    ],
)
def test_choose_modes_knows_the_direction(monitor, mode, tmp_path):
    chosen = choose_modes(
        [
            Scores(),
            callbacks.EarlyStopping(monitor),
            callbacks.ModelCheckpoint(tmp_path / "a.keras", monitor),
            callbacks.ReduceLROnPlateau(monitor),
        ]
    )
    assert [callback.mode for callback in chosen[1:]] == [mode] * 3


def test_choose_modes_leaves_what_the_user_chose():
    (stopping,) = choose_modes([callbacks.EarlyStopping("g_loss", mode="max")])
    assert stopping.mode == "max"


def test_fit_refuses_what_is_no_callback():
    for given in ("grid", ["grid"]):
        with pytest.raises(TypeError, match="Callback objects.*Received: 'grid' of"):
            sgd_gan().fit(callbacks=given, **DATA)


def test_model_checkpoint_keeps_the_best_generator_loss(tmp_path):
    path = str(tmp_path / "{epoch}.weights.h5")
    best = callbacks.ModelCheckpoint(
        path, monitor="g_loss", save_best_only=True, save_weights_only=True
    )
    values = Replace("g_loss", [2.0, 3.0, 1.0])
    sgd_gan().fit(epochs=3, callbacks=[values, best], **DATA)
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "1.weights.h5",
        "3.weights.h5",
    ]


def test_reduce_lr_on_plateau_watches_the_generator_loss():
    plateau = callbacks.ReduceLROnPlateau(monitor="g_loss", factor=0.5, patience=1)
    values = Replace("g_loss", [1.0, 2.0, 0.5])
    history = sgd_gan().fit(epochs=3, callbacks=[values, plateau], **DATA)
    logs = history.history
    # The second epoch is no better than the first, the third is.
    assert logs["learning_rate_generator"] == [0.5, 0.5, 0.25]
    assert logs["learning_rate_discriminator"] == [0.25, 0.25, 0.125]


def test_early_stopping_stops_where_the_loss_stops_falling():
    stopping = callbacks.EarlyStopping("g_loss", patience=1)
    values = Replace("g_loss", [3.0, 2.0, 2.5, 1.0])
    gan = sgd_gan()
    gan.fit(epochs=4, callbacks=[values, stopping], **DATA)
    assert int(gan.step_counter) == 6


# The rate of one network ---------------------------------------------------------


def test_network_learning_rate_changes_one_network():
    gan = sgd_gan()
    still = gan.discriminator.get_weights()
    callback = NetworkLearningRate("discriminator", lambda epoch, rate: 0.0)
    logs = gan.fit(epochs=2, callbacks=[callback], **DATA).history
    assert logs["learning_rate_generator"] == [0.5, 0.5]
    assert logs["learning_rate_discriminator"] == [0.0, 0.0]
    for before, after in zip(still, gan.discriminator.get_weights(), strict=True):
        assert np.array_equal(before, after)


def test_network_learning_rate_gets_epoch_and_rate():
    callback = NetworkLearningRate("generator", lambda epoch, rate: rate / (epoch + 1))
    gan = sgd_gan()
    logs = gan.fit(epochs=3, callbacks=[callback], **DATA).history
    np.testing.assert_allclose(logs["learning_rate_generator"], [0.5, 0.25, 0.25 / 3])
    assert logs["learning_rate_discriminator"] == [0.25] * 3


def test_network_learning_rate_refuses_what_is_out_of_range():
    with pytest.raises(ValueError, match="generator, discriminator. Received: 'both'"):
        NetworkLearningRate("both", lambda epoch, rate: rate)
    callback = NetworkLearningRate("generator", lambda epoch, rate: -rate)
    with pytest.raises(ValueError, match="at least 0. Received: -0.5 for epoch 0"):
        sgd_gan().fit(callbacks=[callback], **DATA)
