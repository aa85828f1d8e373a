"""Layers of a user's own, in a module that other processes can import."""

import os

import keras


@keras.saving.register_keras_serializable("kerasgan-tests")
class AlwaysNoise(keras.layers.Layer):
    """Draws noise in inference too."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.seed_generator = keras.random.SeedGenerator(0)

    def call(self, inputs):
        return inputs + keras.random.normal(
            keras.ops.shape(inputs), seed=self.seed_generator
        )


class OneBackendOnly(keras.layers.Layer):
    """Not registered, and refuses to run anywhere but on one backend."""

    def call(self, inputs):
        backend, home = keras.backend.backend(), os.environ["EXPORT_TEST_BACKEND"]
        if backend != home:
            raise RuntimeError(f"OneBackendOnly runs on {home}, not on {backend}")
        return inputs * 2.0
