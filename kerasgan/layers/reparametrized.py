"""Layers of Keras that compute with another kernel than the one they learn.

Such a layer has three bases: one that makes the kernel (a `Reparametrized`), one of the
calls below, and the Keras layer.
"""

import keras
import numpy as np
from keras import ops

from kerasgan.layers.convolution import (
    convolved,
    downsample_convolved,
    stock_downsampling,
    transposed_convolved,
)


class Reparametrized:
    """The kernel that is used, made in `_used_kernel` of the one that is learnt.

    That one stays float32 under every dtype policy: what is made of it needs it whole.
    """

    # Names of the arguments that the Keras layer does not have.
    own_arguments: tuple[str, ...] = ()
    kernel_name = "kernel"

    def add_weight(self, *args, **kwargs):
        if kwargs.get("name") == self.kernel_name:
            kwargs["autocast"] = False
        return super().add_weight(*args, **kwargs)

    def get_config(self):
        own = {name: getattr(self, name) for name in self.own_arguments}
        return {**super().get_config(), **own}

    def _learnt_kernel(self):
        return ops.convert_to_tensor(getattr(self, self.kernel_name))

    def _used_kernel(self, *, training):
        raise NotImplementedError

    def _used_bias(self):
        """The bias that is added, or None."""
        bias = getattr(self, "bias", None)
        return None if bias is None else ops.convert_to_tensor(bias)

    def _kernel_and_bias(self, training):
        kernel = ops.cast(self._used_kernel(training=training), self.compute_dtype)
        return kernel, self._used_bias()


class _WithStock:
    """What exports hold in the layer's place."""

    stock_class = None

    def stock_layer(self):
        """The Keras layer that does the same with `stock_weights`."""
        config = self.get_config()
        for name in self.own_arguments:
            del config[name]
        return self.stock_class.from_config(config)

    def stock_weights(self):
        """What `stock_layer` computes with, as a list of NumPy arrays."""
        values = [self._used_kernel(training=False), self._used_bias()]
        return [np.array(ops.convert_to_numpy(v)) for v in values if v is not None]


class DenseCall(_WithStock):
    """A dense layer's product with the kernel that is used."""

    stock_class = keras.layers.Dense

    def call(self, inputs, training=None):
        kernel, bias = self._kernel_and_bias(training)
        outputs = ops.matmul(inputs, kernel)
        outputs = outputs if bias is None else outputs + bias
        return outputs if self.activation is None else self.activation(outputs)


class Conv2DCall(_WithStock):
    """A convolution with the kernel that is used."""

    stock_class = keras.layers.Conv2D

    def call(self, inputs, training=None):
        outputs = convolved(self, inputs, *self._kernel_and_bias(training))
        return outputs if self.activation is None else self.activation(outputs)


class DownsampleConv2DCall(_WithStock):
    """A convolution with the kernel that is used, and mean pooling."""

    def call(self, inputs, training=None):
        outputs = downsample_convolved(self, inputs, *self._kernel_and_bias(training))
        return outputs if self.activation is None else self.activation(outputs)

    def stock_layer(self):
        """The Keras layers that do the same with `stock_weights`."""
        config = self.get_config()
        for name in self.own_arguments:
            del config[name]
        return stock_downsampling(config, self.name)


class Conv2DTransposeCall(_WithStock):
    """A transposed convolution with the kernel that is used."""

    stock_class = keras.layers.Conv2DTranspose

    def call(self, inputs, training=None):
        outputs = transposed_convolved(self, inputs, *self._kernel_and_bias(training))
        return outputs if self.activation is None else self.activation(outputs)


class EmbeddingCall(_WithStock):
    """Rows of the table that is used."""

    stock_class = keras.layers.Embedding

    def call(self, inputs, training=None):
        table, _ = self._kernel_and_bias(training)
        return ops.take(table, ops.cast(inputs, "int32"), axis=0)
