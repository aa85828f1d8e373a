"""A tiny DCGAN of registered builders, for the tests of presets."""

import keras
import numpy as np

from kerasgan import DCGAN
from kerasgan.networks import strided_discriminator, upsampling_generator
from kerasgan.registry import register_network

LATENTS = np.random.default_rng(0).standard_normal((3, 4)).astype("float32")


@register_network("test-numbered-generator")
def numbered_generator(*, latent_dim=4, image_shape=(8, 8, 1), units=6):
    """Layers that Keras names, and one variable that it names as well."""
    inputs = keras.Input((latent_dim,))
    x = keras.layers.Dense(units, activation="relu")(inputs)
    x = keras.Sequential([keras.layers.Dense(units), keras.layers.ReLU()])(x)
    x = Offset()(x)
    x = keras.layers.Dense(64, activation="tanh")(x)
    return keras.Model(inputs, keras.layers.Reshape(image_shape)(x))


class Offset(keras.layers.Layer):
    def build(self, shape):
        self.first = self.add_weight(shape=(shape[-1],), initializer="zeros")
        self.second = self.add_weight(shape=(shape[-1],), initializer="zeros")

    def call(self, x):
        return x + self.first + self.second


def tiny_discriminator(**arguments):
    sizes = {"filters": (4, 8), "kernel_sizes": (4, 4), "strides": (2, 2)}
    return strided_discriminator(
        **{"image_shape": (8, 8, 1), "dropout_rate": 0.3, **sizes, **arguments}
    )


def tiny_gan(generator=None, **arguments):
    generator = generator or upsampling_generator(
        latent_dim=4, image_shape=(8, 8, 1), filters=(4, 4)
    )
    discriminator = tiny_discriminator()
    gan = DCGAN(generator=generator, discriminator=discriminator, seed=1, **arguments)
    # Initial offsets and statistics are all 0 or 1, and would hide a mix-up.
    rng = np.random.default_rng(1)
    networks = [generator, discriminator, gan.ema_generator]
    for variable in [v for n in networks if n is not None for v in n.weights]:
        variable.assign(rng.uniform(0.1, 0.9, tuple(variable.shape)).astype("float32"))
    return gan


def arrays(model):
    return [keras.ops.convert_to_numpy(v) for v in model.weights]


def assert_same_weights(model, other):
    for value, expected in zip(arrays(model), arrays(other), strict=True):
        np.testing.assert_array_equal(value, expected)
