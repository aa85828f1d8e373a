"""Second derivatives of what GANs add to layers, against float64 finite differences."""

import numpy as np
import pytest
from float64 import convolution, normalized, transposed_convolution
from second_derivatives import RANKS, check_second_derivatives, inputs

from kerasgan import layers


def maps(*shape):
    return np.random.default_rng(0).standard_normal(shape)


def spectral(outputs_axis=-1):
    """A kernel over its singular value, whose vectors stay those of the first call."""
    vectors = []

    def normalized_kernel(kernel, u):
        matrix = np.moveaxis(kernel, outputs_axis, -1)
        matrix = matrix.reshape(-1, matrix.shape[-1])
        if not vectors:
            v = matrix @ u / np.linalg.norm(matrix @ u)
            vectors.extend([v, matrix.T @ v / np.linalg.norm(matrix.T @ v)])
        v, u = vectors
        return kernel / (v.T @ matrix @ u).item()

    return normalized_kernel


@pytest.mark.parametrize("rank", RANKS)
def test_spectral_dense(rank):
    over_sigma = spectral()

    def formula(x, kernel, bias, u):
        return x @ over_sigma(kernel, u) + bias

    check_second_derivatives(
        layers.SpectralDense(3), formula, inputs(rank), training=True
    )


@pytest.mark.parametrize("strides", [1, 2])
def test_spectral_convolution(strides):
    over_sigma = spectral()

    def formula(x, kernel, bias, u):
        kernel = over_sigma(kernel, u)
        return convolution(x, kernel, bias, (strides, strides), "same")

    layer = layers.SpectralConv2D(3, 3, strides=strides, padding="same")
    check_second_derivatives(layer, formula, maps(1, 4, 5, 2), training=True)


def test_spectral_transposed_convolution():
    over_sigma = spectral(outputs_axis=2)

    def formula(x, kernel, bias, u):
        kernel = over_sigma(kernel, u)
        return transposed_convolution(x, kernel, bias, (2, 2), "same")

    layer = layers.SpectralConv2DTranspose(3, 4, strides=2, padding="same")
    check_second_derivatives(layer, formula, maps(1, 3, 3, 2), training=True)


@pytest.mark.parametrize("rank", RANKS)
def test_equalized_dense(rank):
    layer = layers.EqualizedDense(3, gain=2.0, learning_rate_multiplier=0.5)

    def formula(x, kernel, bias):
        return x @ (kernel * 2.0 * 0.5 / np.sqrt(4)) + bias * 0.5

    check_second_derivatives(layer, formula, inputs(rank))


def test_equalized_convolution():
    layer = layers.EqualizedConv2D(2, 3, gain=2.0)

    def formula(x, kernel, bias):
        return convolution(x, kernel * 2.0 / np.sqrt(18), bias, (1, 1), "valid")

    check_second_derivatives(layer, formula, maps(1, 4, 5, 2))


@pytest.mark.parametrize("demodulate", [True, False])
def test_modulated_convolution(demodulate):
    styles = np.random.default_rng(3).uniform(0.5, 1.5, (2, 2)).astype("float32")

    def formula(x, kernel, bias):
        images = []
        for i, style in enumerate(np.float64(styles)):
            own = kernel / np.sqrt(18) * style[:, None]
            if demodulate:
                own = own / np.sqrt(np.sum(own**2, (0, 1, 2)) + 1e-8)
            images.append(convolution(x[:, i], own, bias, (1, 1), "same"))
        return np.stack(images, 1)

    layer = layers.ModulatedConv2D(2, 3, demodulate=demodulate)
    check_second_derivatives(layer, formula, maps(2, 3, 4, 2), styles)


@pytest.mark.parametrize("rank", RANKS)
def test_conditional_batch_norm(rank):
    x = inputs(rank)
    labels = np.arange(len(x)) % 3

    def formula(x, gamma, beta, *_):
        axes = tuple(range(1, x.ndim - 1))
        along = (len(labels), *[1] * (x.ndim - 3), -1)
        gamma, beta = gamma[labels].reshape(along), beta[labels].reshape(along)
        return normalized(x, axes, 1e-3)[0] * gamma + beta

    layer = layers.ConditionalBatchNormalization(3)
    check_second_derivatives(layer, formula, x, labels, training=True)


@pytest.mark.parametrize("rank", RANKS)
def test_pixel_norm(rank):
    def formula(x):
        return x / np.sqrt(np.mean(x**2, -1, keepdims=True) + 1e-8)

    check_second_derivatives(layers.PixelNormalization(), formula, inputs(rank))


def test_minibatch_standard_deviation():
    def formula(x):
        groups = x.reshape(len(x), 2, 2, *x.shape[2:])
        deviation = np.sqrt(normalized(groups, (1,), 0.0)[2][:, 0] + 1e-8)
        deviation = deviation.mean((2, 3, 4))
        new = np.tile(deviation, (1, 2))[:, :, None, None, None]
        new = new * np.ones((*x.shape[:-1], 1))
        return np.concatenate([x, new], -1)

    layer = layers.MinibatchStandardDeviation(2)
    check_second_derivatives(layer, formula, maps(4, 2, 2, 3))


def test_self_attention():
    def formula(x, gamma, queries, keys, values, outputs):
        pixels = x.reshape(*x.shape[:-3], -1, x.shape[-1])
        products = (pixels @ queries) @ np.swapaxes(pixels @ keys, -1, -2)
        shares = np.exp(products)
        shares = shares / shares.sum(-1, keepdims=True)
        found = shares @ (pixels @ values) @ outputs
        return x + gamma * found.reshape(x.shape)

    layer = layers.SelfAttention2D(2, spectral_norm=False)
    check_second_derivatives(layer, formula, maps(2, 2, 3, 4))
