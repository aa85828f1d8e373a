"""Small things of a step that no loss shows: weights of means, targets, rates."""

import keras
import numpy as np
import pytest
from keras import ops
from small import plain_discriminator, plain_generator, small_gan, small_images

from kerasgan import DCGAN, GAN
from kerasgan.layers import BatchNormalization


class Brightness(GAN):
    """Losses that say how bright the real images are."""

    metric_names = ("d_loss", "g_loss", "bright")

    def discriminator_loss(self, real_images, fake_images, labels, *, training):
        scores = self.scores(real_images, labels, training=training)
        mean = ops.mean(real_images)
        return mean + 0 * ops.mean(scores), {"bright": ops.mean(real_images > 0)}

    def generator_loss(self, real_images, fake_images, labels, *, training):
        return ops.mean(real_images) + 0 * ops.mean(fake_images), {}


def test_means_of_an_epoch_count_each_image_once():
    """Five images in batches of 4: the last one is no fifth of a batch of its own."""
    images = np.full((5, 8, 8, 1), -1.0, "float32")
    images[0] = 1.0
    gan = Brightness(plain_generator(), plain_discriminator(), seed=0)
    gan.compile()
    history = gan.fit(images, batch_size=4, shuffle=False, verbose=0).history
    scores = gan.evaluate(images, batch_size=4, verbose=0, return_dict=True)
    for values in ({k: v[0] for k, v in history.items()}, scores):
        for name, mean in {"d_loss": -0.6, "g_loss": -0.6, "bright": 0.2}.items():
            np.testing.assert_allclose(values[name], mean, rtol=1e-6, err_msg=name)


class Seen(keras.losses.Loss):
    """Keeps the targets that it is given."""

    def __init__(self):
        super().__init__()
        self.targets = []

    def call(self, y_true, y_pred):
        self.targets.append(ops.convert_to_numpy(y_true))
        return y_pred


@pytest.mark.parametrize(
    ("rate", "real", "fake"), [(0.0, 0.875, 0.25), (1.0, 0.25, 0.875)]
)
def test_labels_of_both_kinds_are_flipped(rate, real, fake):
    gan, loss = small_gan(plain=True), Seen()
    gan.compile(loss=loss, real_label=0.875, fake_label=0.25, label_flip_rate=rate)
    images = ops.convert_to_tensor(small_images(6, dtype="float32"))
    gan.discriminator_loss(images, images, None, training=True)
    gan.generator_loss(images, images, None, training=True)
    targets = [np.unique(values).tolist() for values in loss.targets]
    assert targets == [[real], [fake], [1.0]]


def test_flipped_labels_are_drawn_for_real_and_fake_images_apart():
    gan, loss = small_gan(plain=True), Seen()
    gan.compile(loss=loss, label_flip_rate=0.5)
    images = ops.convert_to_tensor(small_images(200, dtype="float32"))
    gan.discriminator_loss(images, images, None, training=True)
    real, fake = (values.ravel() for values in loss.targets)
    for values in (real, fake):
        assert set(values) == {0.0, 1.0} and 0.3 < values.mean() < 0.7
    assert 0.3 < (real == fake).mean() < 0.7


def test_learning_rate_of_the_pair_is_that_of_both():
    gan = DCGAN(plain_generator(), plain_discriminator())
    gan.compile(
        generator_optimizer=keras.optimizers.Adam(0.5),
        discriminator_optimizer=keras.optimizers.SGD(0.25),
    )
    pair = gan.optimizer
    assert float(ops.convert_to_numpy(pair.learning_rate)) == 0.5
    pair.learning_rate = 0.125
    for optimizer in (pair.generator_optimizer, pair.discriminator_optimizer, pair):
        assert float(ops.convert_to_numpy(optimizer.learning_rate)) == 0.125


@pytest.mark.parametrize("epsilon", [1e-5, 0.1])
@pytest.mark.parametrize("shape", [(6, 4, 4, 3), (50, 3)])
def test_moving_variance_is_of_the_batch_alone(shape, epsilon):
    """A variance below epsilon shows whether that was left in it."""
    x = 0.1 * np.random.default_rng(0).standard_normal(shape).astype("float32") + 2
    layer = BatchNormalization(momentum=0.75, epsilon=epsilon)
    out = ops.convert_to_numpy(layer(x, training=True))
    axes = tuple(range(x.ndim - 1))
    mean, variance = x.mean(axes), x.astype("float64").var(axes)
    np.testing.assert_allclose(
        ops.convert_to_numpy(layer.moving_variance),
        0.75 + 0.25 * variance,
        rtol=1e-5,
    )
    np.testing.assert_allclose(
        ops.convert_to_numpy(layer.moving_mean), 0.25 * mean, rtol=1e-5
    )
    expected = (x - mean) / np.sqrt(variance + epsilon)
    np.testing.assert_allclose(out, expected, rtol=1e-3, atol=1e-3)


class Told(keras.layers.Layer):
    """Keeps what it is told about training."""

    def __init__(self):
        super().__init__()
        self.training = []

    def call(self, inputs, training=None):
        self.training.append(training)
        return inputs


def test_each_network_is_told_whether_it_trains():
    told = {"generator": Told(), "discriminator": Told()}
    generator, discriminator = plain_generator(), plain_discriminator()
    images = told["generator"](generator.outputs[0])
    scores = discriminator(told["discriminator"](discriminator.inputs[0]))
    gan = DCGAN(
        keras.Model(generator.inputs, images),
        keras.Model(discriminator.inputs, scores),
        seed=1,
    )
    # On torch all steps, on the others what their compiled step was made of.
    for reuse, calls in ((True, 1), (False, 2)):
        gan.compile(reuse_fake_images=reuse)
        for layer in told.values():
            layer.training.clear()
        gan.fit(small_images(4), batch_size=4, verbose=0)
        for name, layer in told.items():
            assert set(layer.training) == {True}, (name, layer.training)
        assert len(told["generator"].training) >= calls
        for use in (
            lambda: gan.evaluate(small_images(4), batch_size=4, verbose=0),
            lambda: gan.generate(2, seed=0),
        ):
            for layer in told.values():
                layer.training.clear()
            use()
            seen = told["generator"].training + told["discriminator"].training
            assert set(seen) <= {False, None} and True not in seen
