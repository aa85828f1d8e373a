"""Our layers give what Keras's give."""

import keras
import numpy as np
import pytest
from keras import ops

from kerasgan import _backends
from kerasgan.layers import Conv2D
from kerasgan.layers.convolution import patch_convolution


@pytest.mark.parametrize(
    ("size", "kernel_size", "strides", "padding"),
    [
        (7, 4, (2, 2), "same"),
        (9, 4, (2, 2), "valid"),
        (5, 4, (2, 2), "valid"),
        (8, 3, (2, 1), "same"),
        (7, 3, (3, 3), "same"),
    ],
)
def test_patch_convolution_equals_keras_in_value_and_gradients(
    size, kernel_size, strides, padding
):
    rng = np.random.default_rng(0)
    images = keras.Variable(rng.standard_normal((2, size, size, 3)))
    kernel = keras.Variable(rng.standard_normal((kernel_size, kernel_size, 3, 4)))
    weights = rng.standard_normal(
        ops.conv(images, kernel, strides, padding).shape
    ).astype("float32")

    def answers(convolve):
        def loss():
            outputs = convolve(images, kernel)
            return ops.sum(ops.multiply(outputs, weights)), outputs

        (_, outputs), gradients = _backends.value_and_gradients(loss, [images, kernel])
        return [ops.convert_to_numpy(t) for t in (outputs, *gradients)]

    ours = answers(lambda x, k: patch_convolution(x.value, k.value, strides, padding))
    theirs = answers(lambda x, k: ops.conv(x, k, strides, padding))
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5)


def test_conv2d_equals_keras_and_survives_a_config_round_trip():
    arguments = {"filters": 4, "kernel_size": 4, "strides": 2, "padding": "same"}
    ours, theirs = Conv2D(**arguments), keras.layers.Conv2D(**arguments)
    images = np.random.default_rng(0).standard_normal((2, 7, 7, 3)).astype("float32")
    expected = ops.convert_to_numpy(theirs(images))
    ours.build(images.shape)
    ours.set_weights(theirs.get_weights())
    np.testing.assert_allclose(
        ops.convert_to_numpy(ours(images)), expected, rtol=1e-5, atol=1e-5
    )
    assert ours.get_config() == Conv2D.from_config(ours.get_config()).get_config()
