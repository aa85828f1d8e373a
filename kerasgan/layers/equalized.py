"""Layers whose kernels are scaled when they are used rather than when they are drawn.

All kernels are drawn from N(0, 1) and multiplied in the forward pass by He's constant,
so that Adam, whose steps know no scale, moves all of them at the same relative rate.
"""

import math

import keras
import numpy as np
from keras import ops

from kerasgan import _kernels
from kerasgan.checks import Argument, number
from kerasgan.layers.convolution import convolved
from kerasgan.layers.reparametrized import Conv2DCall, DenseCall, Reparametrized
from kerasgan.layers.styled import constant_of, constant_weights

_FACTOR = number(0, 1_000_000, above=True)


class _Equalized(Reparametrized):
    """A kernel times `gain * learning_rate_multiplier / sqrt(fan_in)`."""

    own_arguments: tuple[str, ...] = ("gain", "learning_rate_multiplier")

    def __init__(
        self,
        *args,
        gain: float = 1.0,
        learning_rate_multiplier: float = 1.0,
        **kwargs,
    ):
        multiplier = _FACTOR(
            learning_rate_multiplier, Argument("learning_rate_multiplier")
        )
        if "kernel_initializer" not in kwargs:
            deviation = 1.0 / multiplier
            kwargs["kernel_initializer"] = keras.initializers.RandomNormal(
                stddev=deviation
            )
        super().__init__(*args, **kwargs)
        self.gain = _FACTOR(gain, Argument("gain"))
        self.learning_rate_multiplier = multiplier

    def _used_kernel(self, *, training):
        kernel = self._learnt_kernel()
        fan_in = math.prod(kernel.shape[:-1])
        return kernel * (self.gain * self.learning_rate_multiplier / fan_in**0.5)

    def _used_bias(self):
        bias = super()._used_bias()
        return None if bias is None else bias * self.learning_rate_multiplier


@keras.saving.register_keras_serializable("kerasgan")
class EqualizedDense(_Equalized, DenseCall, keras.layers.Dense):
    """`Dense` with a kernel from N(0, 1) that is scaled when it is used.

    It computes with `kernel * gain * m / sqrt(inputs)` and `bias * m`, m the
    `learning_rate_multiplier`.

    Args:
        *args: as in `keras.layers.Dense`, without `kernel_initializer`.
        gain: factor for the activation that follows, above 0; sqrt(2) for LeakyReLU.
            Defaults to 1.0.
        learning_rate_multiplier: how fast the layer learns beside the others, above
            0; 0.01 in StyleGAN's mapping network. Defaults to 1.0.
        **kwargs: as in `keras.layers.Dense`; `kernel_initializer` defaults to
            N(0, 1 / learning_rate_multiplier).

    Raises:
        TypeError: if `gain` or `learning_rate_multiplier` is not a number.
        ValueError: if one is not above 0.

    Source: Karras et al. 2018 (arXiv:1710.10196), section 4.1; the multiplier: Karras
    et al. 2019 (arXiv:1812.04948), appendix C.
    """


@keras.saving.register_keras_serializable("kerasgan")
class EqualizedConv2D(_Equalized, Conv2DCall, keras.layers.Conv2D):
    """`Conv2D` with a kernel from N(0, 1) that is scaled when it is used.

    It computes with `kernel * gain * m / sqrt(rows * columns * channels)` and
    `bias * m`, m the `learning_rate_multiplier`.

    Args:
        *args: as in `keras.layers.Conv2D`, without `kernel_initializer`.
        gain: as in `EqualizedDense`.
        learning_rate_multiplier: as in `EqualizedDense`.
        **kwargs: as in `keras.layers.Conv2D`; `kernel_initializer` defaults to
            N(0, 1 / learning_rate_multiplier).

    Raises:
        TypeError: if `gain` or `learning_rate_multiplier` is not a number.
        ValueError: if one is not above 0.

    Source: Karras et al. 2018 (arXiv:1710.10196), section 4.1.
    """


@keras.saving.register_keras_serializable("kerasgan")
class ModulatedConv2D(_Equalized, keras.layers.Conv2D):
    """A convolution whose kernel each image's style scales, as in StyleGAN2.

    Called as `layer(images, styles)`: styles (batch, channels) multiply the kernel's
    input channels (w' = s_i w), and demodulation divides each filter by its norm
    (w' / sqrt(sum w'^2 + epsilon)). Computed as one convolution for the whole batch,
    of scaled images and with scaled results, which is the same and cheaper. The
    kernel is an `EqualizedConv2D`'s.

    Args:
        filters: number of output channels.
        kernel_size: int or two. Defaults to 3.
        demodulate: whether to divide by the norms; False where colours come out.
            Defaults to True.
        epsilon: added to the squared norms. Defaults to 1e-8.
        transposed: whether to convolve as a transposed convolution of stride 2, which
            makes 2 n + 1 values of n along each axis: unfiltered, see
            `FilteredResampling2D`. Defaults to False.
        gain: as in `EqualizedDense`; it outlasts demodulation.
        learning_rate_multiplier: as in `EqualizedDense`.
        **kwargs: as in `keras.layers.Conv2D`, without `groups` and `data_format`:
            images are (batch, height, width, channels). `padding` defaults to "same".

    Raises:
        TypeError: if `gain` or `learning_rate_multiplier` is not a number.
        ValueError: if one is not above 0.

    Source: Karras et al. 2020 (arXiv:1912.04958), equations 1 to 3.

    Example:

    >>> styles = EqualizedDense(64, bias_initializer="ones")(w)
    >>> x = ModulatedConv2D(32)(x, styles)
    """

    own_arguments = (
        *_Equalized.own_arguments,
        "demodulate",
        "epsilon",
        "transposed",
    )

    def __init__(
        self,
        filters: int,
        kernel_size: int | tuple[int, int] = 3,
        *,
        demodulate: bool = True,
        epsilon: float = 1e-8,
        transposed: bool = False,
        **kwargs,
    ):
        kwargs = {"padding": "same", **kwargs, "data_format": "channels_last"}
        super().__init__(filters, kernel_size, **kwargs)
        self.demodulate = demodulate
        self.epsilon = epsilon
        self.transposed = transposed

    def build(self, images_shape, styles_shape):
        if styles_shape[-1] != images_shape[-1]:
            raise ValueError(
                "`styles` must have one value for each channel of the images. "
                f"Received: styles of shape {tuple(styles_shape)}, images of shape "
                f"{tuple(images_shape)}."
            )
        super().build(images_shape)
        self.images_shape = tuple(images_shape)

    def call(self, images, styles):
        kernel = self._used_kernel(training=False)
        styles = ops.cast(styles, "float32")
        outputs = self._convolved(
            _kernels.scale(images, self._for_each_image(styles)),
            ops.cast(kernel, self.compute_dtype),
        )
        if self.demodulate:
            squares = ops.matmul(ops.square(styles), self._squares(kernel))
            factors = self.gain * ops.rsqrt(squares + self.epsilon)
            outputs = _kernels.scale(outputs, self._for_each_image(factors))
        bias = self._used_bias()
        outputs = outputs if bias is None else _kernels.add_bias(outputs, bias)
        return outputs if self.activation is None else self.activation(outputs)

    # Keras's `build` asks for the shape that one input gives.
    def compute_output_shape(self, images_shape, styles_shape=None):
        if not self.transposed:
            return super().compute_output_shape(images_shape)
        sizes = (None if n is None else 2 * n + 1 for n in images_shape[1:3])
        return (images_shape[0], *sizes, self.filters)

    def stock_layer(self):
        """The Keras layers that do the same with `stock_weights`, of two inputs."""
        kind = keras.layers.Conv2DTranspose if self.transposed else keras.layers.Conv2D
        form = {"strides": self.strides, "padding": self.padding}
        if self.transposed:
            form = {"strides": 2, "padding": "valid"}
        images = keras.Input(self.images_shape[1:])
        styles = keras.Input(self.images_shape[-1:])
        along = keras.layers.Reshape((1, 1, -1))
        x = keras.layers.Multiply()([images, along(styles)])
        x = kind(
            self.filters,
            self.kernel_size,
            use_bias=False,
            data_format="channels_last",
            name="convolution",
            **form,
        )(x)
        if self.demodulate:
            squares = keras.layers.Multiply()([styles, styles])
            norms = keras.layers.Dense(self.filters, name="squares")(squares)
            factors = keras.layers.Reshape((1, 1, -1))(ops.rsqrt(norms))
            x = keras.layers.Multiply()([x, factors])
        if self.use_bias:
            bias = constant_of(styles, (1, 1, self.filters), "bias")
            x = keras.layers.Add()([x, bias])
        x = keras.layers.Activation(self.activation)(x)
        return keras.Model([images, styles], x, name=self.name)

    def stock_weights(self):
        """What `stock_layer` computes with, as a list of NumPy arrays."""
        kernel = self._used_kernel(training=False)
        squares = self._squares(kernel) / self.gain**2
        epsilon = np.full(self.filters, self.epsilon / self.gain**2, "float32")
        if self.transposed:
            kernel = ops.transpose(kernel, (0, 1, 3, 2))
        named = {
            "convolution": [np.array(ops.convert_to_numpy(kernel))],
            "squares": [np.array(ops.convert_to_numpy(squares)), epsilon],
        }
        if self.use_bias:
            bias = ops.convert_to_numpy(self._used_bias())
            named["bias"] = constant_weights(bias)
        found = [named.get(layer.name, []) for layer in self.stock_layer().layers]
        return [weight for weights in found for weight in weights]

    def _used_kernel(self, *, training):
        kernel = super()._used_kernel(training=training)
        # Demodulation takes any factor out again, so that the gain comes after it.
        return kernel / self.gain if self.demodulate else kernel

    def _squares(self, kernel):
        return ops.sum(ops.square(kernel), axis=(0, 1))

    def _convolved(self, images, kernel):
        if not self.transposed:
            return convolved(self, images, kernel, None)
        kernel = ops.transpose(kernel, (0, 1, 3, 2))
        return _kernels.transposed_convolution(images, kernel, None, (2, 2), "valid")

    def get_config(self):
        config = super().get_config()
        del config["data_format"], config["groups"]
        return config

    def _for_each_image(self, values):
        values = ops.cast(values, self.compute_dtype)
        return ops.reshape(values, (-1, 1, 1, values.shape[-1]))
