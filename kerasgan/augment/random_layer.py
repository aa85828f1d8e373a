"""What layers that draw for each image share."""

import keras
from keras import ops


class RandomLayer(keras.layers.Layer):
    """Treats each image of a batch by its own random draw, in training only."""

    def __init__(self, *, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, images, training=False):
        return self.augment(images) if training else images

    def draw(self, shape, low, high):
        return keras.random.uniform(
            shape, low, high, dtype="float32", seed=self.seed_generator
        )

    def draw_integers(self, shape, low, high):
        """Whole numbers from `low` to `high`, both included."""
        drawn = ops.floor(self.draw(shape, low, high + 1))
        # Rounding in the sampler may give its upper bound itself.
        return ops.minimum(ops.cast(drawn, "int32"), high)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "seed": self.seed}


def pixels_at(images, rows, columns):
    """Picks pixels (b, h, w, c) at integer places, reflected into the image."""
    batch, height, width, channels = ops.shape(images)
    places = _reflect(rows, height) * width + _reflect(columns, width)
    flat = ops.reshape(images, (batch, height * width, channels))
    places = ops.reshape(places, (batch, height * width, 1))
    picked = ops.take_along_axis(flat, places, axis=1)
    return ops.reshape(picked, (batch, height, width, channels))


def _reflect(index, size):
    """Folds indices into [0, size) without repeating the edge, as `np.pad` reflects."""
    period = max(2 * (size - 1), 1)
    index = ops.mod(index, period)
    return ops.minimum(index, period - index)
