"""Residual networks against the papers' blocks, written out in NumPy."""

import keras
import numpy as np
import pytest
from float64 import convolution, doubled
from keras import ops

from kerasgan import layers
from kerasgan.networks import residual_discriminator, residual_generator

SHAPE = (8, 8, 3)


def weights_of(network, seed=0):
    """Random weights, by the names of layers: float64 arrays."""
    rng = np.random.default_rng(seed)
    held = {}
    for layer in network.layers:
        if layer.weights:
            new = [rng.uniform(-0.5, 0.5, w.shape) for w in layer.weights]
            if "norm" in layer.name:  # Statistics, of which a variance is positive.
                new = [np.abs(w) + 0.5 for w in new]
            layer.set_weights(new)
            held[layer.name] = [np.float64(w) for w in layer.get_weights()]
    return held


def relu(x):
    return np.maximum(x, 0.0)


def conv(x, weights):
    return convolution(x, *weights, (1, 1), "same")


def halved(x):
    return x.reshape(len(x), x.shape[1] // 2, 2, x.shape[2] // 2, 2, -1).mean((2, 4))


def normed(x, weights, labels=None):
    gamma, beta, mean, variance = weights
    if labels is not None:
        gamma, beta = (table[labels][:, None, None] for table in (gamma, beta))
    return (x - mean) / np.sqrt(variance + 1e-5) * gamma + beta


def discriminator_in_numpy(w, x, downsamplings):
    """Convolution, then pooling, as the papers draw it."""
    for i in range(1, 4):
        half = halved if i <= downsamplings else lambda x: x
        name = f"block_{i}"
        y = conv(x if i == 1 else relu(x), w[f"{name}_conv_1"])
        y = half(conv(relu(y), w[f"{name}_conv_2"]))
        if f"{name}_shortcut" in w:
            x = half(conv(x, w[f"{name}_shortcut"]))
        x = x + y
    return relu(x).sum((1, 2))


def generator_in_numpy(w, latents, labels=None):
    x = (latents @ w["project"][0] + w["project"][1]).reshape(-1, 2, 2, 6)
    for i in (1, 2):
        name = f"block_{i}"
        y = relu(normed(x, w[f"{name}_norm_1"], labels))
        y = conv(doubled(y), w[f"{name}_conv_1"])
        y = conv(relu(normed(y, w[f"{name}_norm_2"], labels)), w[f"{name}_conv_2"])
        x = conv(doubled(x), w[f"{name}_shortcut"]) + y
    return np.tanh(conv(relu(normed(x, w["norm"])), w["to_image"]))


@pytest.mark.once
@pytest.mark.parametrize("pooling", ["mean", "sum"])
@pytest.mark.parametrize("downsamplings", [1, 2])
def test_discriminator_equals_the_papers_blocks(downsamplings, pooling):
    network = residual_discriminator(
        image_shape=SHAPE,
        filters=(4, 4, 6),
        downsamplings=downsamplings,
        pooling=pooling,
    )
    w = weights_of(network)
    # Channels that stay without halving need no convolution beside them.
    assert ("block_2_shortcut" in w) == (downsamplings == 2)
    images = np.random.default_rng(1).uniform(-1, 1, (3, *SHAPE))
    features = discriminator_in_numpy(w, images, downsamplings)
    pixels = (8 >> downsamplings) ** 2 if pooling == "mean" else 1
    kernel, bias = w["score"]
    expected = features / pixels @ kernel + bias
    received = ops.convert_to_numpy(network(images.astype("float32")))
    np.testing.assert_allclose(received, expected, rtol=1e-4)


def test_projection_adds_the_classs_product_with_the_features():
    network = residual_discriminator(
        image_shape=SHAPE, filters=(4, 4, 6), num_classes=5, score_bias=False
    )
    w = weights_of(network)
    images = np.random.default_rng(1).uniform(-1, 1, (4, *SHAPE))
    labels = np.array([0, 4, 2, 2], "int32")
    features = discriminator_in_numpy(w, images, 2) / 4
    projection = (features * w["classes"][0][labels]).sum(1, keepdims=True)
    expected = features @ w["score"][0] + projection
    received = ops.convert_to_numpy(network([images.astype("float32"), labels]))
    np.testing.assert_allclose(received, expected, rtol=1e-4)


@pytest.mark.parametrize("num_classes", [None, 5])
def test_generator_equals_the_papers_blocks(num_classes):
    network = residual_generator(
        latent_dim=4, image_shape=SHAPE, filters=(6, 4, 4), num_classes=num_classes
    )
    w = weights_of(network)
    latents = np.random.default_rng(1).standard_normal((4, 4))
    labels = None if num_classes is None else np.array([0, 4, 2, 2], "int32")
    inputs = latents.astype("float32")
    inputs = inputs if labels is None else [inputs, labels]
    received = ops.convert_to_numpy(network(inputs))
    expected = generator_in_numpy(w, latents, labels)
    assert received.shape == (4, *SHAPE)
    np.testing.assert_allclose(received, expected, rtol=1e-3, atol=1e-5)


@pytest.mark.once
def test_every_layer_is_spectral_where_it_is_asked_for():
    network = residual_discriminator(normalization="spectral", num_classes=3)
    with_weights = [layer for layer in network.layers if layer.weights]
    assert len(with_weights) == 4 * 2 + 2 + 2
    for layer in with_weights:
        assert hasattr(layer, "spectral_norm"), layer.name
    plain = residual_discriminator(filters=(4, 4))
    assert not any(hasattr(layer, "spectral_norm") for layer in plain.layers)


@pytest.mark.once
@pytest.mark.parametrize("network", ["generator", "discriminator"])
def test_initial_kernels_are_glorots_and_larger_by_root_two_inside_blocks(network):
    build = {"generator": residual_generator, "discriminator": residual_discriminator}
    built = build[network](filters=(32, 32, 32))
    inside = 0
    for layer in built.layers:
        if not layer.weights or isinstance(layer, layers.BatchNormalization):
            continue
        kernel = ops.convert_to_numpy(layer.kernel)
        area = int(np.prod(kernel.shape[:-2]))
        limit = np.sqrt(6 / (area * (kernel.shape[-2] + kernel.shape[-1])))
        in_block = layer.name.startswith("block") and "conv" in layer.name
        inside += in_block
        limit = limit * np.sqrt(2) if in_block else limit
        assert np.abs(kernel).max() <= limit * (1 + 1e-6)
        if kernel.size > 500:
            assert np.abs(kernel).max() > 0.9 * limit
            np.testing.assert_allclose(kernel.std(), limit / np.sqrt(3), rtol=0.15)
        if layer.use_bias:
            assert not ops.convert_to_numpy(layer.bias).any()
    assert inside == (4 if network == "generator" else 6)


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"normalization": "batch"}, "`normalization` must be one of.*'batch'"),
        ({"pooling": "max"}, "`pooling` must be one of.*'max'"),
        ({"downsamplings": 5}, "`downsamplings` must be.*Received.*5 and 4"),
        ({"image_shape": (30, 32, 3)}, "divisible by 4.*Received.*30, 32"),
    ],
)
def test_wrong_arguments_of_the_discriminator_are_named(arguments, words):
    with pytest.raises(ValueError, match=words):
        residual_discriminator(**arguments)


def test_sides_that_doubling_does_not_reach_are_refused():
    with pytest.raises(ValueError, match="divisible by 8.*Received"):
        residual_generator(image_shape=(28, 28, 1))


def test_mixed_precision_ends_in_float32():
    generator = {"image_shape": SHAPE, "filters": (4, 4, 4)}
    discriminator = {"image_shape": SHAPE, "filters": (4, 4)}
    policy = keras.config.dtype_policy()
    try:
        keras.config.set_dtype_policy("mixed_bfloat16")
        networks = (
            residual_generator(**generator),
            residual_discriminator(**discriminator),
        )
    finally:
        keras.config.set_dtype_policy(policy)
    assert [network.output.dtype for network in networks] == ["float32", "float32"]
    assert networks[0].get_layer("block_1_conv_1").compute_dtype == "bfloat16"
