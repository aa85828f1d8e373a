"""Generators to export, with weights that make varied images."""

import os

import keras
import numpy as np
import pytest
from keras import layers
from presets_small import narrowed
from small import plain_discriminator

import kerasgan
from kerasgan.export import FORMATS

BACKEND = keras.backend.backend()
# Whether full-size generators are exported as well, for docs/export.md.
MATRIX = os.environ.get("KERASGAN_EXPORT_MATRIX") == "full"


def only_on(backend):
    """Marks what is the same on every backend, and slow, to run on one."""
    return pytest.mark.skipif(
        BACKEND != backend, reason=f"the same on every backend: runs on {backend}"
    )


def formats_here(tensorflow=tuple(FORMATS), others=("onnx", "keras")):
    """For `parametrize`: every format in `make test-all`, these in `make test`.

    Every writer runs in a process of its own, so what trains matters little.
    """
    quick = tensorflow if BACKEND == "tensorflow" else others
    return [
        pytest.param(
            format, marks=[pytest.mark.long] * (format not in quick and not MATRIX)
        )
        for format in FORMATS
    ]


def latents_spec(latent_dim):
    """What a generator from latents alone takes."""
    return {
        "latents": keras.layers.InputSpec(shape=(None, latent_dim), dtype="float32")
    }


def own_generator(latent_dim=32):
    """A user's own: bilinear and nearest upsampling, instance norm, one of our layers,
    a transposed convolution and a nested model."""
    latents = keras.Input((latent_dim,))
    x = layers.Dense(4 * 4 * 32)(latents)
    x = layers.Reshape((4, 4, 32))(x)
    x = layers.UpSampling2D(2, interpolation="bilinear")(x)
    x = layers.Conv2D(24, 3, padding="same")(x)
    x = layers.GroupNormalization(groups=-1)(x)  # instance norm
    x = layers.LeakyReLU(0.2)(x)
    block = keras.Sequential(
        [
            layers.UpSampling2D(2, interpolation="nearest"),
            layers.Conv2DTranspose(16, 4, strides=2, padding="same"),
            kerasgan.layers.Conv2D(16, 3, strides=2, padding="same"),
            layers.BatchNormalization(),
            layers.ReLU(),
        ]
    )
    x = layers.Conv2D(3, 3, padding="same", activation="tanh", dtype="float32")(
        block(x)
    )
    return keras.Model(latents, x)


def own_gan(**kwargs):
    """A GAN of `own_generator` whose moving average has other weights."""
    keras.utils.set_random_seed(0)
    generator = own_generator()
    arguments = {"ema_decay": 0.9, "seed": 1, **kwargs}
    gan = kerasgan.DCGAN(
        generator, plain_discriminator(generator.output_shape[1:]), **arguments
    )
    shake(gan.generator, 0)
    if gan.ema_generator is not None:
        shake(gan.ema_generator, 1)
    return gan


def labelled_generator(latent_dim=8, num_classes=5):
    """Images 8x8 from latents times an embedding of the labels."""
    latents = keras.Input((latent_dim,), name="latents")
    labels = keras.Input((), dtype="int32", name="labels")
    embedded = layers.Embedding(num_classes, latent_dim)(labels)
    x = layers.Dense(4 * 4 * 8)(layers.Multiply()([latents, embedded]))
    x = layers.UpSampling2D(2)(layers.Reshape((4, 4, 8))(x))
    images = kerasgan.layers.Conv2D(1, 3, padding="same", activation="tanh")(x)
    return keras.Model({"latents": latents, "labels": labels}, images)


def labelled_discriminator(image_shape=(8, 8, 1), num_classes=5):
    images = keras.Input(image_shape, name="images")
    labels = keras.Input((), dtype="int32", name="labels")
    embedded = layers.Embedding(num_classes, 4)(labels)
    x = layers.Concatenate()([layers.Flatten()(images), embedded])
    return keras.Model({"images": images, "labels": labels}, layers.Dense(1)(x))


def labelled_gan():
    """A GAN of `labelled_generator`."""
    keras.utils.set_random_seed(0)
    networks = labelled_generator(), labelled_discriminator()
    gan = kerasgan.DCGAN(*networks, num_classes=5, seed=1)
    shake(gan.generator, 0)
    return gan


def preset_gan(name, *, narrow=False):
    """A preset, with its trained weights where it comes with some."""
    overrides = {"load_weights": False, **narrowed(f"dcgan/{name}")} if narrow else {}
    gan = kerasgan.DCGAN.from_preset(name, **overrides, seed=1)
    if narrow or name != "mnist-28":
        for network in filter(None, (gan.generator, gan.ema_generator)):
            shake(network, 0)
    return gan


def shake(network, seed):
    """Draws weights that carry the latents' spread to the images.

    Under DCGAN's own initial weights, images of an untrained generator are zero to
    four digits, and everything would agree with everything.
    """
    rng = np.random.default_rng(seed)
    for variable in network.weights:
        values = rng.standard_normal(tuple(variable.shape))
        if values.ndim > 1:
            values *= 1.5 / np.sqrt(np.prod(values.shape[:-1]))
        elif variable.name in ("gamma", "moving_variance"):
            values = 1.0 + 0.2 * np.abs(values)
        else:
            values *= 0.1
        variable.assign(values.astype("float32"))
