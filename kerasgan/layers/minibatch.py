"""What a discriminator is told about the batch as a whole."""

import keras
from keras import ops

from kerasgan.checks import check_positive_int


@keras.saving.register_keras_serializable("kerasgan")
class MinibatchStandardDeviation(keras.layers.Layer):
    """Adds channels that say how much the images of a group differ.

    The batch falls into groups of `group_size` images; over each the deviation of each
    value is taken, and its mean over the map and over the channels (a share of them
    for each new channel) is added to the group's images as constant channels. Without
    it a generator that always gives one image is not told apart.

    Args:
        group_size: images in a group, at least 1, or None for the whole batch. Where
            it does not divide the batch, the largest size below it that does is
            taken. Defaults to 4.
        num_channels: channels to add, which must divide the inputs'. Defaults to 1.
        epsilon: added to the variance. Defaults to 1e-8.
        **kwargs: as in `keras.layers.Layer`.

    Raises:
        TypeError: if `group_size` or `num_channels` is not a whole number.
        ValueError: if one is less than 1, or the inputs are no maps of a fitting
            number of channels.

    Source: Karras et al. 2018 (arXiv:1710.10196), section 3, with the groups of its
    code: images i, i + batch / group_size, ... The code takes a group size that
    divides the batch; a last batch of another size is not refused here.
    """

    def __init__(
        self,
        group_size: int | None = 4,
        *,
        num_channels: int = 1,
        epsilon: float = 1e-8,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if group_size is not None:
            group_size = check_positive_int("group_size", group_size)
        self.group_size = group_size
        self.num_channels = check_positive_int("num_channels", num_channels)
        self.epsilon = epsilon

    def build(self, input_shape):
        if len(input_shape) != 4 or input_shape[-1] % self.num_channels:
            raise ValueError(
                "Inputs must be (batch, height, width, channels), with a number of "
                f"channels that {self.num_channels} (`num_channels`) divides. "
                f"Received: inputs of shape {tuple(input_shape)}."
            )

    def call(self, inputs):
        batch, height, width, channels = ops.shape(inputs)
        size = self._group_size(batch)
        values = ops.reshape(
            ops.cast(inputs, "float32"),
            (size, -1, height, width, self.num_channels, channels // self.num_channels),
        )
        centred = values - ops.mean(values, axis=0, keepdims=True)
        variance = ops.mean(ops.square(centred), axis=0)
        deviation = ops.mean(ops.sqrt(variance + self.epsilon), axis=(1, 2, 4))
        new = ops.reshape(ops.tile(deviation, (size, 1)), (-1, 1, 1, self.num_channels))
        new = ops.broadcast_to(new, (batch, height, width, self.num_channels))
        return ops.concatenate([inputs, ops.cast(new, inputs.dtype)], axis=-1)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], input_shape[-1] + self.num_channels)

    def get_config(self):
        return {
            **super().get_config(),
            "group_size": self.group_size,
            "num_channels": self.num_channels,
            "epsilon": self.epsilon,
        }

    def _group_size(self, batch):
        if self.group_size is None:
            return batch
        sizes = range(1, self.group_size + 1)
        if isinstance(batch, int):
            return max(size for size in sizes if batch % size == 0)
        # In a `tf.function` the batch may be known at run time alone.
        sizes = ops.convert_to_tensor(list(sizes), "int32")
        fits = ops.equal(ops.mod(ops.cast(batch, "int32"), sizes), 0)
        return ops.max(ops.where(fits, sizes, ops.ones_like(sizes)))
