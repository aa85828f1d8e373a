"""Normalisations: values against NumPy, and what Keras's layers give."""

import keras
import numpy as np
import pytest
from float64 import normalized
from keras import ops

from kerasgan import _backends, _kernels, layers
from kerasgan.networks import strided_discriminator

RANKS = {
    "vectors": (8, 6),
    "sequences": (4, 5, 6),
    "maps": (3, 4, 5, 6),
    "volumes": (2, 3, 2, 3, 6),
}
LAYERS = {
    "batch": lambda **kwargs: layers.BatchNormalization(momentum=0.9, **kwargs),
    "batch, bare": lambda **kwargs: layers.BatchNormalization(
        center=False, scale=False, **kwargs
    ),
    "batch, renormalised": lambda **kwargs: layers.BatchNormalization(
        renorm=True, renorm_clipping={"rmax": 3.0, "rmin": 0.3, "dmax": 5.0}, **kwargs
    ),
    "group": lambda **kwargs: layers.GroupNormalization(3, **kwargs),
    "group, bare": lambda **kwargs: layers.GroupNormalization(
        2, center=False, scale=False, **kwargs
    ),
    "instance": layers.InstanceNormalization,
    "layer": layers.LayerNormalization,
    "layer, all axes": lambda **kwargs: layers.LayerNormalization(
        axis=[-2, -1], **kwargs
    ),
}
# Vectors have no maps, and no two axes beside the batch.
CASES = [
    (name, rank)
    for name in LAYERS
    for rank in RANKS
    if not (rank == "vectors" and name in ("instance", "layer, all axes"))
]


def inputs(rank):
    return 3.0 + 2.0 * np.random.default_rng(0).standard_normal(RANKS[rank])


def set_random_weights(*same):
    rng = np.random.default_rng(1)
    weights = [rng.uniform(0.5, 1.5, w.shape) for w in same[0].weights]
    for layer in same:
        layer.set_weights(weights)


def answers(layer, x, **mode):
    """Outputs, gradients for inputs and weights, and the weights afterwards."""
    x = keras.Variable(x, dtype="float32")
    cotangent = np.random.default_rng(2).standard_normal(x.shape)

    def loss():
        outputs = layer(ops.convert_to_tensor(x), **mode)
        return ops.sum(outputs * ops.convert_to_tensor(cotangent, "float32")), outputs

    (_, outputs), gradients = _backends.value_and_gradients(
        loss, [x, *layer.trainable_variables]
    )
    tensors = (outputs, *gradients, *layer.weights)
    return [ops.convert_to_numpy(ops.stop_gradient(tensor)) for tensor in tensors]


# Of other ranks too, each backend has the second derivatives in
# tests/test_layers_derivatives.py.
@pytest.mark.parametrize(
    ("name", "rank"),
    [
        pytest.param(*case, marks=[pytest.mark.once] * (case[1] != "maps"))
        for case in CASES
    ],
)
def test_normalization_equals_keras_in_value_and_gradients(name, rank):
    layer = LAYERS[name]()
    stock = layer.stock_layer()
    assert type(stock).__module__.startswith("keras.")
    for each in (layer, stock):
        each.build(RANKS[rank])
    set_random_weights(layer, stock)
    modes = [{}]
    if isinstance(layer, keras.layers.BatchNormalization):
        modes = [{"training": True}, {"training": False}]
    for mode in modes:
        received, expected = (
            answers(each, inputs(rank), **mode) for each in (layer, stock)
        )
        for a, b in zip(received, expected, strict=True):
            # Keras's variances on PyTorch are differences of squares.
            np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4 * np.abs(b).max())


@pytest.mark.parametrize("rank", RANKS)
def test_batch_norm_keeps_numpys_moments(rank):
    layer = layers.BatchNormalization(momentum=0.75, epsilon=1e-5)
    x = inputs(rank)
    outputs = layer(ops.convert_to_tensor(x, "float32"), training=True)
    expected, mean, variance = normalized(x, tuple(range(x.ndim - 1)), 1e-5)
    np.testing.assert_allclose(ops.convert_to_numpy(outputs), expected, atol=1e-5)
    moved = [ops.convert_to_numpy(w) for w in layer.non_trainable_variables]
    np.testing.assert_allclose(moved[0], 0.25 * mean.ravel(), rtol=1e-5)
    np.testing.assert_allclose(moved[1], 0.75 + 0.25 * variance.ravel(), rtol=1e-5)


@pytest.mark.parametrize("axis", [-1, 1])
def test_masked_places_count_for_nothing(axis):
    layer = layers.BatchNormalization(axis=axis, momentum=0.0)
    x = inputs("maps")
    mask = np.random.default_rng(3).uniform(size=x.shape[:-1]) < 0.6
    expected, mean, variance = normalized(x, (0, 1, 2), 1e-3, mask[..., None])
    x[~mask] = 1e6
    x = np.moveaxis(x, -1, axis)
    outputs = layer(
        ops.convert_to_tensor(x, "float32"),
        training=True,
        mask=ops.convert_to_tensor(mask),
    )
    outputs = np.moveaxis(ops.convert_to_numpy(outputs), axis, -1)
    np.testing.assert_allclose(outputs[mask], expected[mask], atol=1e-4)
    moved = [ops.convert_to_numpy(w) for w in layer.non_trainable_variables]
    np.testing.assert_allclose(moved, [mean.ravel(), variance.ravel()], rtol=1e-5)


def test_one_masked_channel_is_one_value():
    layer = layers.BatchNormalization(momentum=0.0)
    x, mask = np.array([[1.0], [3.0], [50.0]]), np.array([True, True, False])
    layer(ops.convert_to_tensor(x, "float32"), training=True, mask=mask)
    moved = [ops.convert_to_numpy(w) for w in layer.non_trainable_variables]
    np.testing.assert_allclose(moved, [[2.0], [1.0]], rtol=1e-6)


@pytest.mark.once
def test_a_mask_of_another_rank_is_refused():
    layer = layers.BatchNormalization()
    with pytest.raises(ValueError, match=r"without the channels' axis. Received: mask"):
        layer(ops.ones((2, 3, 4)), training=True, mask=ops.ones((2, 3, 4)))


@pytest.mark.once
def test_instance_norm_of_vectors_is_refused():
    with pytest.raises(ValueError, match=r"needs maps.*Received: inputs of shape"):
        layers.InstanceNormalization()(ops.ones((2, 3)))


def test_instance_norm_takes_each_map_of_each_image():
    x = inputs("maps")
    layer = layers.InstanceNormalization(epsilon=1e-5, center=False, scale=False)
    outputs = ops.convert_to_numpy(layer(ops.convert_to_tensor(x, "float32")))
    expected = (x - x.mean((1, 2), keepdims=True)) / np.sqrt(
        x.var((1, 2), keepdims=True) + 1e-5
    )
    np.testing.assert_allclose(outputs, expected, atol=1e-5)
    assert layer.weights == []


@pytest.mark.once
@pytest.mark.parametrize("name", LAYERS)
def test_normalization_survives_a_config_round_trip(name):
    layer = LAYERS[name](epsilon=1e-4, name="norm")
    copy = keras.layers.deserialize(keras.layers.serialize(layer))
    assert type(copy) is type(layer)
    assert copy.get_config() == layer.get_config()


@pytest.mark.parametrize("device", ["cpu", "other"])
@pytest.mark.parametrize("name", LAYERS)
def test_normalization_in_bfloat16_keeps_float32_statistics(name, device, monkeypatch):
    if device == "other":
        monkeypatch.setattr(_kernels, "on_cpu", lambda: False)
    layer = LAYERS[name](dtype="mixed_bfloat16")
    # In bfloat16, values near 100 have neither a mean nor a variance.
    x = ops.cast(100.0 + inputs("maps"), "bfloat16")
    outputs = layer(x)
    assert keras.backend.standardize_dtype(outputs.dtype) == "bfloat16"
    exact = LAYERS[name]()
    exact.build(x.shape)
    expected = ops.convert_to_numpy(exact(ops.cast(x, "float32")))
    received = ops.convert_to_numpy(ops.cast(outputs, "float32"))
    np.testing.assert_allclose(received, expected, rtol=0.01, atol=0.02)


def test_layers_work_on_maps_of_any_size():
    for name in ("batch", "group", "instance", "layer"):
        images = keras.Input((None, None, 6))
        model = keras.Model(images, LAYERS[name]()(images))
        assert model.output_shape == (None, None, None, 6)
        assert model(ops.ones((2, 3, 4, 6))).shape == (2, 3, 4, 6)


@pytest.mark.once
def test_discriminators_instance_norm_has_no_weights():
    network = strided_discriminator(image_shape=(16, 16, 1), normalization="instance")
    norms = [a for a in network.layers if isinstance(a, layers.InstanceNormalization)]
    assert [norm.name for norm in norms] == ["norm_2", "norm_3"]
    assert [norm.weights for norm in norms] == [[], []]
    assert {norm.epsilon for norm in norms} == {1e-5}
