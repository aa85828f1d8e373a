"""Second derivatives of norms and convolutions against float64 finite differences.

A gradient penalty's gradients for a layer's weights, and for a weight before the layer:
TensorFlow, PyTorch or JAX in float32 against NumPy formulas, differentiated by steps.
"""

import keras
import numpy as np
import pytest
from float64 import convolution, doubled, normalized, transposed_convolution
from second_derivatives import BEND, RANKS, bent, check_second_derivatives, inputs

from kerasgan import _kernels, layers


def batch_norm_formula(x, gamma, beta, *_, mask=None):
    axes = tuple(range(1, x.ndim - 1))
    return normalized(x, axes, 1e-3, mask)[0] * gamma + beta


def group_norm_formula(groups):
    def formula(x, gamma, beta):
        split = x.reshape(*x.shape[:-1], groups, -1)
        axes = (*range(2, x.ndim - 1), x.ndim)
        return normalized(split, axes, 1e-3)[0].reshape(x.shape) * gamma + beta

    return formula


@pytest.mark.parametrize("device", ["cpu", "other"])
@pytest.mark.parametrize("rank", RANKS)
def test_batch_norm(rank, device, monkeypatch):
    if device == "other":
        # The form that runs on GPUs.
        monkeypatch.setattr(_kernels, "on_cpu", lambda: False)
    check_second_derivatives(
        layers.BatchNormalization(), batch_norm_formula, inputs(rank), training=True
    )


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="TensorFlow stops the gradient"
)
@pytest.mark.parametrize("rank", RANKS)
def test_the_check_finds_what_is_wrong_in_kerass_own(rank):
    with pytest.raises(AssertionError):
        check_second_derivatives(
            keras.layers.BatchNormalization(),
            batch_norm_formula,
            inputs(rank),
            training=True,
        )


@pytest.mark.parametrize("rank", [3, 4])
def test_batch_norm_with_channels_first(rank):
    def formula(x, gamma, beta, *_):
        x = np.moveaxis(x, 2, -1)
        return np.moveaxis(batch_norm_formula(x, gamma, beta), -1, 2)

    layer = layers.BatchNormalization(axis=1)
    check_second_derivatives(layer, formula, inputs(rank), training=True)


@pytest.mark.parametrize("rank", RANKS)
def test_batch_norm_by_moving_statistics(rank):
    def formula(x, gamma, beta, mean, variance):
        return (x - mean) / np.sqrt(variance + 1e-3) * gamma + beta

    layer = layers.BatchNormalization()
    check_second_derivatives(layer, formula, inputs(rank), training=False)


@pytest.mark.parametrize("rank", RANKS)
def test_batch_norm_with_a_mask(rank):
    x = inputs(rank)
    mask = np.random.default_rng(0).uniform(size=x.shape[:-1]) < 0.7

    def formula(x, gamma, beta, *_):
        return batch_norm_formula(x, gamma, beta, mask=mask[..., None])

    layer = layers.BatchNormalization()
    check_second_derivatives(layer, formula, x, training=True, mask=mask)


@pytest.mark.parametrize("rank", [2, 4])
def test_batch_norm_without_scale_and_offset(rank):
    def formula(x, *_):
        return batch_norm_formula(x, 1.0, 0.0)

    layer = layers.BatchNormalization(center=False, scale=False)
    check_second_derivatives(layer, formula, inputs(rank), training=True)


@pytest.mark.parametrize("rank", [2, 4])
def test_batch_renormalization(rank):
    x = inputs(rank)
    limits = {"rmax": 1.2, "rmin": 0.9, "dmax": 0.3}
    layer = layers.BatchNormalization(renorm=True, renorm_clipping=limits)
    axes = tuple(range(x.ndim - 1))
    _, mean, variance = normalized(bent(x, BEND), axes, 1e-3)

    def formula(x, gamma, beta, *statistics):
        # Ioffe 2017: r and d are constants to the gradient.
        _, _, _, slow_mean, slow_deviation = statistics
        r = np.clip(np.sqrt(variance + 1e-3) / slow_deviation, 0.9, 1.2)
        d = np.clip((mean - slow_mean) / slow_deviation, -0.3, 0.3)
        return (batch_norm_formula(x, 1.0, 0.0) * r + d) * gamma + beta

    check_second_derivatives(layer, formula, x, training=True)


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="Keras has it on TensorFlow alone"
)
@pytest.mark.parametrize("rank", RANKS)
def test_synchronized_batch_norm_of_one_replica(rank):
    layer = layers.BatchNormalization(synchronized=True)
    check_second_derivatives(layer, batch_norm_formula, inputs(rank), training=True)


@pytest.mark.parametrize("rank", RANKS)
def test_group_norm(rank):
    layer = layers.GroupNormalization(2)
    check_second_derivatives(layer, group_norm_formula(2), inputs(rank))


@pytest.mark.parametrize("rank", [3, 4])
def test_group_norm_with_channels_first(rank):
    def formula(x, gamma, beta):
        x = np.moveaxis(x, 2, -1)
        return np.moveaxis(group_norm_formula(2)(x, gamma, beta), -1, 2)

    x = np.moveaxis(inputs(rank), -1, 1)
    check_second_derivatives(layers.GroupNormalization(2, axis=1), formula, x)


@pytest.mark.parametrize("rank", [3, 4, 5])
def test_instance_norm(rank):
    def formula(x, gamma, beta):
        return normalized(x, tuple(range(2, x.ndim - 1)), 1e-3)[0] * gamma + beta

    check_second_derivatives(layers.InstanceNormalization(), formula, inputs(rank))


@pytest.mark.parametrize("rank", RANKS)
@pytest.mark.parametrize("axes", ["last", "all"])
def test_layer_norm(rank, axes):
    axis = -1 if axes == "last" else list(range(1, rank))

    def formula(x, gamma, beta):
        reduced = -1 if axes == "last" else tuple(range(2, x.ndim))
        return normalized(x, reduced, 1e-3)[0] * gamma + beta

    layer = layers.LayerNormalization(axis=axis)
    check_second_derivatives(layer, formula, inputs(rank))


CONVOLUTIONS = {
    "strided, even": layers.Conv2D(2, 4, strides=2, padding="same"),
    "strided, odd kernel": layers.Conv2D(2, 3, strides=2, padding="same"),
    "strided, valid": layers.Conv2D(2, 4, strides=2),
    "strided, uneven": layers.Conv2D(2, 3, strides=(2, 1), padding="same"),
    "strided, gaps": layers.Conv2D(2, 2, strides=3),
    "plain": layers.Conv2D(2, 3, padding="same", use_bias=False),
    "one pixel": layers.Conv2D(2, (4, 5), strides=2),
    "dilated": layers.Conv2D(2, 2, dilation_rate=2),
}
TRANSPOSED = {
    "even": layers.Conv2DTranspose(2, 4, strides=2, padding="same"),
    "odd": layers.Conv2DTranspose(2, 3, strides=2, padding="same"),
    "valid": layers.Conv2DTranspose(2, 3, strides=2),
    "plain": layers.Conv2DTranspose(2, 3, padding="same", use_bias=False),
    "gaps": layers.Conv2DTranspose(2, 2, strides=3),
}


def maps():
    return np.random.default_rng(0).standard_normal((1, 5, 6, 2))


def fresh(layer):
    return type(layer).from_config(layer.get_config())


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_convolution(name):
    layer = fresh(CONVOLUTIONS[name])

    def formula(x, kernel, bias=None):
        dilation = layer.dilation_rate[0]
        return convolution(x, kernel, bias, layer.strides, layer.padding, dilation)

    check_second_derivatives(layer, formula, maps())


@pytest.mark.parametrize("name", TRANSPOSED)
def test_transposed_convolution(name):
    layer = fresh(TRANSPOSED[name])

    def formula(x, kernel, bias=None):
        return transposed_convolution(x, kernel, bias, layer.strides, layer.padding)

    check_second_derivatives(layer, formula, maps()[:, :3, :4])


@pytest.mark.parametrize("device", ["cpu", "other"])
def test_upsampling_convolution(device, monkeypatch):
    if device == "other":
        monkeypatch.setattr(_kernels, "on_cpu", lambda: False)

    def formula(x, kernel, bias):
        return convolution(doubled(x), kernel, bias, (1, 1), "same")

    layer = layers.UpsampleConv2D(2, 3)
    check_second_derivatives(layer, formula, maps()[:, :3, :4])


@pytest.mark.parametrize("device", ["cpu", "other"])
def test_downsampling_convolution(device, monkeypatch):
    if device == "other":
        monkeypatch.setattr(_kernels, "on_cpu", lambda: False)

    def formula(x, kernel, bias):
        x = convolution(x, kernel, bias, (1, 1), "same")
        rows = x[..., ::2, :, :] + x[..., 1::2, :, :]
        return (rows[..., ::2, :] + rows[..., 1::2, :]) / 4

    layer = layers.DownsampleConv2D(2, 3)
    check_second_derivatives(layer, formula, maps()[:, :4, :4])
