"""Collapses, real ones, and what the guard does."""

import itertools

import keras
import numpy as np
import pytest
from small import (
    optimizer_variables,
    plain_discriminator,
    plain_generator,
    same_weights,
    small_gan,
    small_images,
    weights_of,
)

from kerasgan.callbacks import CollapseGuard
from kerasgan.callbacks.diversity import mean_pairwise_distance

REAL = small_images(32)
# Four steps an epoch.
DATA = {"x": small_images(16), "batch_size": 4, "verbose": 0}
EAGER = {"every_steps": 1, "patience": 1, "warmup_steps": 0, "num_images": 8}


def noisy_gan(**arguments):
    """Whose untrained generator makes images about as unlike as the real ones."""
    keras.utils.set_random_seed(0)
    generator = plain_generator()
    generator.set_weights([20 * w for w in generator.get_weights()])
    gan = small_gan(
        generator=generator, discriminator=plain_discriminator(), **arguments
    )
    gan.compile(keras.optimizers.Adam(1e-4), keras.optimizers.Adam(1e-4))
    return gan


class At(keras.callbacks.Callback):
    """Does something to the model before a step."""

    def __init__(self, step, what):
        super().__init__()
        self.step, self.what, self.steps = step, what, 0

    def on_train_batch_begin(self, batch, logs=None):
        if self.steps == self.step:
            self.what(self.model)
        self.steps += 1


def make_constant(gan):
    """One image from any latent: what a collapsed generator makes."""
    for network in filter(None, (gan.generator, gan.ema_generator)):
        for weight in network.weights:
            weight.assign(keras.ops.zeros_like(weight.value))


def make_nan(gan):
    weight = gan.generator.trainable_variables[0]
    weight.assign(keras.ops.full_like(weight.value, float("nan")))


class Steps(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.taken = 0

    def on_train_batch_end(self, batch, logs=None):
        self.taken += 1


def test_mean_pairwise_distance_agrees_with_pairs():
    images = small_images(5)
    pixels = images.astype("float64") / 127.5
    pairs = [
        np.sqrt(np.mean((a - b) ** 2)) for a, b in itertools.combinations(pixels, 2)
    ]
    np.testing.assert_allclose(mean_pairwise_distance(images), np.mean(pairs))
    floats = (pixels - 1).astype("float32")
    np.testing.assert_allclose(mean_pairwise_distance(floats), np.mean(pairs), 1e-5)
    assert mean_pairwise_distance(images[[0, 0, 0]]) == 0.0


@pytest.mark.once
def test_collapse_guard_lets_a_sound_training_be():
    def trained(*callbacks):
        gan = noisy_gan(ema_decay=0.5)
        gan.fit(epochs=2, callbacks=list(callbacks), **DATA)
        return weights_of(gan), optimizer_variables(gan)

    guard = CollapseGuard("rollback", real_images=REAL, **EAGER)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("warnings.warn", _fail)
        watched = trained(guard)
    alone = trained()
    assert guard.rollbacks == 0
    assert same_weights(watched[0], alone[0]) and same_weights(watched[1], alone[1])


def _fail(message, *arguments, **keywords):
    if "collapsed" in str(message):
        raise AssertionError(message)


@pytest.mark.once
def test_collapse_guard_warns_of_one_image_from_all_latents():
    guard = CollapseGuard("warn", real_images=REAL, **EAGER)
    collapse = At(2, make_constant)
    gan = noisy_gan()
    with pytest.warns(UserWarning, match="Step 2: .* collapsed: .* as much as real"):
        gan.fit(callbacks=[collapse, guard], **DATA)
    assert int(gan.step_counter) == 4


def test_collapse_guard_compares_with_the_best_so_far():
    guard = CollapseGuard("warn", **EAGER)
    with pytest.warns(UserWarning, match="Step 2: .* as much as the best so far"):
        noisy_gan().fit(callbacks=[At(2, make_constant), guard], **DATA)


def test_collapse_guard_stops_a_generator_that_learns_too_fast():
    gan = small_gan()
    # So large that tanh saturates: all latents give one picture.
    gan.compile(keras.optimizers.Adam(50.0), keras.optimizers.Adam(1e-3))
    steps = Steps()
    guard = CollapseGuard(
        "stop", every_steps=1, patience=2, warmup_steps=2, real_images=REAL
    )
    with pytest.warns(UserWarning, match="the training has collapsed.*Stopping"):
        gan.fit(epochs=10, callbacks=[guard, steps], **DATA)
    assert steps.taken < 40


@pytest.mark.parametrize("collapse", [make_constant, make_nan])
def test_collapse_guard_rolls_back_networks_optimizers_and_average(collapse):
    gan = noisy_gan(ema_decay=0.5)
    kept = {}

    def keep(gan):
        kept["weights"] = [
            np.array(w) for n in NETWORKS for w in getattr(gan, n).get_weights()
        ]
        kept["slots"] = optimizer_variables(gan)

    def compare(gan):
        now = [w for n in NETWORKS for w in getattr(gan, n).get_weights()]
        kept["same"] = same_weights(kept["weights"], now)
        kept["same_slots"] = same_weights(kept["slots"], optimizer_variables(gan))

    guard = CollapseGuard("rollback", real_images=REAL, **EAGER)
    # The guard keeps the state before step 2; that step then trains on a collapsed
    # network, which the guard sees before step 3.
    callbacks = [At(2, keep), guard, At(2, collapse), At(3, compare)]
    with pytest.warns(UserWarning, match="Back to the state of step 2"):
        history = gan.fit(epochs=2, callbacks=callbacks, **DATA).history
    assert kept["same"] and kept["same_slots"]
    assert guard.rollbacks == 1 and int(gan.step_counter) == 8
    assert all(np.isfinite(w).all() for w in weights_of(gan))
    assert np.isfinite(history["g_loss"]).all()


NETWORKS = ("generator", "discriminator", "ema_generator")


def test_collapse_guard_never_goes_back_to_what_is_broken():
    def break_discriminator(gan):
        bias = gan.discriminator.trainable_variables[-1]
        bias.assign(keras.ops.full_like(bias.value, float("inf")))

    # The generator's images tell nothing of it before the next step.
    gan = noisy_gan()
    guard = CollapseGuard("rollback", real_images=REAL, **EAGER)
    with pytest.warns(UserWarning, match="no finite numbers. Back .* of step 2"):
        gan.fit(callbacks=[At(3, break_discriminator), guard], **DATA)
    assert all(np.isfinite(w).all() for w in weights_of(gan))


def test_collapse_guard_rolls_back_to_the_best_metric():
    class Score(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            logs["fd"] = [5.0, 3.0, 4.0, 6.5][epoch]

    gan = noisy_gan()
    guard = CollapseGuard("rollback", every_epochs=1, metric="fd")
    with pytest.warns(UserWarning, match="fd is 6.5, and was 3. Back .* of step 8"):
        gan.fit(epochs=4, callbacks=[Score(), guard], **DATA)


def test_collapse_guard_gives_up_after_enough_rollbacks():
    class Always(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            make_constant(self.model)

    gan, steps = noisy_gan(), Steps()
    guard = CollapseGuard("rollback", real_images=REAL, max_rollbacks=2, **EAGER)
    with pytest.warns(UserWarning, match="after 2 rollbacks too: stopping"):
        gan.fit(epochs=3, callbacks=[Always(), guard, steps], **DATA)
    assert steps.taken < 12


def test_collapse_guard_does_not_take_a_beginning_for_a_collapse():
    # Untrained: nearly the same grey from every latent.
    gan = small_gan(plain=True)
    gan.generator.set_weights([0.01 * w for w in gan.generator.get_weights()])
    gan.compile()
    guard = CollapseGuard("stop", **{**EAGER, "warmup_steps": 9}, real_images=REAL)
    gan.fit(epochs=2, callbacks=[guard], **DATA)
    assert int(gan.step_counter) == 8
    with pytest.warns(UserWarning, match="Step 9: .* collapsed"):
        gan.fit(callbacks=[guard], **DATA)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"action": "pray"}, "one of warn, stop, rollback. Received: 'pray'"),
        ({"threshold": 1.0}, "`threshold` must be a number above 0 and below 1"),
        ({"num_images": 1}, "`num_images` must be at least 2"),
        ({"patience": 0}, "`patience` must be at least 1"),
        ({"metric_factor": 1.0}, "`metric_factor` must be a number above 1"),
    ],
)
def test_collapse_guard_refuses_what_is_out_of_range(arguments, message):
    with pytest.raises(ValueError, match=message):
        CollapseGuard(**arguments)
