"""Normalisation whose derivatives are right to any order, in any rank.

`keras.ops.moments`, which Keras's own normalisations call, stops the gradient of the
mean on TensorFlow. The first derivative does not feel it and the second is wrong: the
kernel gradients of a gradient penalty are off by 4% on maps and by 80% and more on
vectors. Means of `keras.ops` have all derivatives.
"""

import keras
from keras import ops

from kerasgan import _kernels

# TensorFlow's kernel has no float64, and PyTorch's no float16 on a CPU.
_DTYPES = ("float32", "bfloat16")


@keras.saving.register_keras_serializable("kerasgan")
class BatchNormalization(keras.layers.BatchNormalization):
    """Keras's `BatchNormalization`, faster on CPUs; the same within rounding.

    TensorFlow and PyTorch have one fused kernel for what Keras does in several passes
    over memory. Statistics are float32, also of bfloat16 maps, which need no copy
    in float32. Unlike Keras's layer it has right second derivatives on TensorFlow.

    A gradient penalty is one more pass with `training=True`: it moves the moving
    statistics once more, as it does in the reference implementations of penalties.

    Arguments are those of `keras.layers.BatchNormalization`.

    Source: Ioffe and Szegedy 2015 (arXiv:1502.03167), algorithm 1; with `renorm`
    Ioffe 2017 (arXiv:1702.03275), algorithm 1.
    """

    def call(self, inputs, training=None, mask=None):
        if self.synchronized:
            return super().call(inputs, training=training, mask=mask)
        _check_mask(inputs, mask)
        if not (training and self.trainable):
            return self._normalized_by_moving_statistics(inputs)
        if self._is_plain(inputs, mask):
            gamma, beta = map(ops.convert_to_tensor, (self.gamma, self.beta))
            outputs, mean, variance = _kernels.batch_norm(
                inputs, gamma, beta, self.epsilon
            )
            self._move(self.moving_mean, mean, self.momentum)
            self._move(self.moving_variance, variance, self.momentum)
            return outputs
        inputs = _in_float32(inputs)
        mean, variance, centred = self._statistics(inputs, mask)
        outputs = centred * ops.rsqrt(variance + self.epsilon)
        mean, variance = (ops.reshape(value, (-1,)) for value in (mean, variance))
        if self.renorm:
            outputs = self._renormalized(outputs, mean, variance)
        else:
            self._move(self.moving_mean, mean, self.momentum)
            self._move(self.moving_variance, variance, self.momentum)
        outputs = _scaled(outputs, self._along(self.gamma), self._along(self.beta))
        return ops.cast(outputs, self.compute_dtype)

    def stock_layer(self):
        """The Keras layer that does the same."""
        return keras.layers.BatchNormalization.from_config(self.get_config())

    def _normalized_by_moving_statistics(self, inputs):
        statistics = self.moving_mean, self.moving_variance
        if self._is_plain(inputs, mask=None):
            parameters = (*statistics, self.gamma, self.beta)
            parameters = map(ops.convert_to_tensor, parameters)
            return _kernels.batch_norm_with(inputs, *parameters, self.epsilon)
        mean, variance = map(self._along, statistics)
        inputs = _in_float32(inputs)
        outputs = (inputs - mean) * ops.rsqrt(variance + self.epsilon)
        outputs = _scaled(outputs, self._along(self.gamma), self._along(self.beta))
        return ops.cast(outputs, self.compute_dtype)

    def _statistics(self, inputs, mask):
        axis = self.axis % len(inputs.shape)
        axes = [i for i in range(len(inputs.shape)) if i != axis]
        if mask is None:
            return moments(inputs, axes)
        # Each place counts or does not; what does not may even be infinite.
        mask = ops.expand_dims(ops.cast(mask, "bool"), axis)
        count = ops.sum(ops.cast(mask, inputs.dtype), axes, keepdims=True)
        count = count + keras.config.epsilon()
        mean = ops.sum(ops.where(mask, inputs, 0.0), axes, keepdims=True) / count
        difference = ops.where(mask, inputs - mean, 0.0)
        variance = ops.sum(ops.square(difference), axes, keepdims=True) / count
        return mean, variance, inputs - mean

    def _renormalized(self, outputs, mean, variance):
        """The correction by slow statistics, constant to the gradient."""
        mean, variance = ops.stop_gradient(mean), ops.stop_gradient(variance)
        deviation = ops.sqrt(variance + self.epsilon)
        slow = ops.maximum(self.renorm_stddev, self.epsilon**0.5)
        ratio, shift = deviation / slow, (mean - self.renorm_mean) / slow
        limits = self.renorm_clipping
        ratio = ops.maximum(ratio, limits.get("rmin", 0.0))
        if limits.get("rmax") is not None:
            ratio = ops.minimum(ratio, limits["rmax"])
        if limits.get("dmax") is not None:
            shift = ops.clip(shift, -limits["dmax"], limits["dmax"])
        self._move(self.renorm_mean, mean, self.renorm_momentum)
        self._move(self.renorm_stddev, deviation, self.renorm_momentum)
        self._move(self.moving_mean, mean, self.momentum)
        self._move(self.moving_stddev, deviation, self.momentum)
        variance = ops.square(self.moving_stddev) - self.epsilon
        self.moving_variance.assign(ops.relu(variance))
        return outputs * self._along(ratio) + self._along(shift)

    def _along(self, values):
        """A value for each channel in the inputs' rank, or None for None."""
        if values is None:
            return None
        shape = [1] * self.input_spec.ndim
        shape[self.axis] = -1
        return ops.reshape(values, shape)

    def _move(self, average, new, momentum):
        average.assign(average * momentum + new * (1.0 - momentum))

    def _is_plain(self, inputs, mask):
        return (
            _kernels.batch_norm is not None
            and _kernels.on_cpu()
            and len(inputs.shape) == 4
            and self.axis in (-1, 3)
            and self.scale
            and self.center
            and not self.renorm
            and mask is None
            and keras.backend.standardize_dtype(inputs.dtype) in _DTYPES
        )


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
            _in_float32(inputs), (-1, *shape[1:axis], *grouped, *shape[axis + 1 :])
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
        return ops.cast(_scaled(outputs, gamma, beta), self.compute_dtype)

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
        inputs = _in_float32(inputs)
        _, variance, centred = moments(inputs, self.axis)
        outputs = centred * ops.rsqrt(variance + self.epsilon)
        along = [1] * len(inputs.shape)
        for axis in self.axis:
            along[axis] = inputs.shape[axis]
        gamma, beta = (
            None if weight is None else ops.reshape(weight, along)
            for weight in (self.gamma, self.beta)
        )
        return ops.cast(_scaled(outputs, gamma, beta), self.compute_dtype)

    def stock_layer(self):
        """The Keras layer that does the same."""
        return keras.layers.LayerNormalization.from_config(self.get_config())


def moments(inputs, axes):
    """Mean, variance and what is left without the mean, over `axes`, which stay.

    Args:
        inputs: float tensor.
        axes: sequence of ints.

    Returns:
        `(mean, variance, inputs - mean)`, the variance divided by the number of
        values. All have derivatives of any order on every backend.
    """
    mean = ops.mean(inputs, axes, keepdims=True)
    centred = inputs - mean
    return mean, ops.mean(ops.square(centred), axes, keepdims=True), centred


def _check_mask(inputs, mask):
    if mask is not None and len(mask.shape) != len(inputs.shape) - 1:
        raise ValueError(
            "`mask` must have the shape of the inputs without the channels' axis. "
            f"Received: mask of shape {tuple(mask.shape)}, inputs of shape "
            f"{tuple(inputs.shape)}."
        )


def _in_float32(inputs):
    """At least float32: halves would overflow in the squares."""
    dtype = keras.backend.standardize_dtype(inputs.dtype)
    return inputs if dtype == "float64" else ops.cast(inputs, "float32")


def _scaled(outputs, gamma, beta):
    if gamma is not None:
        outputs = outputs * ops.cast(gamma, outputs.dtype)
    return outputs if beta is None else outputs + ops.cast(beta, outputs.dtype)
