"""Convolutions in the form that the platform runs fastest."""

import keras
from keras import ops

from kerasgan import _kernels


@keras.saving.register_keras_serializable("kerasgan")
class Conv2D(keras.layers.Conv2D):
    """Keras's `Conv2D`, faster on CPUs; the same numbers within rounding.

    A convolution down to one pixel is one matrix product. The bias is added inside the
    framework's own convolution, and on JAX CPUs the input gradient of a strided
    convolution has no zeros between its entries (Shi et al. 2016, arXiv:1609.05158).

    Arguments are those of `keras.layers.Conv2D`.
    """

    def build(self, input_shape):
        super().build(input_shape)
        self.built_for = tuple(input_shape)

    def call(self, inputs):
        if not _is_plain(self):
            return super().call(inputs)
        outputs = convolved(self, inputs, *_kernel_and_bias(self))
        return outputs if self.activation is None else self.activation(outputs)

    def stock_layer(self):
        """The Keras layer that does the same."""
        return keras.layers.Conv2D.from_config(self.get_config())


@keras.saving.register_keras_serializable("kerasgan")
class Conv2DTranspose(keras.layers.Conv2DTranspose):
    """Keras's `Conv2DTranspose`, faster on CPUs; the same numbers within rounding.

    On JAX CPUs it is a convolution of stride 1 whose filters are the positions within
    a stride (Shi et al. 2016, arXiv:1609.05158), and its gradients are the strided
    convolution's; on PyTorch nothing is computed that `padding="same"` would crop.

    Arguments are those of `keras.layers.Conv2DTranspose`.
    """

    def call(self, inputs):
        if not _is_plain(self) or self.output_padding is not None:
            return super().call(inputs)
        outputs = transposed_convolved(self, inputs, *_kernel_and_bias(self))
        return outputs if self.activation is None else self.activation(outputs)

    def stock_layer(self):
        """The Keras layer that does the same."""
        return keras.layers.Conv2DTranspose.from_config(self.get_config())


@keras.saving.register_keras_serializable("kerasgan")
class UpsampleConv2D(keras.layers.Conv2D):
    """`UpSampling2D(2)` (nearest) and `Conv2D` with `padding="same"` as one layer.

    Where a convolution meets a map whose pixels come in equal pairs, taps that fall
    on the same source pixel can be added up beforehand: a 3x3 kernel becomes a 4x4
    transposed one of stride 2, with 4 rather than 9 products for each output. CPUs
    run that form; other devices upsample and convolve. The layer's weights are those
    of the `Conv2D`.

    Args:
        filters: number of output channels.
        kernel_size: an odd int. Defaults to 3.
        **kwargs: as in `keras.layers.Conv2D`, without strides, padding, dilation,
            groups and data format: (batch, height, width, channels) becomes
            (batch, 2 * height, 2 * width, filters).

    Raises:
        ValueError: if `kernel_size` is even.

    Source: Odena, Dumoulin and Olah 2016, "Deconvolution and Checkerboard Artifacts"
    (resize-convolution).
    """

    def __init__(self, filters, kernel_size=3, **kwargs):
        super().__init__(
            filters,
            kernel_size,
            padding="same",
            data_format="channels_last",
            **kwargs,
        )
        _check_odd(self, kernel_size)

    def call(self, inputs):
        if not _kernels.on_cpu():
            return super().call(_doubled(inputs))
        kernel, bias = _kernel_and_bias(self)
        outputs = _kernels.transposed_convolution(
            inputs, paired_kernel(kernel), bias, (2, 2), "same"
        )
        return outputs if self.activation is None else self.activation(outputs)

    def compute_output_shape(self, input_shape):
        batch, height, width, channels = input_shape
        doubled = [None if size is None else 2 * size for size in (height, width)]
        return super().compute_output_shape((batch, *doubled, channels))

    def get_config(self):
        return _without_fixed(super().get_config())

    def stock_layer(self):
        """The Keras layers that do the same."""
        fixed = {"padding": "same", "data_format": "channels_last"}
        upsampling = keras.layers.UpSampling2D(2, data_format="channels_last")
        convolution = keras.layers.Conv2D.from_config({**self.get_config(), **fixed})
        return keras.Sequential([upsampling, convolution], name=self.name)


@keras.saving.register_keras_serializable("kerasgan")
class DownsampleConv2D(keras.layers.Conv2D):
    """`Conv2D` with `padding="same"` and `AveragePooling2D(2)` as one layer.

    The mean of four neighbouring results is one result of the mean of four shifted
    kernels: a 3x3 kernel becomes a 4x4 one of stride 2, with 16 rather than 36
    products for each output, and the large map is never made. CPUs run that form;
    other devices convolve and pool. The layer's weights are those of the `Conv2D`.

    Args:
        filters: number of output channels.
        kernel_size: an odd int. Defaults to 3.
        **kwargs: as in `keras.layers.Conv2D`, without strides, padding, dilation,
            groups and data format: (batch, height, width, channels) becomes (batch,
            height // 2, width // 2, filters). The activation is that of the means.

    Raises:
        ValueError: if `kernel_size` is even.

    Source: Gulrajani et al. 2017 (arXiv:1704.00028), appendix: residual blocks with
    mean pooling after the second convolution.
    """

    def __init__(self, filters, kernel_size=3, **kwargs):
        super().__init__(
            filters,
            kernel_size,
            padding="same",
            data_format="channels_last",
            **kwargs,
        )
        _check_odd(self, kernel_size)

    def call(self, inputs):
        outputs = downsample_convolved(self, inputs, *_kernel_and_bias(self))
        return outputs if self.activation is None else self.activation(outputs)

    def compute_output_shape(self, input_shape):
        return halved_shape(super().compute_output_shape(input_shape))

    def get_config(self):
        return _without_fixed(super().get_config())

    def stock_layer(self):
        """The Keras layers that do the same."""
        return stock_downsampling(self.get_config(), self.name)


def downsample_convolved(layer, inputs, kernel, bias):
    """As `convolved` with stride 1, then the mean of each two by two results."""
    height, width = inputs.shape[1:3]
    even = None not in (height, width) and not (height % 2 or width % 2)
    if even and _kernels.on_cpu():
        kernel = pooled_kernel(kernel)
        return _kernels.convolution(inputs, kernel, bias, (2, 2), "same")
    outputs = _kernels.convolution(inputs, kernel, bias, (1, 1), "same")
    return ops.average_pool(outputs, 2, 2, data_format="channels_last")


def halved_shape(shape):
    """The shape of maps (batch, height, width, channels) of half the sides."""
    batch, *sides, channels = shape
    return (batch, *(n if n is None else n // 2 for n in sides), channels)


def stock_downsampling(config, name):
    """Keras's convolution and mean pooling, of a `DownsampleConv2D`'s config."""
    fixed = {"padding": "same", "data_format": "channels_last", "activation": None}
    convolution = keras.layers.Conv2D.from_config({**config, **fixed})
    pooling = keras.layers.AveragePooling2D(2, data_format="channels_last")
    activation = keras.layers.Activation(config["activation"])
    return keras.Sequential([convolution, pooling, activation], name=name)


def convolved(layer, inputs, kernel, bias):
    """`inputs` by a kernel that need not be the layer's, without its activation.

    Args:
        layer: a `keras.layers.Conv2D`, built: strides, padding and the like are its.
        inputs: float tensor of the layer's rank.
        kernel: tensor of the layer's kernel's shape.
        bias: tensor (filters,), or None.
    """
    if not _is_plain(layer):
        outputs = ops.conv(
            inputs,
            kernel,
            strides=list(layer.strides),
            padding=layer.padding,
            dilation_rate=layer.dilation_rate,
            data_format=layer.data_format,
        )
        return _with_bias(layer, outputs, bias)
    if _gives_one_pixel(layer, inputs.shape):
        return _one_pixel(inputs, kernel, bias)
    return _kernels.convolution(inputs, kernel, bias, layer.strides, layer.padding)


def transposed_convolved(layer, inputs, kernel, bias):
    """As `convolved`, for a `keras.layers.Conv2DTranspose`."""
    if not _is_plain(layer) or layer.output_padding is not None:
        outputs = ops.conv_transpose(
            inputs,
            kernel,
            strides=list(layer.strides),
            padding=layer.padding,
            output_padding=layer.output_padding,
            dilation_rate=layer.dilation_rate,
            data_format=layer.data_format,
        )
        return _with_bias(layer, outputs, bias)
    return _kernels.transposed_convolution(
        inputs, kernel, bias, layer.strides, layer.padding
    )


def _with_bias(layer, outputs, bias):
    if bias is None:
        return outputs
    if layer.data_format == "channels_last":
        return _kernels.add_bias(outputs, bias)
    return outputs + ops.reshape(bias, (1, -1, 1, 1))


def convolved_kernels(layers):
    """The kernels that are handed to a convolution as they are."""
    plain = [a for a in layers if type(a) in (Conv2D, Conv2DTranspose) and _is_plain(a)]
    return [
        layer.kernel
        for layer in plain
        if type(layer) is Conv2DTranspose
        or not _gives_one_pixel(layer, layer.built_for)
    ]


def _gives_one_pixel(layer, shape):
    if layer.padding != "valid" or not _kernels.on_cpu():
        return False
    # Of sizes that are known: None is a map of any size.
    sizes = zip(shape[1:3], layer.kernel_size, layer.strides)
    return all(n is not None and n < kernel + stride for n, kernel, stride in sizes)


def _one_pixel(inputs, kernel, bias):
    rows, columns, channels, filters = kernel.shape
    window = ops.reshape(inputs[:, :rows, :columns], (-1, rows * columns * channels))
    outputs = ops.matmul(window, ops.reshape(kernel, (-1, filters)))
    if bias is not None:
        outputs = _kernels.add_bias(outputs, bias)
    return ops.reshape(outputs, (-1, 1, 1, filters))


def paired_kernel(kernel):
    """A convolution's kernel on doubled pixels as a transposed one of stride 2.

    Args:
        kernel: (rows, columns, channels, filters), odd sizes.

    Returns:
        A tensor (rows + 1, columns + 1, filters, channels), as Keras's transposed
        convolutions take it.
    """
    # The adjoint of doubling adds neighbours; a transposed convolution turns a
    # kernel round.
    kernel = ops.flip(kernel, (0, 1))
    kernel = ops.pad(kernel, [(0, 1), (0, 1), (0, 0), (0, 0)])
    for axis in (0, 1):
        kernel = kernel + ops.roll(kernel, 1, axis)
    return ops.transpose(kernel, (0, 1, 3, 2))


def pooled_kernel(kernel):
    """A convolution's kernel as the one of stride 2 that gives means of its results.

    Args:
        kernel: (rows, columns, channels, filters), odd sizes.

    Returns:
        A tensor (rows + 1, columns + 1, channels, filters).
    """
    kernel = ops.pad(kernel, [(0, 1), (0, 1), (0, 0), (0, 0)])
    for axis in (0, 1):
        kernel = 0.5 * (kernel + ops.roll(kernel, 1, axis))
    return kernel


_FIXED = ("strides", "padding", "data_format", "dilation_rate", "groups")


def _without_fixed(config):
    return {name: value for name, value in config.items() if name not in _FIXED}


def _check_odd(layer, kernel_size):
    if layer.kernel_size[0] % 2 == 0 or layer.kernel_size[1] % 2 == 0:
        raise ValueError(
            "`kernel_size` must be odd, so that it is the same on each side of a "
            f"pixel. Received: kernel_size={kernel_size!r}."
        )


def _doubled(images):
    return ops.repeat(ops.repeat(images, 2, axis=1), 2, axis=2)


def _kernel_and_bias(layer):
    bias = ops.convert_to_tensor(layer.bias) if layer.use_bias else None
    return ops.convert_to_tensor(layer.kernel), bias


def _is_plain(layer):
    return (
        layer.data_format == "channels_last"
        and set(layer.dilation_rate) == {1}
        and getattr(layer, "groups", 1) == 1
    )
