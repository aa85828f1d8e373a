"""StyleGAN2's space of styles."""

import keras
import numpy as np
import pytest
from small import small_gan

import kerasgan
from kerasgan import latent
from kerasgan.networks import stylegan2_discriminator, stylegan2_generator

LATENTS = np.random.default_rng(0).standard_normal((5, 4)).astype("float32")


@pytest.fixture(scope="module")
def gan():
    keras.utils.set_random_seed(0)
    sizes = {"image_shape": (8, 8, 3), "filters": (6, 4)}
    return kerasgan.StyleGAN2(
        stylegan2_generator(latent_dim=4, style_dim=6, mapping_rate=1.0, **sizes),
        stylegan2_discriminator(**sizes),
        seed=1,
    )


@pytest.mark.once
def test_mapping_is_the_papers_by_hand(gan):
    x = LATENTS / np.sqrt((LATENTS**2).mean(1, keepdims=True) + 1e-8)
    for i in (1, 2):
        kernel, bias = gan.generator.get_layer(f"mapping_{i}").get_weights()
        x = x @ kernel * np.sqrt(2.0 / len(kernel)) + bias
        x = np.maximum(x, 0.2 * x)
    received = latent.map_to_styles(gan, LATENTS, batch_size=2)
    np.testing.assert_allclose(received, x, rtol=1e-4, atol=1e-5)


def test_styles_give_the_images_of_their_latents(gan):
    expected = latent.images_of(gan, LATENTS)
    styles = latent.map_to_styles(gan, LATENTS)
    for given in (styles, np.repeat(styles[:, None], 4, axis=1)):
        received = latent.images_of_styles(gan, given, batch_size=2)
        assert np.abs(received.astype(int) - expected).max() <= 1


@pytest.mark.once
def test_truncation_goes_from_the_mean_image_to_all(gan):
    mean = latent.mean_style(gan, 500)
    assert mean.shape == (6,)
    expected = latent.images_of(gan, LATENTS).astype(int)
    received = latent.truncated_images(gan, LATENTS, 1.0, mean=mean)
    assert np.abs(received - expected).max() <= 1
    received = latent.truncated_images(gan, LATENTS, 0.0, mean=mean)
    expected = latent.images_of_styles(gan, mean[None]).astype(int)
    assert np.abs(received - expected).max() <= 1
    half = latent.truncated_images(gan, LATENTS, 0.5, mean=mean)
    middle = 0.5 * (latent.map_to_styles(gan, LATENTS) + mean)
    expected = latent.images_of_styles(gan, middle).astype(int)
    assert np.abs(half - expected).max() <= 1


def test_what_has_no_styles_is_refused(gan):
    with pytest.raises(ValueError, match=r"layer of that name.*Received"):
        latent.map_to_styles(small_gan(), LATENTS)
    with pytest.raises(ValueError, match=r"`styles` must have shape.*Received"):
        latent.images_of_styles(gan, np.zeros((2, 5)))
    with pytest.raises(ValueError, match=r"`latents` must have shape.*Received"):
        latent.map_to_styles(gan, np.zeros((2, 5)))
