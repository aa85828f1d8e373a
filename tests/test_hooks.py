"""What a method may say differently, and what is refused where it would go wrong."""

import keras
import numpy as np
import pytest
from export_layers import AlwaysNoise
from keras import layers, ops
from running import run_once
from small import (
    LATENT_DIM,
    optimizer_variables,
    plain_discriminator,
    same_weights,
    small_discriminator,
    small_gan,
    small_generator,
    small_images,
    weights_of,
)

from kerasgan import DCGAN, _backends
from kerasgan.checks import only
from kerasgan.training.recipe import argument


def number(tensor):
    return float(ops.convert_to_numpy(tensor))


# Recipes ---------------------------------------------------------------------


class ReadsWeights(DCGAN):
    """A method whose generator's loss reads weights, so images cannot be reused."""

    class Recipe(DCGAN.Recipe):
        reuse_fake_images: bool = argument(
            False, only(False, "the penalty reads the generator's weights"), "not here"
        )
        weight_penalty: float = argument(0.1, lambda value, place: value, "its factor")

    def generator_loss(self, real_images, fake_images, labels, *, training):
        loss, logs = super().generator_loss(
            real_images, fake_images, labels, training=training
        )
        squares = [ops.sum(v**2) for v in self.generator.trainable_variables]
        return loss + self.recipe.weight_penalty * sum(squares), logs


def reading_gan():
    keras.utils.set_random_seed(0)
    return ReadsWeights(small_generator(), small_discriminator(), seed=1)


def test_a_loss_of_weights_refuses_reused_images():
    with pytest.raises(ValueError, match="reuse_fake_images.*reads the gen.*Received"):
        reading_gan().compile(reuse_fake_images=True)


def test_a_loss_of_weights_moves_them():
    trained = []
    for penalty in (0.0, 1e3):
        gan = reading_gan()
        gan.compile(weight_penalty=penalty)
        gan.fit(small_images(8), batch_size=4, verbose=0)
        trained.append(weights_of(gan.generator))
    assert not same_weights(*trained, tolerance=1e-6)


@pytest.mark.once
def test_recipe_is_documented_and_repeats_no_default():
    text = DCGAN.Recipe.__doc__
    assert "label_noise: each discriminator label is raised" in text
    assert set(DCGAN.Recipe.defaults()) >= {"loss", "real_label", "discriminator_steps"}
    gan = small_gan(plain=True)
    gan.compile()
    assert gan.recipe == DCGAN.Recipe(
        generator_optimizer=DCGAN.Recipe.defaults()["generator_optimizer"]
    )
    assert gan.recipe != DCGAN.Recipe(label_noise=0.1)


SCHEDULES = [
    {
        "name": "polynomial_decay",
        "initial_learning_rate": 2e-4,
        "decay_steps": 100,
        "end_learning_rate": 0.0,
        "power": 1.0,
    },
    {
        "name": "cosine_decay",
        "initial_learning_rate": 2e-4,
        "decay_steps": 9,
        "alpha": 0.25,
    },
    {
        "name": "exponential_decay",
        "initial_learning_rate": 0.1,
        "decay_steps": 5,
        "decay_rate": 0.5,
        "staircase": True,
    },
    {
        "name": "piecewise_constant_decay",
        "boundaries": [3, 6],
        "values": [0.1, 0.01, 0.001],
    },
]


@pytest.mark.parametrize("schedule", run_once(SCHEDULES), ids=lambda s: s["name"])
def test_a_schedule_is_part_of_a_preset(schedule, tmp_path):
    gan = small_gan()
    gan.compile({"name": "adam", "learning_rate": schedule})
    loaded = DCGAN.from_preset(gan.save_to_preset(tmp_path / "scheduled"))
    loaded.compile_from_preset()
    kept = loaded.preset["compile"]["generator_optimizer"]["learning_rate"]
    assert kept == schedule
    loaded.fit(small_images(8), batch_size=4, epochs=2, verbose=0)
    rates = [number(o.learning_rate) for o in (loaded.optimizer.generator_optimizer,)]
    # After four steps, by each schedule's formula.
    expected = {
        "polynomial_decay": 2e-4 * (1 - 4 / 100),
        "cosine_decay": 2e-4 * (0.75 * 0.5 * (1 + np.cos(np.pi * 4 / 9)) + 0.25),
        "exponential_decay": 0.1 * 0.5**0,
        "piecewise_constant_decay": 0.01,
    }
    np.testing.assert_allclose(rates, [expected[schedule["name"]]], rtol=1e-5)


@pytest.mark.once
@pytest.mark.parametrize(
    "rate, words",
    [
        ({"name": "sine"}, "a schedule: one of polynomial_decay"),
        ({"name": "cosine_decay"}, "learning_rate.initial_learning_rate. is missing"),
        (
            {
                "name": "piecewise_constant_decay",
                "boundaries": [3],
                "values": [1e-3, 1, 1],
            },
            "one of `values` more",
        ),
    ],
)
def test_a_schedule_outside_the_table_is_refused(rate, words):
    with pytest.raises(ValueError, match=words):
        small_gan(plain=True).compile({"name": "adam", "learning_rate": rate})


# State -----------------------------------------------------------------------


class Counting(DCGAN):
    """Holds a variable of its own, as adaptive augmentation does."""

    metric_names = (*DCGAN.metric_names, "strength")

    def __init__(self, *arguments, **kwargs):
        super().__init__(*arguments, **kwargs)
        self.strength = self.add_weight(
            name="strength", initializer="zeros", trainable=False
        )

    def discriminator_loss(self, real_images, fake_images, labels, *, training):
        loss, logs = super().discriminator_loss(
            real_images, fake_images, labels, training=training
        )
        if training:
            self.strength.assign(self.strength + 0.25)
        return loss, {**logs, "strength": ops.convert_to_tensor(self.strength)}


def test_a_variable_of_the_gan_itself_is_saved_by_name(tmp_path):
    keras.saving.register_keras_serializable("kerasgan-tests")(Counting)
    gan = Counting(small_generator(), small_discriminator(), seed=1)
    gan.compile()
    gan.fit(small_images(12), batch_size=4, verbose=0)
    assert number(gan.strength) == 0.75
    gan.save(tmp_path / "gan.keras")
    loaded = keras.models.load_model(tmp_path / "gan.keras")
    assert number(loaded.strength) == 0.75


def test_variables_of_one_name_are_refused(tmp_path):
    gan = small_gan()
    for _ in range(2):
        gan.add_weight(name="twin", shape=(), initializer="zeros", trainable=False)
    with pytest.raises(ValueError, match="each needs one of its own.*Received.*twin"):
        gan.save(tmp_path / "gan.keras")
    assert not (tmp_path / "gan.keras").exists()


def test_a_metric_that_is_not_declared_is_named():
    class Chatty(DCGAN):
        def generator_loss(self, *arguments, **kwargs):
            loss, _ = super().generator_loss(*arguments, **kwargs)
            return loss, {"surprise": loss}

    gan = Chatty(small_generator(), small_discriminator(), seed=1)
    gan.compile()
    with pytest.raises(ValueError, match="may log d_loss.*Received: surprise.*metric_"):
        gan.fit(small_images(8), batch_size=4, verbose=0)


def test_ema_rate_may_change_with_the_batch_and_the_step():
    class HalfLife(DCGAN):
        def ema_rate(self, batch_size):
            step = ops.cast(self.step_counter, "float32")
            return 0.5 ** (ops.cast(batch_size, "float32") / 8.0) * step / (step + 1.0)

    gan = HalfLife(small_generator(), small_discriminator(), seed=1, ema_decay=0.9)
    gan.compile()
    expected = weights_of(gan.generator)
    for step in range(3):
        gan.fit(small_images(4), batch_size=4, verbose=0)
        rate = 0.5 ** (4 / 8) * step / (step + 1)
        current = weights_of(gan.generator)
        expected = [rate * e + (1 - rate) * c for e, c in zip(expected, current)]
    assert same_weights(weights_of(gan.ema_generator), expected, tolerance=1e-5)


# Noise in inference ----------------------------------------------------------


def noisy_gan():
    keras.utils.set_random_seed(0)
    generator = keras.Sequential(
        [
            keras.Input((LATENT_DIM,)),
            layers.Dense(64),
            AlwaysNoise(),
            layers.Activation("tanh"),
            layers.Reshape((8, 8, 1)),
        ]
    )
    return DCGAN(generator, plain_discriminator(), seed=1)


def test_networks_that_draw_noise_repeat_with_a_seed():
    gan = noisy_gan()
    gan.compile()
    first, again = (gan.generate(6, seed=2) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(gan.generate(6, seed=3), first)
    losses = [gan.evaluate(small_images(6), verbose=0) for _ in range(2)]
    assert losses[0] == losses[1]


def test_what_was_drawn_before_changes_no_seeded_images():
    gan = noisy_gan()
    gan.compile()
    first = gan.generate(6, seed=2)
    gan.generator(np.zeros((3, LATENT_DIM), "float32"))
    np.testing.assert_array_equal(gan.generate(6, seed=2), first)


def test_generate_and_evaluate_leave_training_as_it_was():
    trained = []
    for look in (False, True):
        gan = noisy_gan()
        gan.compile(label_noise=0.1)
        for _ in range(2):
            gan.fit(small_images(8), batch_size=4, verbose=0)
            if look:
                gan.generate(5)
                gan.generate(5, seed=1)
                gan.evaluate(small_images(6), verbose=0)
        trained.append([*weights_of(gan), *optimizer_variables(gan)])
    assert same_weights(*trained)


# Failures --------------------------------------------------------------------


def test_a_failed_call_leaves_the_model_whole():
    gan = small_gan()
    gan.compile()
    gan.fit(small_images(8), batch_size=4, verbose=0)
    before, images = weights_of(gan), gan.generate(3, seed=0)
    with pytest.raises(Exception, match="(?i)shape|incompatible|expected|mat1"):
        gan.predict(np.zeros((2, LATENT_DIM + 1), "float32"), verbose=0)
    assert same_weights(weights_of(gan), before)
    np.testing.assert_array_equal(gan.generate(3, seed=0), images)


class Fails(keras.callbacks.Callback):
    def __init__(self, at):
        super().__init__()
        self.at = at

    def on_train_batch_begin(self, batch, logs=None):
        if batch == self.at:
            raise RuntimeError("stop here")


@pytest.mark.parametrize("at", [0, 1])
def test_a_failed_fit_leaves_the_model_whole(at):
    gan = small_gan(ema_decay=0.5)
    gan.compile()
    gan.fit(small_images(8), batch_size=4, verbose=0)
    with pytest.raises(RuntimeError, match="stop here"):
        gan.fit(small_images(8), batch_size=4, verbose=0, callbacks=[Fails(at)])
    assert int(gan.step_counter) == 2 + at
    gan.fit(small_images(8), batch_size=4, verbose=0)
    assert int(gan.step_counter) == 4 + at
    assert all(np.isfinite(w).all() for w in weights_of(gan))


# Lazy terms ------------------------------------------------------------------


def test_cond_computes_and_assigns_only_where_it_should():
    keras.utils.set_random_seed(0)
    network = small_discriminator()
    _backends.own_random_state(network)
    images = ops.convert_to_tensor(small_images(4, dtype="float32"))
    variables = network.trainable_variables

    def penalty():
        slope = _backends.input_gradient(lambda x: network(x, training=True), images)
        return ops.mean(ops.sum(slope**2, axis=(1, 2, 3)))

    def base():
        return sum(ops.sum(v**2) for v in variables)

    def lazy(on):
        on = ops.convert_to_tensor(on)
        return lambda: (base() + _backends.cond(on, penalty), ())

    def state():
        return [np.array(ops.convert_to_numpy(v)) for v in network.variables]

    before = state()
    (value, _), _ = _backends.value_and_gradients(lazy(False), variables)
    np.testing.assert_allclose(number(value), number(base()), rtol=1e-6)
    assert all(map(np.array_equal, before, state()))
    (value, _), gradients = _backends.value_and_gradients(lazy(True), variables)
    after = state()
    assert any(not np.array_equal(a, b) for a, b in zip(before, after))
    for variable, old in zip(network.variables, before):
        variable.assign(old)
    (expected, _), direct = _backends.value_and_gradients(
        lambda: (base() + penalty(), ()), variables
    )
    np.testing.assert_allclose(number(value), number(expected), rtol=1e-5)
    pairs = [
        [ops.convert_to_numpy(gradient) for gradient in pair]
        for pair in zip(gradients, direct)
        if pair[1] is not None
    ]
    # A bias in front of a batch norm has no gradient but rounding.
    rounding = 1e-6 * max(np.abs(theirs).max() for _, theirs in pairs) + 1e-5
    for ours, theirs in pairs:
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=rounding)
    # The statistics of a compiled branch and of plain calls differ by rounding.
    for ours, theirs in zip(after, state(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)
