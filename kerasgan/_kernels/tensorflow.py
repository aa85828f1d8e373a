"""TensorFlow: convolutions with their bias, and one fused batch norm."""

import keras
import tensorflow as tf


def lay_out(kernels, slots):
    """The framework takes kernels as Keras keeps them."""


def add_bias(outputs, bias):
    bias = tf.convert_to_tensor(bias)
    return _bias_added(outputs, bias) if len(bias.shape) == 1 else outputs + bias


@tf.custom_gradient
def _bias_added(outputs, bias):
    def gradients(gradient):
        # Not BiasAddGrad, which adds bfloat16 up in bfloat16.
        return gradient, tf.reduce_sum(gradient, list(range(len(outputs.shape) - 1)))

    return tf.nn.bias_add(outputs, bias), gradients


def scale(inputs, factors):
    return inputs * factors


def convolution(inputs, kernel, bias, strides, padding):
    outputs = tf.nn.conv2d(inputs, kernel, strides, padding.upper())
    return outputs if bias is None else add_bias(outputs, bias)


def transposed_convolution(inputs, kernel, bias, strides, padding):
    outputs = keras.ops.conv_transpose(
        inputs, kernel, strides, padding, data_format="channels_last"
    )
    return outputs if bias is None else add_bias(outputs, bias)


def batch_norm(inputs, gamma, beta, epsilon):
    outputs, mean, variance = tf.compat.v1.nn.fused_batch_norm(
        inputs, gamma, beta, epsilon=epsilon
    )
    # The kernel answers with the unbiased variance; Keras keeps the biased one.
    count = tf.cast(tf.reduce_prod(tf.shape(inputs)[:3]), variance.dtype)
    return outputs, mean, variance * (1.0 - 1.0 / count)


def batch_norm_with(inputs, mean, variance, gamma, beta, epsilon):
    return tf.compat.v1.nn.fused_batch_norm(
        inputs, gamma, beta, mean, variance, epsilon=epsilon, is_training=False
    )[0]
