"""Batch norm: in one pass where a framework has it, right to any derivative."""

import keras
from keras import ops

from kerasgan import _kernels
from kerasgan.checks import check_positive_int
from kerasgan.layers.moments import in_float32, moments, scaled

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
            outputs, mean, variance = _kernels.batch_norm(
                inputs, *self._gamma_and_beta(), self.epsilon
            )
            self._move(self.moving_mean, mean, self.momentum)
            self._move(self.moving_variance, variance, self.momentum)
            return outputs
        inputs = in_float32(inputs)
        mean, variance, centred = self._statistics(inputs, mask)
        outputs = centred * ops.rsqrt(variance + self.epsilon)
        mean, variance = (ops.reshape(value, (-1,)) for value in (mean, variance))
        if self.renorm:
            outputs = self._renormalized(outputs, mean, variance)
        else:
            self._move(self.moving_mean, mean, self.momentum)
            self._move(self.moving_variance, variance, self.momentum)
        outputs = scaled(outputs, self._along(self.gamma), self._along(self.beta))
        return ops.cast(outputs, self.compute_dtype)

    def stock_layer(self):
        """The Keras layer that does the same."""
        return keras.layers.BatchNormalization.from_config(self.get_config())

    def _normalized_by_moving_statistics(self, inputs):
        statistics = self.moving_mean, self.moving_variance
        if self._is_plain(inputs, mask=None):
            return _kernels.batch_norm_with(
                inputs,
                *map(ops.convert_to_tensor, statistics),
                *self._gamma_and_beta(),
                self.epsilon,
            )
        mean, variance = map(self._along, statistics)
        inputs = in_float32(inputs)
        outputs = (inputs - mean) * ops.rsqrt(variance + self.epsilon)
        outputs = scaled(outputs, self._along(self.gamma), self._along(self.beta))
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

    def _gamma_and_beta(self):
        """As kernels take them: 1 and 0 where the layer has none."""
        ones = ops.ones(self.moving_mean.shape, "float32")
        gamma = ops.convert_to_tensor(self.gamma) if self.scale else ones
        return gamma, ops.convert_to_tensor(self.beta) if self.center else 0.0 * ones

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
            and not self.renorm
            and mask is None
            and keras.backend.standardize_dtype(inputs.dtype) in _DTYPES
        )


@keras.saving.register_keras_serializable("kerasgan")
class ConditionalBatchNormalization(keras.layers.Layer):
    """Batch norm whose scale and offset are each class's own.

    Called as `layer(images, labels)`: labels are ints (batch,) or (batch, 1) in
    [0, num_classes), or one-hot (batch, num_classes), which need not be hard: rows
    that sum to one mix classes. Statistics are those of the whole batch.

    Args:
        num_classes: number of classes, at least 1.
        momentum: of the moving statistics. Defaults to 0.99, as in Keras.
        epsilon: added to the variance. Defaults to 1e-3, as in Keras.
        gamma_initializer: of the scales (num_classes, channels). Defaults to "ones".
        beta_initializer: of the offsets (num_classes, channels). Defaults to "zeros".
        **kwargs: as in `keras.layers.Layer`.

    Raises:
        TypeError: if `num_classes` is not a whole number.
        ValueError: if `num_classes` is less than 1, or labels have another shape.

    Source: Dumoulin et al. 2017 (arXiv:1610.07629), equation 5; de Vries et al. 2017
    (arXiv:1707.00683); in generators Miyato and Koyama 2018 (arXiv:1802.05637).

    Example:

    >>> x = ConditionalBatchNormalization(10)(x, labels)
    """

    def __init__(
        self,
        num_classes: int,
        *,
        momentum: float = 0.99,
        epsilon: float = 1e-3,
        gamma_initializer="ones",
        beta_initializer="zeros",
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.num_classes = check_positive_int("num_classes", num_classes)
        self.gamma_initializer = keras.initializers.get(gamma_initializer)
        self.beta_initializer = keras.initializers.get(beta_initializer)
        self.norm = BatchNormalization(
            momentum=momentum,
            epsilon=epsilon,
            center=False,
            scale=False,
            dtype=self.dtype_policy,
            name="norm",
        )

    def build(self, images_shape, labels_shape):
        allowed = ((), (1,), (self.num_classes,))
        if tuple(labels_shape[1:]) not in allowed:
            raise ValueError(
                f"`labels` must be of shape (batch,), or (batch, {self.num_classes}) "
                f"if they are one-hot. Received: labels of shape {tuple(labels_shape)}."
            )
        self.built_for = tuple(images_shape), tuple(labels_shape)
        shape = (self.num_classes, images_shape[-1])
        self.gamma = self.add_weight(
            shape=shape, initializer=self.gamma_initializer, name="gamma"
        )
        self.beta = self.add_weight(
            shape=shape, initializer=self.beta_initializer, name="beta"
        )
        self.norm.build(images_shape)

    def call(self, images, labels, training=None):
        outputs = self.norm(images, training=training)
        gamma, beta = (
            self._of_each(table, labels) for table in (self.gamma, self.beta)
        )
        along = (-1, *[1] * (len(images.shape) - 2), images.shape[-1])
        gamma, beta = ops.reshape(gamma, along), ops.reshape(beta, along)
        return _kernels.add_bias(_kernels.scale(outputs, gamma), beta)

    def compute_output_shape(self, images_shape, labels_shape):
        return images_shape

    def get_config(self):
        return {
            **super().get_config(),
            "num_classes": self.num_classes,
            "momentum": self.norm.momentum,
            "epsilon": self.norm.epsilon,
            "gamma_initializer": keras.initializers.serialize(self.gamma_initializer),
            "beta_initializer": keras.initializers.serialize(self.beta_initializer),
        }

    def stock_layer(self):
        """A Keras model of [images, labels] that does the same."""
        images_shape, labels_shape = self.built_for
        labels = keras.Input(labels_shape[1:], name="labels")
        one_hot = self._are_one_hot(labels)
        if not one_hot:
            labels = keras.Input(labels_shape[1:], dtype="int32", name="labels")
        images = keras.Input(images_shape[1:], name="images")
        outputs = keras.layers.BatchNormalization(
            momentum=self.norm.momentum,
            epsilon=self.norm.epsilon,
            center=False,
            scale=False,
            name="norm",
        )(images)
        channels = images_shape[-1]
        along = (*[1] * (len(images_shape) - 2), channels)
        combinations = {"gamma": keras.layers.Multiply(), "beta": keras.layers.Add()}
        for name, combination in combinations.items():
            table = (
                keras.layers.Dense(channels, use_bias=False, name=name)
                if one_hot
                else keras.layers.Embedding(self.num_classes, channels, name=name)
            )
            rows = keras.layers.Reshape(along, name=f"{name}_map")(table(labels))
            outputs = combination([outputs, rows])
        return keras.Model([images, labels], outputs, name=self.name)

    def stock_weights(self):
        """The weights of `stock_layer` as a list of NumPy arrays."""
        held = {"gamma": [self.gamma], "beta": [self.beta], "norm": self.norm.weights}
        order = [a.name for a in self.stock_layer().layers if a.name in held]
        return [ops.convert_to_numpy(v) for name in order for v in held[name]]

    def _are_one_hot(self, labels):
        return len(labels.shape) == 2 and labels.shape[1] == self.num_classes

    def _of_each(self, table, labels):
        """The table's row for each label, as a product: its gradient is dense."""
        if not self._are_one_hot(labels):
            labels = ops.reshape(ops.cast(labels, "int32"), (-1,))
            labels = ops.one_hot(labels, self.num_classes)
        return ops.matmul(ops.cast(labels, self.compute_dtype), table)


def _check_mask(inputs, mask):
    if mask is not None and len(mask.shape) != len(inputs.shape) - 1:
        raise ValueError(
            "`mask` must have the shape of the inputs without the channels' axis. "
            f"Received: mask of shape {tuple(mask.shape)}, inputs of shape "
            f"{tuple(inputs.shape)}."
        )
