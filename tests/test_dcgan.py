"""DCGAN's losses, labels and moving average against NumPy."""

import keras
import numpy as np
import pytest
from keras import ops
from small import same_weights, small_gan, small_images, weights_of

import kerasgan
from kerasgan.losses import binary_crossentropy


def numbers(tensor):
    return np.array(ops.convert_to_numpy(tensor), dtype="float64")


def cross_entropy(labels, scores):
    probability = 1.0 / (1.0 + np.exp(-scores))
    terms = labels * np.log(probability) + (1 - labels) * np.log(1 - probability)
    return -terms.mean()


def test_binary_crossentropy_equals_numpy():
    scores = np.array([[-3.0], [0.0], [2.0], [7.0]])
    labels = np.array([[0.0], [0.1], [0.9], [1.0]])
    loss = binary_crossentropy(labels, ops.cast(scores, "float32"))
    assert keras.backend.standardize_dtype(loss.dtype) == "float32"
    np.testing.assert_allclose(numbers(loss), cross_entropy(labels, scores), rtol=1e-6)


def test_binary_crossentropy_is_finite_for_extreme_scores():
    loss = binary_crossentropy(ops.ones((2, 1)), ops.array([[-1e4], [1e4]]))
    np.testing.assert_allclose(numbers(loss), 5e3)


def test_losses_follow_labels_and_weight():
    gan = small_gan()
    gan.compile(
        real_label=0.9,
        fake_label=0.1,
        generator_label=0.8,
        discriminator_loss_weight=0.5,
    )
    rng = np.random.default_rng(0)
    real, fake = rng.uniform(-1, 1, (2, 4, *gan.image_shape)).astype("float32")
    real_scores = numbers(gan.scores(real, None, training=False))
    fake_scores = numbers(gan.scores(fake, None, training=False))
    d_loss, logs = gan.discriminator_loss(real, fake, None, training=False)
    g_loss, _ = gan.generator_loss(real, fake, None, training=False)
    expected = cross_entropy(0.9, real_scores) + cross_entropy(0.1, fake_scores)
    np.testing.assert_allclose(numbers(d_loss), 0.5 * expected, rtol=1e-5)
    np.testing.assert_allclose(
        numbers(g_loss), cross_entropy(0.8, fake_scores), rtol=1e-5
    )
    assert numbers(logs["d_real_accuracy"]) == (real_scores > 0).mean()
    assert numbers(logs["d_fake_accuracy"]) == (fake_scores < 0).mean()


def targets(training=True, n=4000, **arguments):
    gan = small_gan()
    gan.compile(**arguments)
    return numbers(gan._targets(ops.zeros((n, 1)), 0.9, 0.1, training))


def test_label_noise_raises_labels_uniformly():
    labels = targets(label_noise=0.05)
    assert labels.min() >= 0.9 and labels.max() <= 0.95 + 1e-6
    assert abs(labels.mean() - 0.925) < 0.002
    assert len(np.unique(labels)) > 1000


def test_label_flips_have_their_rate():
    labels = targets(label_flip_rate=0.25)
    flipped = np.isclose(labels, 0.1)
    assert (flipped | np.isclose(labels, 0.9)).all()
    # Four standard deviations of a binomial.
    assert abs(flipped.mean() - 0.25) < 4 * np.sqrt(0.25 * 0.75 / 4000)


def test_labels_are_plain_in_evaluation():
    labels = targets(training=False, label_noise=0.5, label_flip_rate=0.5)
    np.testing.assert_allclose(labels, 0.9, rtol=1e-6)


def test_custom_keras_loss_is_used():
    gan = small_gan()
    gan.compile(loss=keras.losses.MeanSquaredError())
    images = np.zeros((2, *gan.image_shape), "float32")
    scores = numbers(gan.scores(images, None, training=False))
    loss, _ = gan.generator_loss(images, images, None, training=False)
    np.testing.assert_allclose(numbers(loss), ((1 - scores) ** 2).mean(), rtol=1e-5)


def test_loss_of_probabilities_is_refused():
    with pytest.raises(ValueError, match="from_logits=True.*Received"):
        small_gan().compile(loss=keras.losses.BinaryCrossentropy())


def test_ema_generator_averages_weights_and_batch_norm_statistics():
    gan = small_gan(ema_decay=0.75)
    gan.compile(ema_warmup=False)
    expected = [numbers(v) for v in gan.generator.weights]
    for _ in range(3):
        gan.fit(small_images(4), batch_size=4, verbose=0)
        current = [numbers(v) for v in gan.generator.weights]
        expected = [0.75 * e + 0.25 * c for e, c in zip(expected, current)]
    for value, variable in zip(expected, gan.ema_generator.weights, strict=True):
        np.testing.assert_allclose(numbers(variable), value, rtol=1e-4, atol=1e-6)
    names = [v.name for v in gan.ema_generator.weights]
    assert "moving_mean" in names


@pytest.mark.parametrize("decay", [0.15, 0.999])
def test_warmed_up_ema_follows_closely_at_first(decay):
    gan = small_gan(plain=True, ema_decay=decay)
    gan.compile()
    expected = [numbers(v) for v in gan.generator.weights]
    # (1 + step) / (10 + step), and never more than the decay.
    for kept in (1 / 10, min(decay, 2 / 11), min(decay, 3 / 12)):
        gan.fit(small_images(4), batch_size=4, verbose=0)
        current = [numbers(v) for v in gan.generator.weights]
        expected = [kept * e + (1 - kept) * c for e, c in zip(expected, current)]
    for value, variable in zip(expected, gan.ema_generator.weights, strict=True):
        np.testing.assert_allclose(numbers(variable), value, rtol=1e-4, atol=1e-6)


def test_generate_uses_the_ema_generator():
    gan = small_gan(ema_decay=0.5)
    zeros = [np.zeros_like(w) for w in gan.ema_generator.get_weights()]
    gan.ema_generator.set_weights(zeros)
    assert set(np.unique(gan.generate(4, seed=0))) <= {127, 128}


@keras.saving.register_keras_serializable("tests")
class Blackened(keras.layers.Layer):
    """Leaves nothing of images in training."""

    def call(self, images, training=False):
        return ops.zeros_like(images) - 1.0 if training else images


def test_training_sees_augmented_images():
    images = small_images(8)
    trained = []
    shown_to_each = (images, Blackened()), (0 * images, None), (images, None)
    for shown, augmentation in shown_to_each:
        gan = small_gan(augmentation=augmentation)
        # Plain descent: Adam makes whole steps of differences that are rounding.
        gan.compile(keras.optimizers.SGD(0.5), keras.optimizers.SGD(0.5))
        gan.fit(shown, batch_size=4, epochs=1, shuffle=False, verbose=0)
        trained.append(weights_of(gan))
    black, really_black, bright = trained
    assert same_weights(black, really_black, tolerance=1e-6)
    assert not same_weights(black, bright, tolerance=1e-4)


@keras.saving.register_keras_serializable("tests")
class Noisy(keras.layers.Layer):
    """Draws noise in inference, too."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.seed_generator = keras.random.SeedGenerator(1)

    def call(self, inputs):
        return inputs + keras.random.normal(
            ops.shape(inputs), dtype=inputs.dtype, seed=self.seed_generator
        )


def test_generate_repeats_where_networks_draw_noise():
    base = small_gan()
    inputs = keras.Input(base.generator.input_shape[1:])
    noisy = keras.Model(inputs, base.generator(Noisy()(inputs)))
    gan = kerasgan.DCGAN(noisy, base.discriminator, seed=1)
    first = gan.generate(4, seed=0)
    gan.generator(np.zeros((4, *noisy.input_shape[1:]), "float32"))
    np.testing.assert_array_equal(gan.generate(4, seed=0), first)


def test_generate_prints_nothing(capfd):
    gan = small_gan()
    capfd.readouterr()
    gan.generate(4, seed=0)
    assert capfd.readouterr().out == ""


def test_evaluate_changes_nothing_and_repeats():
    gan = small_gan()
    gan.compile()
    before = [numbers(v) for v in gan.weights]
    seed = numbers(gan.seed_generator.state)
    first = gan.evaluate(small_images(6), batch_size=4, verbose=0, return_dict=True)
    again = gan.evaluate(small_images(6), batch_size=4, verbose=0, return_dict=True)
    assert first == again and set(first) == set(gan.metric_names)
    assert all(np.array_equal(b, numbers(v)) for b, v in zip(before, gan.weights))
    np.testing.assert_array_equal(seed, numbers(gan.seed_generator.state))


class FixedLatents(kerasgan.DCGAN):
    """A DCGAN whose every batch has the same four latents."""

    def generated_images(self, batch_size, real_images, labels, *, training):
        latents = np.random.default_rng(0).standard_normal((4, 4))
        return self.generator(ops.cast(latents, "float32"), training=training)


@pytest.mark.parametrize(
    "discriminator_steps", [1, pytest.param(2, marks=pytest.mark.long)]
)
def test_reused_fake_images_give_the_step_that_new_ones_would(discriminator_steps):
    """From the same latents, one pass of the generator does what two do."""
    trained = []
    for reuse in (False, True):
        parts = small_gan(dropout=0.0)
        gan = FixedLatents(generator=parts.generator, discriminator=parts.discriminator)
        gan.compile(
            discriminator_steps=discriminator_steps,
            reuse_fake_images=reuse,
            generator_optimizer=keras.optimizers.SGD(0.1),
            discriminator_optimizer=keras.optimizers.SGD(0.1),
        )
        gan.fit(small_images(4), batch_size=4, epochs=1, verbose=0)
        trained.append(gan)
    apart, shared = trained
    for network in ("generator", "discriminator"):
        new, old, start = (
            [ops.convert_to_numpy(v) for v in getattr(g, network).trainable_variables]
            for g in (shared, apart, small_gan(dropout=0.0))
        )
        for a, b in zip(new, old, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)
        assert max(np.abs(a - b).max() for a, b in zip(new, start)) > 1e-3
