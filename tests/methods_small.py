"""Three small methods, each a short class, that the hooks must carry.

A conditional one whose generator has two inputs and whose discriminator a projection
score; a Wasserstein one with fresh real images and a lazy penalty; and one of points in
the plane rather than images.
"""

import keras
import numpy as np
from keras import layers, ops
from small import (
    LATENT_DIM,
    plain_discriminator,
    plain_generator,
    small_discriminator,
    small_generator,
    small_images,
)

from kerasgan import GAN, _backends
from kerasgan.checks import boolean, integer, number
from kerasgan.registry import register_model
from kerasgan.training.recipe import argument

CLASSES = 3


@register_model("test-conditional")
class Conditional(GAN):
    """Hinge losses; labels go to both networks."""

    def discriminator_loss(self, real_images, fake_images, labels, *, training):
        real_scores = self.scores(real_images, labels, training=training)
        fake_scores = self.scores(fake_images, labels, training=training)
        loss = ops.mean(ops.relu(1.0 - real_scores)) + ops.mean(
            ops.relu(1.0 + fake_scores)
        )
        return loss, {}

    def generator_loss(self, real_images, fake_images, labels, *, training):
        return -ops.mean(self.scores(fake_images, labels, training=training)), {}


@register_model("test-wasserstein")
class Wasserstein(GAN):
    """Gulrajani et al. 2017 (arXiv:1704.00028), the penalty every other step."""

    metric_names = ("d_loss", "g_loss", "penalty")

    class Recipe(GAN.Recipe):
        discriminator_steps: int = argument(5, integer(1, 100), "as in the paper")
        fresh_real_images: bool = argument(True, boolean, "as in the paper", since=1)
        penalty_weight: float = argument(10.0, number(0, 1e3), "lambda")
        penalty_every: int = argument(2, integer(1, 100), "steps between penalties")

    def discriminator_loss(self, real_images, fake_images, labels, *, training):
        real_scores = self.scores(real_images, labels, training=training)
        fake_scores = self.scores(fake_images, labels, training=training)
        penalty = _backends.cond(
            ops.equal(self.step_counter % self.recipe.penalty_every, 0),
            lambda: self.penalty(real_images, fake_images, training),
        )
        loss = ops.mean(fake_scores) - ops.mean(real_scores) + penalty
        return loss, {"penalty": penalty}

    def penalty(self, real_images, fake_images, training):
        seed = self.seed_generator if training else self.evaluation_seed_generator
        shape = (ops.shape(real_images)[0], 1, 1, 1)
        mix = keras.random.uniform(shape, seed=seed)
        mixed = mix * real_images + (1.0 - mix) * fake_images
        slopes = _backends.input_gradient(
            lambda images: self.scores(images, None, training=training), mixed
        )
        norms = ops.sqrt(ops.sum(slopes**2, axis=(1, 2, 3)) + 1e-12)
        return self.recipe.penalty_weight * ops.mean((norms - 1.0) ** 2)

    def generator_loss(self, real_images, fake_images, labels, *, training):
        return -ops.mean(self.scores(fake_images, labels, training=training)), {}


@register_model("test-ring")
class Ring(GAN):
    """Points of the plane for images, with the least-squares losses."""

    def check_networks(self, generator, discriminator, latent_dim):
        return generator.input_shape[1], (2,)

    def check_data(self, images, labels, *, name):
        return images.astype("float32"), labels

    def discriminator_loss(self, real_images, fake_images, labels, *, training):
        real_scores = self.scores(real_images, labels, training=training)
        fake_scores = self.scores(fake_images, labels, training=training)
        return ops.mean((real_scores - 1.0) ** 2) + ops.mean(fake_scores**2), {}

    def generator_loss(self, real_images, fake_images, labels, *, training):
        fake_scores = self.scores(fake_images, labels, training=training)
        return ops.mean((fake_scores - 1.0) ** 2), {}


def conditional_generator(image_shape=(8, 8, 1)):
    latents = keras.Input((LATENT_DIM,), name="latents")
    labels = keras.Input((), dtype="int32", name="labels")
    x = layers.Concatenate()([latents, layers.Embedding(CLASSES, 4)(labels)])
    x = layers.Dense(int(np.prod(image_shape)), activation="tanh")(x)
    return keras.Model([latents, labels], layers.Reshape(image_shape)(x))


def projection_discriminator(image_shape=(8, 8, 1)):
    """Miyato and Koyama 2018 (arXiv:1802.05637), equation 3."""
    images = keras.Input(image_shape, name="images")
    labels = keras.Input((), dtype="int32", name="labels")
    features = layers.Dense(6, activation="leaky_relu")(layers.Flatten()(images))
    projected = layers.Dot(1)([features, layers.Embedding(CLASSES, 6)(labels)])
    score = layers.Add()([layers.Dense(1)(features), projected])
    return keras.Model([images, labels], score)


def conditional_gan(**arguments):
    keras.utils.set_random_seed(0)
    networks = conditional_generator(), projection_discriminator()
    return Conditional(*networks, **{"num_classes": CLASSES, "seed": 1, **arguments})


def wasserstein_gan(*, plain=False, **arguments):
    """With batch norm and dropout, or plain networks, which JAX compiles quickly."""
    keras.utils.set_random_seed(0)
    networks = small_generator(), small_discriminator()
    if plain:
        networks = plain_generator(), plain_discriminator()
    return Wasserstein(*networks, **{"seed": 1, **arguments})


def ring_gan(**arguments):
    keras.utils.set_random_seed(0)
    generator = keras.Sequential(
        [
            keras.Input((LATENT_DIM,)),
            layers.Dense(64, activation="relu"),
            layers.Dense(64, activation="relu"),
            layers.Dense(2, activation="tanh"),
        ]
    )
    discriminator = keras.Sequential(
        [
            keras.Input((2,)),
            layers.Dense(64, activation="leaky_relu"),
            layers.Dense(64, activation="leaky_relu"),
            layers.Dense(1),
        ]
    )
    return Ring(generator, discriminator, **{"seed": 1, **arguments})


def ring_of_gaussians(n, modes=8, radius=0.7, spread=0.02, seed=0):
    """Points (n, 2) around `modes` centres on a circle."""
    rng = np.random.default_rng(seed)
    angles = 2 * np.pi * rng.integers(0, modes, n) / modes
    centres = radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return (centres + spread * rng.standard_normal((n, 2))).astype("float32")


def labelled_images(n):
    return small_images(n), np.arange(n) % CLASSES


# What each trains on: an eight of batches for one that draws five a step.
METHODS = {
    "conditional": (conditional_gan, lambda: labelled_images(8)),
    "wasserstein": (wasserstein_gan, lambda: small_images(40)),
    "ring": (ring_gan, lambda: ring_of_gaussians(8)),
}
