"""A tiny DCGAN, tiny images and comparisons of weights, for the tests."""

import keras
import numpy as np

from kerasgan import DCGAN
from kerasgan.networks import strided_discriminator, transposed_generator

LATENT_DIM = 4


def small_generator(image_shape=(8, 8, 1), latent_dim=LATENT_DIM):
    """A registered generator with batch norm."""
    return transposed_generator(
        latent_dim=latent_dim,
        image_shape=image_shape,
        filters=(6, 4),
        strides=(2,),
        kernel_initializer="keras",
    )


def small_discriminator(image_shape=(8, 8, 1), normalization="batch", dropout=0.25):
    """A registered discriminator with batch norm and dropout."""
    return strided_discriminator(
        image_shape=image_shape,
        filters=(4, 6),
        kernel_sizes=(3, 3),
        strides=(2, 2),
        normalization=normalization,
        dropout_rate=dropout,
        kernel_initializer="keras",
    )


def plain_generator(image_shape=(8, 8, 1), latent_dim=LATENT_DIM):
    """A user's own generator, without batch norm."""
    height, width, channels = image_shape
    return keras.Sequential(
        [
            keras.Input((latent_dim,)),
            keras.layers.Dense(height * width * channels, activation="tanh"),
            keras.layers.Reshape(image_shape),
        ]
    )


def plain_discriminator(image_shape=(8, 8, 1), *head):
    """A user's own discriminator, without batch norm and dropout.

    `head` are the layers that end it, by default `Dense(1)`.
    """
    return keras.Sequential(
        [
            keras.Input(image_shape),
            keras.layers.Flatten(),
            *(head or (keras.layers.Dense(1),)),
        ]
    )


def small_gan(
    *, image_shape=(8, 8, 1), latent_dim=LATENT_DIM, plain=False, dropout=0.25, **kwargs
):
    """An uncompiled DCGAN with the same weights and seed each time.

    Args:
        image_shape: (height, width, channels), sides divisible by 4.
        latent_dim: size of a latent.
        plain: networks without batch norm and dropout, not registered.
        dropout: rate of the discriminator's dropout.
        **kwargs: `seed`, `ema_decay`, `augmentation`, or `generator`,
            `discriminator` instead of the usual.
    """
    keras.utils.set_random_seed(0)
    if plain:
        networks = {
            "generator": plain_generator(image_shape, latent_dim),
            "discriminator": plain_discriminator(image_shape),
        }
    else:
        networks = {
            "generator": small_generator(image_shape, latent_dim),
            "discriminator": small_discriminator(image_shape, dropout=dropout),
        }
    return DCGAN(**{**networks, "seed": 1, **kwargs})


def small_images(n, image_shape=(8, 8, 1), dtype="uint8", seed=0):
    """uint8 in [0, 255], or the same images as floats in [-1, 1]."""
    images = np.random.default_rng(seed).integers(0, 256, (n, *image_shape), "uint8")
    return images if dtype == "uint8" else (images / 127.5 - 1).astype(dtype)


def weights_of(model):
    """All weights as NumPy copies."""
    return [np.array(keras.ops.convert_to_numpy(v)) for v in model.weights]


def same_weights(left, right, *, tolerance=0.0):
    """Whether two lists of weights are equal, bit for bit by default."""
    return len(left) == len(right) and all(
        a.shape == b.shape and np.allclose(a, b, rtol=0, atol=tolerance)
        for a, b in zip(left, right)
    )


def optimizer_variables(gan):
    """Both optimizers' variables as NumPy copies."""
    return [np.array(keras.ops.convert_to_numpy(v)) for v in gan.optimizer.variables]
