"""What StyleGAN2's generator begins with, and what it is disturbed by."""

import keras
import numpy as np
from keras import layers, ops

from kerasgan.checks import check_positive_int


@keras.saving.register_keras_serializable("kerasgan")
class LearnedMap(keras.layers.Layer):
    """One learned map for all images, whatever the inputs are.

    Called as `layer(inputs)`, of which only the batch is read.

    Args:
        shape: (height, width, channels).
        **kwargs: as in `keras.layers.Layer`.

    Source: Karras et al. 2019 (arXiv:1812.04948), section 2; N(0, 1) at first.
    """

    def __init__(self, shape: tuple[int, int, int], **kwargs):
        super().__init__(**kwargs)
        self.shape = tuple(check_positive_int("shape", size) for size in shape)

    def build(self, input_shape):
        self.map = self.add_weight(
            shape=self.shape,
            initializer=keras.initializers.RandomNormal(stddev=1.0),
            name="map",
        )
        self.input_size = input_shape[-1]

    def call(self, inputs):
        nothing = ops.zeros_like(inputs[:, :1])
        return ops.reshape(nothing, (-1, 1, 1, 1)) + ops.expand_dims(self.map, 0)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], *self.shape)

    def get_config(self):
        return {**super().get_config(), "shape": list(self.shape)}

    def stock_layer(self):
        """The Keras layers that do the same with `stock_weights`."""
        inputs = keras.Input((self.input_size,))
        outputs = constant_of(inputs, self.shape, "map")
        return keras.Model(inputs, outputs, name=self.name)

    def stock_weights(self):
        """What `stock_layer` computes with, as a list of NumPy arrays."""
        return constant_weights(ops.convert_to_numpy(self.map))


@keras.saving.register_keras_serializable("kerasgan")
class NoiseInjection(keras.layers.Layer):
    """Adds noise of one learned strength, the same to all channels of a pixel.

    In training each image has new noise; outside it all have one map that is drawn
    when the layer is built, so that the same latents give the same image.

    Args:
        fixed_seed: int at least 0 that names that map. Defaults to 0.
        seed: int of the noise in training, or None for a random one. Defaults to None.
        **kwargs: as in `keras.layers.Layer`. Maps are (batch, height, width,
            channels) of fixed height and width.

    Source: Karras et al. 2020 (arXiv:1912.04958), figure 2; strength 0 at first.
    """

    def __init__(self, *, fixed_seed: int = 0, seed: int | None = None, **kwargs):
        super().__init__(**kwargs)
        self.fixed_seed = check_positive_int("fixed_seed", fixed_seed, minimum=0)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def build(self, input_shape):
        self.strength = self.add_weight(shape=(), initializer="zeros", name="strength")
        self.map_shape = tuple(input_shape[1:])
        drawn = np.random.default_rng(self.fixed_seed)
        shape = (*self.map_shape[:2], 1)
        self.fixed_noise = drawn.standard_normal(shape).astype("float32")

    def call(self, inputs, training=False):
        if training:
            shape = (*ops.shape(inputs)[:3], 1)
            noise = keras.random.normal(
                shape, dtype="float32", seed=self.seed_generator
            )
        else:
            noise = ops.convert_to_tensor(self.fixed_noise)
        # The product in float32, and so its gradient's sum over all positions.
        noise = ops.cast(self.strength, "float32") * noise
        return inputs + ops.cast(noise, inputs.dtype)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {
            **super().get_config(),
            "fixed_seed": self.fixed_seed,
            "seed": self.seed,
        }

    def stock_layer(self):
        """The Keras layers that do the same outside training."""
        inputs = keras.Input(self.map_shape)
        noise = constant_of(inputs[:, 0, 0], self.fixed_noise.shape, "noise")
        return keras.Model(inputs, layers.Add()([inputs, noise]), name=self.name)

    def stock_weights(self):
        """What `stock_layer` computes with, as a list of NumPy arrays."""
        return constant_weights(ops.convert_to_numpy(self.strength) * self.fixed_noise)


def constant_of(vectors, shape, name):
    """A constant for each of a batch, as the bias of a Dense layer of stock.

    Args:
        vectors: symbolic (batch, n): what tells the size of the batch.
        shape: of the constant.
        name: the Dense layer's, whose weights are `constant_weights`.
    """
    bias = layers.Dense(int(np.prod(shape)), name=name)(vectors[:, :1])
    return layers.Reshape(shape)(bias)


def constant_weights(values):
    """The weights of `constant_of`'s Dense layer for given values."""
    values = np.asarray(values, "float32").reshape(-1)
    return [np.zeros((1, values.size), "float32"), values]
