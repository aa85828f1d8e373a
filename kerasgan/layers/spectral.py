"""Layers whose kernel is divided by its largest singular value.

Keras's `SpectralNormalization` overwrites the kernel that is trained on TensorFlow and
drops that write on JAX: the same layer trains differently. Here the learnt kernel is
left alone, and the division is part of the forward pass.
"""

import keras
from keras import ops

from kerasgan.checks import check_positive_int
from kerasgan.layers.convolution import DownsampleConv2D
from kerasgan.layers.reparametrized import (
    Conv2DCall,
    Conv2DTransposeCall,
    DenseCall,
    DownsampleConv2DCall,
    EmbeddingCall,
    Reparametrized,
)

_EPSILON = 1e-12


class _PowerIteration(keras.layers.Layer):
    """Divides a matrix by its singular value; keeps the vector `u` between calls.

    A layer of its own, since Keras's convolutions save their kernel and bias alone.
    """

    def __init__(self, power_iterations, **kwargs):
        super().__init__(dtype="float32", **kwargs)
        self.power_iterations = power_iterations

    def build(self, input_shape):
        self.u = self.add_weight(
            shape=(input_shape[-1], 1),
            initializer=keras.initializers.RandomNormal(),
            trainable=False,
            name="u",
        )

    def call(self, matrix, training=None):
        # u and v are constants to the gradient: that of v'Wu is vu'.
        fixed = ops.stop_gradient(matrix)
        u = ops.convert_to_tensor(self.u)
        for _ in range(self.power_iterations):
            v = _unit(ops.matmul(fixed, u))
            u = _unit(ops.matmul(ops.transpose(fixed), v))
        if training:
            self.u.assign(u)
        sigma = ops.sum(ops.matmul(matrix, u) * v)
        return matrix / ops.maximum(sigma, _EPSILON)


class _Spectral(Reparametrized):
    """A kernel over its largest singular value, as a matrix of (rest, outputs)."""

    own_arguments = ("power_iterations",)
    # The kernel's axis of output channels.
    outputs_axis = -1

    def __init__(self, *args, power_iterations: int = 1, **kwargs):
        super().__init__(*args, **kwargs)
        self.power_iterations = check_positive_int("power_iterations", power_iterations)
        self.spectral_norm = _PowerIteration(power_iterations, name="spectral_norm")

    def build(self, input_shape):
        super().build(input_shape)
        outputs = getattr(self, self.kernel_name).shape[self.outputs_axis]
        self.spectral_norm.build((None, outputs))

    def _used_kernel(self, *, training):
        turned = ops.moveaxis(self._learnt_kernel(), self.outputs_axis, -1)
        matrix = ops.reshape(turned, (-1, turned.shape[-1]))
        # A frozen layer's u stands still as well.
        moves = bool(training) and self.trainable
        matrix = self.spectral_norm(matrix, training=moves)
        return ops.moveaxis(ops.reshape(matrix, turned.shape), -1, self.outputs_axis)


@keras.saving.register_keras_serializable("kerasgan")
class SpectralDense(_Spectral, DenseCall, keras.layers.Dense):
    """Keras's `Dense` with its kernel over the kernel's largest singular value.

    The kernel that is trained is left alone and may grow; what is computed with is
    `kernel / sigma`, in training and in inference. Power iteration estimates sigma
    from a saved vector `u`, which every call with `training=True` moves on, a gradient
    penalty's included; with `trainable=False` it stays. u and v are constants to the
    gradient, so that the loss's gradient is orthogonal to the kernel. An export holds
    Keras's layer, with the normalised kernel for a weight.

    Args:
        *args: as in `keras.layers.Dense`.
        power_iterations: iterations in each call, at least 1. Defaults to 1.
        **kwargs: as in `keras.layers.Dense`.

    Raises:
        TypeError: if `power_iterations` is not a whole number.
        ValueError: if `power_iterations` is less than 1.

    Source: Miyato et al. 2018, "Spectral Normalization for Generative Adversarial
    Networks" (arXiv:1802.05957), equations 8 and 12, algorithm 1.

    Example:

    >>> score = kerasgan.layers.SpectralDense(1)
    """


@keras.saving.register_keras_serializable("kerasgan")
class SpectralConv2D(_Spectral, Conv2DCall, keras.layers.Conv2D):
    """`Conv2D` with its kernel over the kernel's largest singular value.

    See `SpectralDense`. The matrix is the paper's: (filters, rows * columns *
    channels).

    Args:
        *args: as in `keras.layers.Conv2D`.
        power_iterations: iterations in each call, at least 1. Defaults to 1.
        **kwargs: as in `keras.layers.Conv2D`.

    Raises:
        TypeError: if `power_iterations` is not a whole number.
        ValueError: if `power_iterations` is less than 1.

    Source: Miyato et al. 2018 (arXiv:1802.05957), appendix A and D.1.
    """


@keras.saving.register_keras_serializable("kerasgan")
class SpectralDownsampleConv2D(_Spectral, DownsampleConv2DCall, DownsampleConv2D):
    """`DownsampleConv2D` with its kernel over the kernel's largest singular value.

    See `SpectralDense`. It is the 3x3 kernel that is normalised, before pooling.

    Args:
        *args: as in `DownsampleConv2D`.
        power_iterations: iterations in each call, at least 1. Defaults to 1.
        **kwargs: as in `DownsampleConv2D`.

    Raises:
        TypeError: if `power_iterations` is not a whole number.
        ValueError: if `power_iterations` is less than 1, or `kernel_size` is even.

    Source: Miyato et al. 2018 (arXiv:1802.05957), appendix B: the residual blocks of
    the discriminator.
    """


@keras.saving.register_keras_serializable("kerasgan")
class SpectralConv2DTranspose(
    _Spectral, Conv2DTransposeCall, keras.layers.Conv2DTranspose
):
    """`Conv2DTranspose` with its kernel over the kernel's largest singular value.

    See `SpectralDense`. The matrix is (filters, rows * columns * channels).

    Args:
        *args: as in `keras.layers.Conv2DTranspose`.
        power_iterations: iterations in each call, at least 1. Defaults to 1.
        **kwargs: as in `keras.layers.Conv2DTranspose`.

    Raises:
        TypeError: if `power_iterations` is not a whole number.
        ValueError: if `power_iterations` is less than 1.

    Source: Miyato et al. 2018 (arXiv:1802.05957), which has no transposed convolution
    with the norm; PyTorch's `spectral_norm` takes the same matrix.
    """

    outputs_axis = 2


@keras.saving.register_keras_serializable("kerasgan")
class SpectralEmbedding(_Spectral, EmbeddingCall, keras.layers.Embedding):
    """Keras's `Embedding` with its table over the table's largest singular value.

    See `SpectralDense`. Projection discriminators normalise their classes with it.

    Args:
        *args: as in `keras.layers.Embedding`.
        power_iterations: iterations in each call, at least 1. Defaults to 1.
        **kwargs: as in `keras.layers.Embedding`.

    Raises:
        TypeError: if `power_iterations` is not a whole number.
        ValueError: if `power_iterations` is less than 1.

    Source: Miyato and Koyama 2018 (arXiv:1802.05637), section 5.
    """

    kernel_name = "embeddings"


def _unit(vector):
    norm = ops.sqrt(ops.sum(ops.square(vector)))
    return vector / ops.maximum(norm, _EPSILON)
