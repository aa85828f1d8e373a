"""Normalisations of each sample by itself: groups, maps, layers, pixels."""

import keras
from keras import ops

from kerasgan.layers.moments import in_float32, moments, scaled


@keras.saving.register_keras_serializable("kerasgan")
class GroupNormalization(keras.layers.GroupNormalization):
    """Keras's `GroupNormalization`; the same numbers, with right second derivatives.

    Arguments are those of `keras.layers.GroupNormalization`.

    Source: Wu and He 2018 (arXiv:1803.08494), equations 1 to 3 and 7.
    """

    def call(self, inputs):
        shape = ops.shape(inputs)
        axis = self.axis % len(shape)
        grouped = (self.groups, shape[axis] // self.groups)
        inputs = ops.reshape(
            in_float32(inputs), (-1, *shape[1:axis], *grouped, *shape[axis + 1 :])
        )
        axes = [i for i in range(1, len(shape) + 1) if i != axis]
        _, variance, centred = moments(inputs, axes)
        outputs = centred * ops.rsqrt(variance + self.epsilon)
        outputs = ops.reshape(outputs, (-1, *shape[1:]))
        along = [1] * len(shape)
        along[axis] = -1
        gamma, beta = (
            None if weight is None else ops.reshape(weight, along)
            for weight in (self.gamma, self.beta)
        )
        return ops.cast(scaled(outputs, gamma, beta), self.compute_dtype)

    def stock_layer(self):
        """The Keras layer that does the same."""
        return keras.layers.GroupNormalization.from_config(self.get_config())


@keras.saving.register_keras_serializable("kerasgan")
class InstanceNormalization(GroupNormalization):
    """Each map of each image to mean 0 and variance 1: a group for each channel.

    Args:
        axis: the channels' axis. Defaults to -1.
        epsilon: added to the variance. Defaults to 1e-3, as in Keras's layers
            (PyTorch's `InstanceNorm2d` has 1e-5, and neither scale nor offset).
        center: whether to learn an offset. Defaults to True.
        scale: whether to learn a scale. Defaults to True.
        **kwargs: as in `keras.layers.GroupNormalization`, without `groups`.

    Raises:
        ValueError: if the inputs are vectors, where every answer would be 0.

    Source: Ulyanov, Vedaldi and Lempitsky 2016 (arXiv:1607.08022), equation 4.
    """

    def __init__(self, axis=-1, epsilon=1e-3, *, center=True, scale=True, **kwargs):
        super().__init__(
            groups=-1, axis=axis, epsilon=epsilon, center=center, scale=scale, **kwargs
        )

    def build(self, input_shape):
        if len(input_shape) < 3:
            raise ValueError(
                "Instance normalization needs maps: inputs of at least three axes, "
                "such as (batch, height, width, channels). Received: inputs of shape "
                f"{tuple(input_shape)}. Use LayerNormalization for vectors."
            )
        super().build(input_shape)

    def get_config(self):
        config = super().get_config()
        del config["groups"]
        return config

    def stock_layer(self):
        """The Keras layer that does the same."""
        config = {**self.get_config(), "groups": -1}
        return keras.layers.GroupNormalization.from_config(config)


@keras.saving.register_keras_serializable("kerasgan")
class LayerNormalization(keras.layers.LayerNormalization):
    """Keras's `LayerNormalization`; the same numbers, with right second derivatives.

    Arguments are those of `keras.layers.LayerNormalization`.

    Source: Ba, Kiros and Hinton 2016 (arXiv:1607.06450), equation 3.
    """

    def call(self, inputs):
        if self.rms_scaling:
            return super().call(inputs)
        inputs = in_float32(inputs)
        _, variance, centred = moments(inputs, self.axis)
        outputs = centred * ops.rsqrt(variance + self.epsilon)
        along = [1] * len(inputs.shape)
        for axis in self.axis:
            along[axis] = inputs.shape[axis]
        gamma, beta = (
            None if weight is None else ops.reshape(weight, along)
            for weight in (self.gamma, self.beta)
        )
        return ops.cast(scaled(outputs, gamma, beta), self.compute_dtype)

    def stock_layer(self):
        """The Keras layer that does the same."""
        return keras.layers.LayerNormalization.from_config(self.get_config())


@keras.saving.register_keras_serializable("kerasgan")
class PixelNormalization(keras.layers.Layer):
    """Each pixel's vector of channels over its root mean square.

    Vectors (batch, channels) are taken as one pixel, as StyleGAN takes latents.

    Args:
        epsilon: added to the mean square. Defaults to 1e-8.
        **kwargs: as in `keras.layers.Layer`.

    Source: Karras et al. 2018 (arXiv:1710.10196), section 4.2:
    b = a / sqrt(mean(a^2) + epsilon) over the channels.
    """

    def __init__(self, epsilon: float = 1e-8, **kwargs):
        super().__init__(**kwargs)
        self.epsilon = epsilon

    def build(self, input_shape):
        self.channels = input_shape[-1]

    def call(self, inputs):
        values = in_float32(inputs)
        squares = ops.mean(ops.square(values), axis=-1, keepdims=True)
        return ops.cast(values * ops.rsqrt(squares + self.epsilon), self.compute_dtype)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "epsilon": self.epsilon}

    def stock_layer(self):
        """The Keras layers that do the same, but for `epsilon` near 0."""
        parts = [
            keras.layers.UnitNormalization(),
            keras.layers.Rescaling(self.channels**0.5),
        ]
        return keras.Sequential(parts, name=self.name)
