"""From images back to latents, and samples that the discriminator lets pass."""

import keras
import numpy as np
import pytest
from methods_small import conditional_gan
from small import same_weights, small_gan, small_images, weights_of

from kerasgan import latent


@pytest.fixture(scope="module")
def gan():
    return small_gan(plain=True, ema_decay=0.5)


# Projection ----------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_project_finds_the_latents_of_generated_images(gan, dtype):
    latents = np.random.default_rng(3).standard_normal((2, 4), "float32")
    images = latent.images_of(gan, latents)
    given = images if dtype == "uint8" else images / np.float32(127.5) - 1
    found = latent.project(
        gan, given, steps=150, restarts=2, learning_rate=0.1, prior_weight=0.0
    )
    np.testing.assert_allclose(found.latents, latents, atol=0.1)
    assert np.abs(found.images.astype(int) - images).max() <= 3
    squares = ((found.images / 127.5 - images / 127.5) ** 2).mean(axis=(1, 2, 3))
    np.testing.assert_allclose(found.losses, squares, atol=1e-4)
    assert found.history.shape == (150,) and found.history[-1] < found.history[0] / 50


@pytest.mark.once
def test_project_keeps_near_where_training_drew(gan):
    image = small_images(1)
    near, far = (
        latent.project(gan, image, steps=60, restarts=1, prior_weight=weight)
        for weight in (10.0, 0.0)
    )
    assert np.square(near.latents).sum() < 0.1 * np.square(far.latents).sum()


def test_project_leaves_the_model_as_it_is(gan):
    before, seed = weights_of(gan), keras.ops.convert_to_numpy(gan.seed_generator.state)
    latent.project(gan, small_images(1), steps=2)
    assert same_weights(before, weights_of(gan))
    after = keras.ops.convert_to_numpy(gan.seed_generator.state)
    assert np.array_equal(seed, after)


def test_project_refuses_images_that_do_not_fit(gan):
    with pytest.raises(ValueError, match=r"`images` must have shape \(n, 8, 8, 1\)"):
        latent.project(gan, small_images(1, (9, 9, 1)))


# Rejection -----------------------------------------------------------------------


def test_acceptance_follows_the_paper():
    # With gamma 0, sigmoid(F) is exp(D - M): rejection sampling in its first form.
    scores = np.array([[-3.0], [-1.0], [0.5], [2.0]])
    found = latent.acceptance_probabilities(scores, 2.0, gamma=0.0, epsilon=1e-12)
    np.testing.assert_allclose(found, np.exp(scores[:, 0] - 2.0), rtol=1e-6)


def test_acceptance_takes_gamma_from_a_percentile():
    scores = np.linspace(-4.0, 1.0, 11)
    found = latent.acceptance_probabilities(scores, 3.0, gamma_percentile=70.0)
    # The eighth of eleven is the 70th percentile: its F is gamma.
    np.testing.assert_allclose(found[7], 0.5)
    assert (np.diff(found) > 0).all()


def test_acceptance_turns_the_generators_distribution_into_the_datas():
    # Of N(0, 1), with the densities' log ratio to N(0.5, 0.8) for scores.
    x = np.random.default_rng(0).standard_normal(200_000)
    scores = -np.log(0.8) - ((x - 0.5) / 0.8) ** 2 / 2 + x**2 / 2
    chances = latent.acceptance_probabilities(scores, scores.max(), gamma=0.0)
    kept = x[np.random.default_rng(1).random(len(x)) < chances]
    np.testing.assert_allclose([kept.mean(), kept.std()], [0.5, 0.8], atol=0.02)


def test_acceptance_refuses_scores_above_the_maximum():
    with pytest.raises(ValueError, match="at most max_score=1.*Received: .* 2"):
        latent.acceptance_probabilities([0.0, 2.0], 1.0)


def test_rejection_sample_keeps_what_the_discriminator_likes():
    gan = small_gan(plain=True)
    # Scores spread wider than an untrained network's.
    kernel, bias = gan.discriminator.get_weights()
    gan.discriminator.set_weights([10 * kernel, bias])
    found = latent.rejection_sample(gan, 100, seed=0, burn_in=128, batch_size=128)
    assert found.images.shape == (100, 8, 8, 1) and found.images.dtype == np.uint8
    np.testing.assert_array_equal(found.images, latent.images_of(gan, found.latents))
    floats = gan.predict(found.latents, verbose=0).reshape(100, -1)
    scores = 10 * floats @ kernel[:, 0] + bias
    np.testing.assert_allclose(found.scores, scores, rtol=1e-3, atol=1e-3)
    everything = np.random.default_rng(5).standard_normal((500, 4), "float32")
    usual = 10 * gan.predict(everything, verbose=0).reshape(500, -1) @ kernel[:, 0]
    assert found.scores.mean() > (usual + bias).mean() + 0.5 * usual.std()
    # About the share above the 80th percentile.
    assert 0.1 < found.rate < 0.4
    again = latent.rejection_sample(gan, 100, seed=0, burn_in=128, batch_size=128)
    assert np.array_equal(again.images, found.images)


def test_rejection_sample_gives_up():
    with pytest.raises(RuntimeError, match="Of 128 samples .* n=1000 were asked for"):
        latent.rejection_sample(
            small_gan(plain=True), 1000, burn_in=2, batch_size=128, most_samples=128
        )


# Classes -------------------------------------------------------------------------


@pytest.mark.once
def test_project_and_reject_within_a_class():
    gan = conditional_gan()
    latents = np.random.default_rng(3).standard_normal((2, gan.latent_dim), "float32")
    images = latent.images_of(gan, latents, [2, 1])
    found = latent.project(gan, images, [2, 1], steps=20, restarts=1)
    np.testing.assert_array_equal(
        found.images, latent.images_of(gan, found.latents, [2, 1])
    )
    assert found.history[-1] < found.history[0]
    kept = latent.rejection_sample(gan, 5, 1, seed=0, burn_in=32, batch_size=32)
    np.testing.assert_array_equal(kept.images, latent.images_of(gan, kept.latents, 1))
    with pytest.raises(ValueError, match="has 3 classes.*Pass `label=`"):
        latent.rejection_sample(gan, 5)
