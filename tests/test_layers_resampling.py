"""Resampling and clipping against NumPy."""

import keras
import numpy as np
import pytest
from keras import ops
from second_derivatives import check_second_derivatives

from kerasgan.layers import ClippedImages, FilteredResampling2D

CASES = [
    {"up": 2},
    {"down": 2},
    {"taps": (1, 3, 3, 1), "up": 2},
    {"taps": (1, 3, 3, 1), "down": 2},
    {"taps": (1, 3, 3, 1), "padding": (2, 2)},
    {"taps": (1, 3, 3, 1), "padding": (1, 1), "gain": 2.0},
]


def along(x, axis, *, taps=(1, 2, 1), up=1, down=1, padding=None, gain=None):
    """What the docstring says, one value after the other."""
    x = np.moveaxis(x, axis, -1)
    spread = np.zeros((*x.shape[:-1], x.shape[-1] * up), x.dtype)
    spread[..., ::up] = x
    if padding is None:
        padding = {
            (3, 2, 1): (2, 0),
            (3, 1, 2): (1, 0),
            (4, 2, 1): (2, 1),
            (4, 1, 2): (1, 1),
        }[len(taps), up, down]
    padded = np.pad(spread, [(0, 0)] * (x.ndim - 1) + [padding])
    taps = np.array(taps) * (up if gain is None else gain) / sum(taps)
    count = padded.shape[-1] - len(taps) + 1
    out = sum(tap * padded[..., i : i + count] for i, tap in enumerate(taps))
    return np.moveaxis(out[..., ::down], -1, axis)


def resampled(x, **arguments):
    return along(along(x, -3, **arguments), -2, **arguments)


@pytest.mark.parametrize("arguments", CASES)
def test_resampling_is_the_filter_written_out(arguments):
    x = np.random.default_rng(0).standard_normal((2, 6, 4, 3))
    layer = FilteredResampling2D(**arguments)
    received = ops.convert_to_numpy(layer(ops.convert_to_tensor(x, "float32")))
    np.testing.assert_allclose(received, resampled(x, **arguments), atol=1e-5)
    assert layer.compute_output_shape(x.shape) == received.shape
    stock = layer.stock_layer()
    stock.build(x.shape)
    stock.set_weights(layer.stock_weights())
    received = ops.convert_to_numpy(stock(ops.convert_to_tensor(x, "float32")))
    np.testing.assert_allclose(received, resampled(x, **arguments), atol=1e-5)
    copy = keras.layers.deserialize(keras.layers.serialize(layer))
    assert copy.get_config() == layer.get_config()


@pytest.mark.parametrize("arguments", [{"up": 2}, {"down": 2}])
def test_a_constant_map_stays_but_for_its_border(arguments):
    x = np.ones((1, 8, 8, 2), "float32")
    received = ops.convert_to_numpy(FilteredResampling2D(**arguments)(x))
    np.testing.assert_allclose(received[:, 1:-1, 1:-1], 1.0, rtol=1e-6)


def test_resampling_has_second_derivatives():
    x = np.random.default_rng(0).standard_normal((2, 3, 4, 2))
    layer = FilteredResampling2D(up=2)
    check_second_derivatives(layer, lambda x: resampled(x, up=2), x)


@pytest.mark.parametrize("taps", [(), (1, -1)])
def test_taps_without_a_sum_are_refused(taps):
    with pytest.raises(ValueError, match=r"`taps` must be.*Received: taps="):
        FilteredResampling2D(taps)


def test_maps_of_no_fixed_size_are_refused():
    with pytest.raises(ValueError, match=r"of a fixed size.*Received"):
        FilteredResampling2D()(keras.Input((None, 4, 3)))


def test_images_are_clipped_outside_training_alone():
    x = np.array([-3.0, -1.0, -0.25, 0.5, 1.0, 2.0], "float32").reshape(1, 2, 3, 1)
    layer = ClippedImages()
    for arguments in ({}, {"training": False}):
        received = ops.convert_to_numpy(layer(x, **arguments))
        np.testing.assert_array_equal(received, np.clip(x, -1, 1))
    np.testing.assert_array_equal(ops.convert_to_numpy(layer(x, training=True)), x)
    stock = ops.convert_to_numpy(layer.stock_layer()(x))
    np.testing.assert_array_equal(stock, np.clip(x, -1, 1))
