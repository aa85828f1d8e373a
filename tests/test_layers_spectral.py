"""Spectral normalisation against singular values from NumPy."""

import keras
import numpy as np
import pytest
from compiled import compiled
from keras import ops
from processor import needs_bfloat16

from kerasgan import _backends, layers
from kerasgan.export.stock import exported_network

LAYERS = {
    "dense": (layers.SpectralDense, (6,), (5, 7)),
    "convolution": (layers.SpectralConv2D, (6, 3), (2, 6, 6, 4)),
    "convolution, strided": (
        lambda *a, **k: layers.SpectralConv2D(*a, strides=2, padding="same", **k),
        (6, 4),
        (2, 6, 6, 4),
    ),
    "convolution, groups": (
        lambda *a, **k: layers.SpectralConv2D(*a, groups=2, **k),
        (6, 3),
        (2, 6, 6, 4),
    ),
    "convolution, channels first": (
        lambda *a, **k: layers.SpectralConv2D(*a, data_format="channels_first", **k),
        (6, 3),
        (2, 4, 6, 6),
    ),
    "downsampling": (layers.SpectralDownsampleConv2D, (6, 3), (2, 6, 6, 4)),
    "transposed": (
        lambda *a, **k: layers.SpectralConv2DTranspose(*a, strides=2, **k),
        (6, 4),
        (2, 3, 3, 4),
    ),
    "transposed, channels first": (
        lambda *a, **k: layers.SpectralConv2DTranspose(
            *a, strides=2, data_format="channels_first", **k
        ),
        (6, 4),
        (2, 4, 3, 3),
    ),
    "transposed, dilated": (
        lambda *a, **k: layers.SpectralConv2DTranspose(*a, dilation_rate=2, **k),
        (6, 3),
        (2, 3, 3, 4),
    ),
    "embedding": (layers.SpectralEmbedding, (9, 5), (4,)),
}

if keras.backend.backend() == "tensorflow":  # On CPUs it has none.
    LAYERS = {name: v for name, v in LAYERS.items() if "channels first" not in name}


def made(name, **kwargs):
    make, arguments, shape = LAYERS[name]
    layer = make(*arguments, **kwargs)
    layer.build(shape)
    rng = np.random.default_rng(0)
    for weight in layer.trainable_variables:
        weight.assign(3.0 * rng.standard_normal(weight.shape))
    if name == "embedding":
        return layer, ops.convert_to_tensor(rng.integers(0, 9, shape), "int32")
    return layer, ops.convert_to_tensor(rng.standard_normal(shape), "float32")


def matrix_of(layer, kernel):
    """(filters, rest), the paper's matrix."""
    axis = 2 if isinstance(layer, keras.layers.Conv2DTranspose) else -1
    kernel = np.moveaxis(kernel, axis, 0)
    return kernel.reshape(len(kernel), -1)


def settle(layer, inputs):
    for _ in range(5):
        layer(inputs, training=True)


def largest_singular_value(layer):
    matrix = matrix_of(layer, layer.stock_weights()[0])
    return np.linalg.svd(matrix, compute_uv=False)[0]


@pytest.mark.parametrize("name", LAYERS)
def test_normalised_kernel_has_singular_value_one(name):
    layer, inputs = made(name, power_iterations=50)
    learnt = ops.convert_to_numpy(layer.trainable_variables[0]).copy()
    assert np.linalg.svd(matrix_of(layer, learnt), compute_uv=False)[0] > 5
    settle(layer, inputs)
    np.testing.assert_allclose(largest_singular_value(layer), 1.0, atol=1e-3)
    # The kernel itself is left alone.
    kept = ops.convert_to_numpy(layer.trainable_variables[0])
    np.testing.assert_array_equal(kept, learnt)
    sigma = np.linalg.svd(matrix_of(layer, learnt), compute_uv=False)[0]
    np.testing.assert_allclose(layer.stock_weights()[0], learnt / sigma, rtol=2e-3)


@pytest.mark.parametrize("name", LAYERS)
def test_layer_equals_keras_with_the_normalised_kernel(name):
    layer, inputs = made(name)
    stock = layer.stock_layer()
    assert type(stock).__module__.startswith("keras.")
    stock.build(inputs.shape)
    # One iteration from the first u, by hand.
    u = np.float64(ops.convert_to_numpy(layer.spectral_norm.u))
    kernel = np.float64(ops.convert_to_numpy(layer.trainable_variables[0]))
    matrix = matrix_of(layer, kernel)
    v = matrix.T @ u / np.linalg.norm(matrix.T @ u)
    u = matrix @ v / np.linalg.norm(matrix @ v)
    weights = [ops.convert_to_numpy(w) for w in layer.trainable_variables]
    weights[0] = kernel / (u.T @ matrix @ v)
    stock.set_weights(weights)
    expected = ops.convert_to_numpy(stock(inputs))
    for training in (False, True):
        received = ops.convert_to_numpy(layer(inputs, training=training))
        np.testing.assert_allclose(received, expected, rtol=1e-4, atol=1e-5)
    moved = ops.convert_to_numpy(layer.spectral_norm.u)
    np.testing.assert_allclose(moved, u, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", LAYERS)
def test_gradient_is_orthogonal_to_the_kernel(name):
    layer, inputs = made(name)
    rng = np.random.default_rng(1)
    shape = layer(inputs, training=False).shape
    cotangent = ops.convert_to_tensor(rng.standard_normal(shape), "float32")

    def loss():
        return ops.sum(layer(inputs, training=True) * cotangent), None

    kernel = layer.trainable_variables[0]
    _, (gradient,) = compiled(
        lambda: _backends.value_and_gradients(loss, [kernel]), [kernel]
    )
    gradient, kernel = map(ops.convert_to_numpy, (gradient, kernel))
    norms = np.linalg.norm(gradient) * np.linalg.norm(kernel)
    assert norms > 1e-3
    assert abs(np.sum(gradient * kernel)) < 1e-5 * norms


def test_u_stays_in_inference_and_where_the_layer_is_frozen():
    layer, inputs = made("convolution")
    before = ops.convert_to_numpy(layer.spectral_norm.u).copy()
    layer(inputs)
    layer(inputs, training=False)
    layer.trainable = False
    layer(inputs, training=True)
    np.testing.assert_array_equal(ops.convert_to_numpy(layer.spectral_norm.u), before)
    layer.trainable = True
    layer(inputs, training=True)
    assert (ops.convert_to_numpy(layer.spectral_norm.u) != before).any()


def test_u_is_no_trainable_weight():
    layer, _ = made("transposed")
    assert [w.path.split("/")[-1] for w in layer.trainable_variables] == [
        "kernel",
        "bias",
    ]
    assert [w.path.split("/")[-2:] for w in layer.non_trainable_variables] == [
        ["spectral_norm", "u"]
    ]


def network():
    inputs = keras.Input((4, 4, 2))
    x = layers.SpectralConv2D(5, 3, padding="same")(inputs)
    x = layers.SpectralConv2DTranspose(3, 4, strides=2, padding="same")(x)
    x = keras.layers.Flatten()(x)
    return keras.Model(inputs, layers.SpectralDense(2)(x))


def test_u_is_saved(tmp_path):
    model = network()
    images = np.random.default_rng(0).standard_normal((3, 4, 4, 2)).astype("float32")
    for _ in range(3):
        model(images, training=True)
    expected = ops.convert_to_numpy(model(images))
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(ops.convert_to_numpy(loaded(images)), expected)
    model.save_weights(tmp_path / "model.weights.h5")
    other = network()
    other.load_weights(tmp_path / "model.weights.h5")
    np.testing.assert_array_equal(ops.convert_to_numpy(other(images)), expected)


@pytest.mark.parametrize("name", LAYERS)
def test_layer_survives_a_config_round_trip(name):
    layer, _ = made(name, power_iterations=3)
    copy = keras.layers.deserialize(keras.layers.serialize(layer))
    assert copy.get_config() == layer.get_config()
    assert copy.power_iterations == 3


@needs_bfloat16
@pytest.mark.parametrize("name", LAYERS)
def test_bfloat16_normalises_in_float32(name):
    layer, inputs = made(name, dtype="mixed_bfloat16")
    exact, _ = made(name)
    exact.spectral_norm.u.assign(layer.spectral_norm.u)
    outputs = layer(inputs, training=True)
    assert keras.backend.standardize_dtype(outputs.dtype) == "bfloat16"
    expected = ops.convert_to_numpy(exact(inputs, training=True))
    received = ops.convert_to_numpy(ops.cast(outputs, "float32"))
    np.testing.assert_allclose(received, expected, atol=0.05 * np.abs(expected).max())
    # The vector is the same to float32's precision.
    vectors = [ops.convert_to_numpy(a.spectral_norm.u) for a in (layer, exact)]
    np.testing.assert_allclose(*vectors, rtol=1e-5)


def test_a_kernel_of_zeros_stays_finite():
    layer = layers.SpectralDense(3, kernel_initializer="zeros", use_bias=False)
    outputs = layer(ops.ones((2, 4)), training=True)
    assert (ops.convert_to_numpy(outputs) == 0.0).all()
    assert np.isfinite(ops.convert_to_numpy(layer.spectral_norm.u)).all()


@pytest.mark.parametrize("power_iterations", [0, 1.5, None])
def test_power_iterations_are_checked(power_iterations):
    with pytest.raises((TypeError, ValueError), match="`power_iterations` must be"):
        layers.SpectralDense(3, power_iterations=power_iterations)


def test_an_export_holds_the_normalised_kernel():
    latents = keras.Input((6,))
    x = layers.SpectralDense(2 * 2 * 3)(latents)
    x = keras.layers.Reshape((2, 2, 3))(x)
    x = layers.SpectralConv2DTranspose(2, 4, strides=2, padding="same")(x)
    generator = keras.Model(latents, layers.EqualizedConv2D(1, 3)(x))
    copy = exported(generator)
    kinds = {type(layer) for layer in flattened(copy)}
    assert {kind.__module__.partition(".")[0] for kind in kinds} == {"keras"}
    inputs = np.random.default_rng(0).standard_normal((3, 6)).astype("float32")
    np.testing.assert_allclose(
        ops.convert_to_numpy(copy(inputs)),
        ops.convert_to_numpy(generator(inputs)),
        rtol=1e-4,
        atol=1e-5,
    )


def exported(generator):
    spec = {"latents": keras.layers.InputSpec(shape=(None, 6), dtype="float32")}
    return exported_network(generator, spec)


def flattened(network):
    for layer in getattr(network, "layers", []):
        yield layer
        yield from flattened(layer)
