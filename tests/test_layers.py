"""Our layers give what Keras's give."""

import keras
import numpy as np
import pytest
from keras import ops
from processor import needs_bfloat16
from small import same_weights, small_gan, small_images, weights_of

import kerasgan
from kerasgan import _backends, layers

LAYERS = {
    "strided, even": layers.Conv2D(4, 4, strides=2, padding="same"),
    "strided, odd kernel": layers.Conv2D(4, 3, strides=2, padding="same"),
    "strided, valid": layers.Conv2D(4, 4, strides=2),
    "strided, uneven": layers.Conv2D(4, 3, strides=(2, 1), padding="same"),
    "strided, rest": layers.Conv2D(4, 3, strides=3),
    "strided, gaps": layers.Conv2D(4, 2, strides=3),
    "plain": layers.Conv2D(4, 3, padding="same", use_bias=False, activation="relu"),
    "one pixel": layers.Conv2D(4, (6, 5), strides=2),
    "dilated": layers.Conv2D(4, 3, dilation_rate=2),
    "transposed, even": layers.Conv2DTranspose(4, 4, strides=2, padding="same"),
    "transposed, odd": layers.Conv2DTranspose(4, 3, strides=2, padding="same"),
    "transposed, valid": layers.Conv2DTranspose(4, 3, strides=2, activation="relu"),
    "transposed, plain": layers.Conv2DTranspose(4, 3, padding="same", use_bias=False),
    "transposed, even, no stride": layers.Conv2DTranspose(4, 4, padding="same"),
    "transposed, longer": layers.Conv2DTranspose(
        4, 3, strides=2, padding="same", output_padding=0
    ),
    "transposed, uneven": layers.Conv2DTranspose(4, 3, strides=(2, 1), padding="same"),
    "transposed, tall": layers.Conv2DTranspose(4, (6, 4), strides=2, padding="same"),
    "transposed, gaps": layers.Conv2DTranspose(4, 2, strides=3),
    "upsampling": layers.UpsampleConv2D(4, activation="relu"),
    "upsampling, wide": layers.UpsampleConv2D(4, (5, 1), use_bias=False),
    "downsampling": layers.DownsampleConv2D(4, activation="relu"),
    "downsampling, wide": layers.DownsampleConv2D(4, (5, 1), use_bias=False),
    "batch norm": layers.BatchNormalization(momentum=0.9, epsilon=1e-5),
}


def pair(layer, shape):
    """A new layer and its stock counterpart, built, with the same random weights."""
    layer = type(layer).from_config(layer.get_config())
    stock = layer.stock_layer()
    rng = np.random.default_rng(1)
    for each in (layer, stock):
        each.build(shape)
    weights = [rng.uniform(0.5, 1.5, w.shape) for w in layer.weights]
    layer.set_weights(weights)
    stock.set_weights(weights)
    return layer, stock


def answers(layer, images, cotangent):
    """Outputs, gradients for images and weights, and the weights afterwards."""
    images = keras.Variable(images)

    def loss():
        outputs = layer(ops.convert_to_tensor(images), training=True)
        return ops.sum(ops.multiply(outputs, cotangent)), outputs

    (_, outputs), gradients = _backends.value_and_gradients(
        loss, [images, *layer.trainable_variables]
    )
    tensors = (outputs, *gradients, *layer.weights)
    return [ops.convert_to_numpy(ops.stop_gradient(tensor)) for tensor in tensors]


@pytest.mark.parametrize(
    ("name", "size"),
    [(name, (7, 8)) for name in LAYERS]
    + [("transposed, even", (1, 4)), ("upsampling", (1, 1)), ("strided, even", (2, 5))]
    + [("downsampling", (2, 2)), ("downsampling, wide", (6, 8))]
    + [("downsampling", (8, 9)), ("downsampling", (9, 8))],
)
def test_layer_equals_keras_in_value_and_gradients(name, size):
    ours, stock = pair(LAYERS[name], (None, *size, 3))
    images = np.random.default_rng(0).standard_normal((2, *size, 3)).astype("float32")
    shape = stock.compute_output_shape(images.shape)
    cotangent = np.random.default_rng(2).standard_normal(shape).astype("float32")
    expected = answers(stock, images, cotangent)
    received = answers(ours, images, cotangent)
    assert len(received) == len(expected) >= 4
    for a, b in zip(received, expected):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5 * np.abs(b).max())
    np.testing.assert_allclose(
        *(ops.convert_to_numpy(layer(images)) for layer in (ours, stock)),
        rtol=1e-5,
        atol=1e-5,
    )


@pytest.mark.skipif(
    keras.backend.backend() == "tensorflow",
    reason="TensorFlow has no channels-first convolutions on CPUs",
)
@pytest.mark.parametrize("name", ["Conv2D", "Conv2DTranspose"])
def test_channels_first_equal_keras_as_well(name):
    ours, stock = (
        getattr(home, name)(4, 3, strides=2, data_format="channels_first")
        for home in (layers, keras.layers)
    )
    for layer in (ours, stock):
        layer.build((None, 3, 7, 8))
    rng = np.random.default_rng(0)
    weights = [rng.standard_normal(w.shape) for w in stock.weights]
    images = rng.standard_normal((2, 3, 7, 8)).astype("float32")
    for layer in (ours, stock):
        layer.set_weights(weights)
    a, b = (ops.convert_to_numpy(layer(images)) for layer in (ours, stock))
    np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5)


@needs_bfloat16
@pytest.mark.parametrize(
    ("name", "size"),
    [("strided, even", (5, 5)), ("strided, even", (18, 18)), ("dilated", (18, 18))]
    + [("transposed, even", (4, 4)), ("transposed, odd", (18, 18))]
    + [("transposed, tall", (3, 4)), ("strided, uneven", (8, 7))]
    + [("upsampling", (18, 18)), ("downsampling", (18, 18))],
)
def test_bfloat16_rounds_and_no_more(name, size):
    """Small maps take forms of their own; long sums are in float32."""
    kind = type(LAYERS[name])
    # A ReLU near zero would answer otherwise to any rounding.
    config = {**LAYERS[name].get_config(), "activation": None}
    half = kind.from_config({**config, "dtype": "mixed_bfloat16"})
    _, exact = pair(kind.from_config(config), (None, *size, 3))
    half.build((None, *size, 3))
    rng = np.random.default_rng(0)
    images = rounded(rng.standard_normal((2, *size, 3)))
    half.set_weights(exact.get_weights())
    exact.set_weights([rounded(weight) for weight in exact.get_weights()])
    cotangent = rounded(rng.uniform(size=exact.compute_output_shape(images.shape)))
    received = answers(half, images, cotangent)
    for a, b in zip(received, answers(exact, images, cotangent), strict=True):
        assert np.linalg.norm(a - b) < 0.02 * np.linalg.norm(b)


@pytest.mark.parametrize("name", ["Conv2D", "Conv2DTranspose"])
def test_bfloat16_trains_a_layer_of_one_filter(name):
    layer = getattr(layers, name)(
        1, 3, strides=2, padding="same", dtype="mixed_bfloat16"
    )
    images = rounded(np.random.default_rng(0).standard_normal((2, 18, 18, 4)))
    cotangent = np.ones(layer.compute_output_shape(images.shape), "float32")
    layer.build(images.shape)
    for answer in answers(layer, images, cotangent)[:4]:
        assert np.isfinite(answer).all() and np.any(answer)


def rounded(values):
    """Float32 numbers that bfloat16 has, too."""
    return ops.convert_to_numpy(ops.cast(ops.cast(values, "bfloat16"), "float32"))


@pytest.mark.skipif(keras.backend.backend() != "jax", reason="JAX's form alone")
@pytest.mark.parametrize("name", ["strided, odd kernel", "transposed, odd"])
def test_a_large_batch_goes_in_parts_to_the_same_end(name, monkeypatch):
    from kerasgan._kernels import jax_convolutions

    ours, _ = pair(LAYERS[name], (None, 6, 6, 3))
    rng = np.random.default_rng(0)
    images = rng.standard_normal((5, 6, 6, 3)).astype("float32")
    shape = ours.compute_output_shape(images.shape)
    cotangent = rng.standard_normal(shape).astype("float32")
    expected = answers(ours, images, cotangent)
    monkeypatch.setattr(jax_convolutions, "_SCRATCH_BYTES", 2000)
    parts = jax_convolutions._parts(np.zeros((3, 3, 3, 4)), (2, 2), images)
    assert [len(part) for (part,) in parts] == [2, 2, 1]
    for a, b in zip(answers(ours, images, cotangent), expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5 * np.abs(b).max())


@pytest.mark.skipif(keras.backend.backend() != "jax", reason="JAX's form alone")
@pytest.mark.parametrize(
    "name", ["strided, even", "transposed, odd", "upsampling", "downsampling"]
)
def test_layer_is_traced_with_any_batch(name):
    import jax
    from jax import export

    layer, _ = pair(LAYERS[name], (None, 6, 6, 3))
    any_batch = jax.ShapeDtypeStruct(export.symbolic_shape("n, 6, 6, 3"), "float32")
    exported = export.export(jax.jit(layer))(any_batch)
    images = np.random.default_rng(0).standard_normal((3, 6, 6, 3)).astype("float32")
    np.testing.assert_allclose(exported.call(images), layer(images), rtol=1e-5)


@pytest.mark.once
@pytest.mark.parametrize("name", LAYERS)
def test_layer_survives_a_config_round_trip(name):
    template = LAYERS[name]
    copy = keras.layers.deserialize(keras.layers.serialize(template))
    assert type(copy) is type(template)
    assert copy.get_config() == template.get_config()


@pytest.mark.parametrize("name", ["strided, even", "transposed, odd", "upsampling"])
def test_gradient_of_a_gradient_equals_keras(name):
    ours, stock = pair(LAYERS[name], (None, 6, 6, 3))
    images = np.random.default_rng(0).standard_normal((2, 6, 6, 3)).astype("float32")

    def penalty_gradients(layer):
        def loss():
            x = ops.convert_to_tensor(images)
            slope = _backends.input_gradient(lambda x: ops.tanh(layer(x)), x)
            return ops.sum(ops.square(slope)), None

        _, gradients = _backends.value_and_gradients(loss, layer.trainable_variables)
        return [ops.convert_to_numpy(g) for g in gradients]

    for a, b in zip(penalty_gradients(ours), penalty_gradients(stock), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4 * np.abs(b).max())


def test_batch_norm_in_bfloat16_keeps_float32_statistics():
    layer = layers.BatchNormalization(dtype="mixed_bfloat16", momentum=0.0)
    # In bfloat16, 1,000 values near 100 have neither a mean nor a variance.
    rng = np.random.default_rng(0)
    images = ops.cast(rng.normal(100.0, 2.0, (10, 10, 10, 2)), "bfloat16")
    exact = ops.convert_to_numpy(ops.cast(images, "float32"))
    outputs = layer(images, training=True)
    assert keras.backend.standardize_dtype(outputs.dtype) == "bfloat16"
    mean, variance = (ops.convert_to_numpy(w) for w in layer.weights[2:])
    np.testing.assert_allclose(mean, exact.mean((0, 1, 2)), rtol=1e-5)
    np.testing.assert_allclose(variance, exact.var((0, 1, 2)), rtol=2e-2)


@pytest.mark.once
@pytest.mark.parametrize("kind", [layers.UpsampleConv2D, layers.DownsampleConv2D])
def test_an_even_kernel_beside_a_change_of_size_is_refused(kind):
    with pytest.raises(ValueError, match=r"must be odd.*Received: kernel_size=4"):
        kind(4, 4)


def test_memory_order_changes_no_value_and_no_training():
    """PyTorch keeps kernels in its own order; what is read and learnt is the same."""
    networks = [small_gan(dropout=0.0) for _ in range(2)]
    stock = kerasgan.DCGAN(
        generator=with_stock_layers(networks[1].generator),
        discriminator=with_stock_layers(networks[1].discriminator),
        seed=1,
    )
    ours = networks[0]
    for gan in (ours, stock):
        gan.compile(*(keras.optimizers.SGD(0.1, momentum=0.9) for _ in range(2)))
    assert same_weights(weights_of(ours), weights_of(stock))
    for gan in (ours, stock):
        gan.fit(small_images(8), batch_size=4, epochs=2, verbose=0)
    assert same_weights(weights_of(ours), weights_of(stock), tolerance=1e-5)


def with_stock_layers(network):
    def copy(layer):
        if hasattr(layer, "stock_layer"):
            return layer.stock_layer()
        return type(layer).from_config(layer.get_config())

    clone = keras.models.clone_model(network, clone_function=copy)
    clone.set_weights(network.get_weights())
    return clone
