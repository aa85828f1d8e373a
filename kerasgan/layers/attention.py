"""Attention between the pixels of a map."""

import keras
from keras import ops

from kerasgan import _kernels
from kerasgan.checks import check_positive_int
from kerasgan.layers.spectral import SpectralDense


@keras.saving.register_keras_serializable("kerasgan")
class SelfAttention2D(keras.layers.Layer):
    """Each pixel adds what it finds at all others: x + gamma * attention(x).

    gamma is learnt from 0, so that a network starts as if the layer were not there.

    Args:
        reduction: the products are between vectors of channels / reduction values,
            at least 1 and at most the channels. Defaults to 8.
        spectral_norm: whether the four 1x1 convolutions are normalised, as in the
            paper's networks. Defaults to True.
        **kwargs: as in `keras.layers.Layer`.

    Raises:
        TypeError: if `reduction` is not a whole number.
        ValueError: if `reduction` is less than 1 or more than the channels.

    Source: Zhang et al. 2019, "Self-Attention Generative Adversarial Networks"
    (arXiv:1805.08318), equations 1 to 3, with h and v through channels / reduction
    values as there (its code takes half the channels, and pools keys and values).
    """

    def __init__(self, reduction: int = 8, *, spectral_norm: bool = True, **kwargs):
        super().__init__(**kwargs)
        self.reduction = check_positive_int("reduction", reduction)
        self.spectral_norm = spectral_norm

    def build(self, input_shape):
        channels = input_shape[-1]
        if channels < self.reduction:
            raise ValueError(
                "`reduction` must be at most the number of channels. Received: "
                f"reduction={self.reduction}, inputs of shape {tuple(input_shape)}."
            )
        inner = channels // self.reduction
        make = SpectralDense if self.spectral_norm else keras.layers.Dense
        arguments = {"use_bias": False, "dtype": self.dtype_policy}
        self.queries = make(inner, name="queries", **arguments)
        self.keys = make(inner, name="keys", **arguments)
        self.values = make(inner, name="values", **arguments)
        self.outputs = make(channels, name="outputs", **arguments)
        for layer in (self.queries, self.keys, self.values):
            layer.build(input_shape)
        self.outputs.build((*input_shape[:-1], inner))
        self.gamma = self.add_weight(shape=(), initializer="zeros", name="gamma")

    def call(self, inputs, training=None):
        # Keras hands `training` on to the layers in it.
        _, height, width, _ = ops.shape(inputs)
        queries, keys, values = (
            self._pixels(layer, inputs)
            for layer in (self.queries, self.keys, self.values)
        )
        products = ops.matmul(queries, ops.transpose(keys, (0, 2, 1)))
        # A row for each pixel that looks, over those that are looked at.
        shares = ops.softmax(ops.cast(products, "float32"), axis=-1)
        shares = ops.cast(shares, self.compute_dtype)
        found = ops.matmul(shares, values)
        found = ops.reshape(found, (-1, height, width, found.shape[-1]))
        found = self.outputs(found)
        return inputs + _kernels.scale(found, ops.convert_to_tensor(self.gamma))

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {
            **super().get_config(),
            "reduction": self.reduction,
            "spectral_norm": self.spectral_norm,
        }

    def _pixels(self, layer, inputs):
        outputs = layer(inputs)
        _, height, width, channels = ops.shape(outputs)
        return ops.reshape(outputs, (-1, height * width, channels))
