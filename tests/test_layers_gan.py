"""What GANs add to layers: values against hand calculations in NumPy."""

import keras
import numpy as np
import pytest
from float64 import convolution, normalized
from keras import ops
from processor import needs_bfloat16

from kerasgan import _backends, layers
from kerasgan.export.stock import exported_network

MAPS = (4, 3, 2, 4)
# What each takes, and what it is called with.
CASES = {
    "conditional batch norm": (layers.ConditionalBatchNormalization, (3,), "labels"),
    "equalized dense": (layers.EqualizedDense, (3,), None),
    "equalized convolution": (layers.EqualizedConv2D, (3, 2), None),
    "modulated convolution": (layers.ModulatedConv2D, (3,), "styles"),
    "pixel norm": (layers.PixelNormalization, (), None),
    "minibatch deviation": (layers.MinibatchStandardDeviation, (2,), None),
    "self-attention": (layers.SelfAttention2D, (2,), None),
}


def maps(seed=0):
    return np.random.default_rng(seed).standard_normal(MAPS)


def tensor(array, dtype="float32"):
    return ops.convert_to_tensor(array, dtype)


def others(kind):
    styles = np.random.default_rng(1).uniform(0.5, 1.5, (4, 4))
    return {
        None: (),
        "labels": (tensor([2, 0, 2, 1], "int32"),),
        "styles": (tensor(styles),),
    }[kind]


def with_random_weights(layer, *inputs):
    layer(*inputs)
    rng = np.random.default_rng(2)
    for weight in layer.trainable_variables:
        weight.assign(rng.standard_normal(weight.shape))
    return layer, [
        np.array(ops.convert_to_numpy(w), "float64") for w in layer.trainable_variables
    ]


def check(layer, expected, *inputs, **arguments):
    outputs = ops.convert_to_numpy(layer(*inputs, **arguments))
    np.testing.assert_allclose(outputs, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("one_hot", [False, True])
def test_conditional_batch_norm_scales_by_class(one_hot):
    x, labels = maps(), np.array([2, 0, 2, 1])
    layer = layers.ConditionalBatchNormalization(3, momentum=0.75, epsilon=1e-5)
    given = tensor(np.eye(3)[labels]) if one_hot else tensor(labels[:, None], "int32")
    layer, (gamma, beta) = with_random_weights(layer, tensor(x), given)
    expected, mean, variance = normalized(x, (0, 1, 2), 1e-5)
    expected = expected * gamma[labels][:, None, None] + beta[labels][:, None, None]
    check(layer, expected, tensor(x), given, training=True)
    moved = [ops.convert_to_numpy(w) for w in layer.norm.non_trainable_variables]
    np.testing.assert_allclose(moved[0], 0.25 * mean.ravel(), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(moved[1], 0.75 + 0.25 * variance.ravel(), rtol=1e-4)
    x = (x - moved[0]) / np.sqrt(moved[1] + 1e-5)
    expected = x * gamma[labels][:, None, None] + beta[labels][:, None, None]
    check(layer, expected, tensor(maps()), given, training=False)


def test_conditional_batch_norm_starts_as_batch_norm():
    layer = layers.ConditionalBatchNormalization(3)
    inputs = tensor(maps()), *others("labels")
    check(layer, normalized(maps(), (0, 1, 2), 1e-3)[0], *inputs, training=True)


def test_soft_labels_mix_classes():
    layer = layers.ConditionalBatchNormalization(2)
    labels = np.array([[0.25, 0.75]] * 4)
    layer, (gamma, beta) = with_random_weights(layer, tensor(maps()), tensor(labels))
    expected = normalized(maps(), (0, 1, 2), 1e-3)[0]
    expected = expected * (labels[0] @ gamma) + labels[0] @ beta
    check(layer, expected, tensor(maps()), tensor(labels), training=True)


@pytest.mark.parametrize("shape", [(4, 2), (4, 3, 1)])
def test_conditional_batch_norm_refuses_labels_of_another_shape(shape):
    with pytest.raises(ValueError, match=r"`labels` must be of shape.*Received"):
        layers.ConditionalBatchNormalization(3)(tensor(maps()), ops.ones(shape))


def test_equalized_dense_scales_when_it_is_used():
    x = maps().reshape(4, -1)
    layer = layers.EqualizedDense(
        5, gain=2**0.5, learning_rate_multiplier=0.01, activation="relu"
    )
    layer, (kernel, bias) = with_random_weights(layer, tensor(x))
    expected = x @ kernel * (2**0.5 * 0.01 / np.sqrt(24)) + 0.01 * bias
    check(layer, np.maximum(expected, 0.0), tensor(x))


def test_equalized_kernels_are_drawn_wide_and_used_at_hes_scale():
    layer = layers.EqualizedDense(400, learning_rate_multiplier=0.1)
    layer.build((None, 300))
    drawn = ops.convert_to_numpy(layer.kernel)
    np.testing.assert_allclose(drawn.std(), 10.0, rtol=0.02)
    used, bias = layer.stock_weights()
    np.testing.assert_allclose(used.std(), 1.0 / np.sqrt(300), rtol=0.02)
    assert bias.shape == (400,)


def test_equalized_convolution_scales_when_it_is_used():
    layer = layers.EqualizedConv2D(3, 3, strides=2, padding="same", gain=3.0)
    layer, (kernel, bias) = with_random_weights(layer, tensor(maps()))
    kernel = kernel * 3.0 / np.sqrt(3 * 3 * 4)
    expected = convolution(maps(), kernel, bias, (2, 2), "same")
    check(layer, expected, tensor(maps()))


@pytest.mark.parametrize("name", ["EqualizedDense", "EqualizedConv2D"])
def test_equalized_layer_equals_its_stock_layer(name):
    arguments = {"EqualizedDense": (3,), "EqualizedConv2D": (3, 2)}[name]
    layer = getattr(layers, name)(*arguments, gain=2.0, learning_rate_multiplier=0.5)
    layer, _ = with_random_weights(layer, tensor(maps()))
    stock = layer.stock_layer()
    stock.build(MAPS)
    stock.set_weights(layer.stock_weights())
    check(layer, ops.convert_to_numpy(stock(tensor(maps()))), tensor(maps()))


@pytest.mark.parametrize("name", ["gain", "learning_rate_multiplier"])
@pytest.mark.parametrize("value", [0.0, -1.0, "1", float("nan")])
def test_equalized_factors_are_checked(name, value):
    with pytest.raises((TypeError, ValueError), match=f"`{name}` must be.*Received"):
        layers.EqualizedDense(3, **{name: value})


@pytest.mark.parametrize("demodulate", [True, False])
@pytest.mark.parametrize("strides", [1, 2])
def test_modulated_convolution_has_a_kernel_for_each_image(demodulate, strides):
    (styles,) = others("styles")
    layer = layers.ModulatedConv2D(3, 3, demodulate=demodulate, strides=strides)
    layer, (kernel, bias) = with_random_weights(layer, tensor(maps()), styles)
    expected = []
    for image, style in zip(maps(), np.float64(ops.convert_to_numpy(styles))):
        # Equations 1 and 3 of the paper, as they stand.
        own = style[None, None, :, None] * kernel / np.sqrt(36)
        if demodulate:
            own = own / np.sqrt(np.sum(own**2, (0, 1, 2)) + 1e-8)
        expected.append(convolution(image, own, bias, (strides, strides), "same"))
    check(layer, np.array(expected), tensor(maps()), styles)


def test_demodulated_outputs_have_the_variance_of_the_inputs():
    rng = np.random.default_rng(0)
    images, styles = rng.standard_normal((2, 32, 32, 16)), rng.uniform(1, 50, (2, 16))
    layer = layers.ModulatedConv2D(32, 3, padding="valid")
    outputs = ops.convert_to_numpy(layer(tensor(images), tensor(styles)))
    np.testing.assert_allclose(outputs.std(), 1.0, rtol=0.05)


def test_modulated_convolution_refuses_styles_of_another_size():
    with pytest.raises(ValueError, match=r"one value for each channel.*Received"):
        layers.ModulatedConv2D(3)(tensor(maps()), ops.ones((4, 5)))


@pytest.mark.parametrize("shape", [(5, 6), MAPS])
def test_pixel_norm_makes_mean_squares_one(shape):
    x = 3.0 * np.random.default_rng(0).standard_normal(shape)
    expected = x / np.sqrt((x**2).mean(-1, keepdims=True) + 1e-8)
    np.testing.assert_allclose((expected**2).mean(-1), 1.0, rtol=1e-6)
    check(layers.PixelNormalization(), expected, tensor(x))
    zeros = layers.PixelNormalization()(ops.zeros(shape))
    assert (ops.convert_to_numpy(zeros) == 0.0).all()


@pytest.mark.parametrize(
    ("batch", "group_size", "size"),
    [(4, 2, 2), (4, 4, 4), (4, None, 4), (3, 4, 3), (5, 4, 1), (6, 4, 3)],
)
@pytest.mark.parametrize("num_channels", [1, 2])
def test_minibatch_deviation_by_hand(batch, group_size, size, num_channels):
    x = np.random.default_rng(0).standard_normal((batch, 3, 2, 4))
    groups = batch // size
    new = np.zeros((batch, 3, 2, num_channels))
    for i in range(batch):
        members = x[i % groups :: groups]
        assert len(members) == size
        deviation = np.sqrt(members.var(0) + 1e-8)
        parts = np.split(deviation, num_channels, axis=-1)
        new[i] = [part.mean() for part in parts]
    layer = layers.MinibatchStandardDeviation(group_size, num_channels=num_channels)
    check(layer, np.concatenate([x, new], -1), tensor(x))


def test_minibatch_deviation_takes_batches_of_any_size():
    images = keras.Input((3, 2, 4))
    model = keras.Model(images, layers.MinibatchStandardDeviation(4)(images))
    assert model.output_shape == (None, 3, 2, 5)
    x = np.random.default_rng(0).standard_normal((7, 3, 2, 4)).astype("float32")
    # Batches of 4 and of 3: each its own groups.
    outputs = model.predict(x, batch_size=4, verbose=0)
    for part in (slice(0, 4), slice(4, 7)):
        expected = np.sqrt(x[part].var(0) + 1e-8).mean()
        np.testing.assert_allclose(outputs[part, ..., 4], expected, rtol=1e-5)


@pytest.mark.parametrize("shape", [(4, 3), (4, 3, 2, 3)])
def test_minibatch_deviation_refuses_what_does_not_divide(shape):
    with pytest.raises(ValueError, match=r"Inputs must be.*Received: inputs of shape"):
        layers.MinibatchStandardDeviation(num_channels=2)(ops.ones(shape))


def test_attention_tells_its_projections_whether_it_trains():
    layer = layers.SelfAttention2D(2)
    images = tensor(np.random.default_rng(0).standard_normal((2, 3, 3, 8)))
    layer(images)
    inner = (layer.queries, layer.keys, layer.values, layer.outputs)
    for training in (False, True):
        before = [ops.convert_to_numpy(part.spectral_norm.u).copy() for part in inner]
        layer(images, training=training)
        for old, part in zip(before, inner):
            u = ops.convert_to_numpy(part.spectral_norm.u)
            assert np.array_equal(old, u) is not training


def test_self_attention_is_the_papers_sum_over_pixels():
    layer = layers.SelfAttention2D(2, spectral_norm=False)
    layer, (gamma, queries, keys, values, outputs) = with_random_weights(
        layer, tensor(maps())
    )
    expected = np.empty(MAPS)
    for b, image in enumerate(maps()):
        pixels = image.reshape(-1, 4)
        for j, pixel in enumerate(pixels):
            # Equations 1 and 2: j looks at every i.
            s = np.array([(p @ keys) @ (pixel @ queries) for p in pixels])
            beta = np.exp(s) / np.exp(s).sum()
            o = sum(share * (p @ values) for share, p in zip(beta, pixels)) @ outputs
            expected[b].reshape(-1, 4)[j] = gamma * o + pixel
    check(layer, expected, tensor(maps()))


def test_self_attention_starts_as_nothing():
    layer = layers.SelfAttention2D(4)
    check(layer, maps(), tensor(maps()), training=True)
    kinds = {type(part) for part in (layer.queries, layer.outputs)}
    assert kinds == {layers.SpectralDense}


def test_self_attention_refuses_too_large_a_reduction():
    with pytest.raises(ValueError, match=r"`reduction` must be at most.*Received"):
        layers.SelfAttention2D(8)(tensor(maps()))


@pytest.mark.once
@pytest.mark.parametrize("name", CASES)
def test_layer_survives_a_config_round_trip(name):
    make, arguments, kind = CASES[name]
    layer = make(*arguments, name="own")
    layer(tensor(maps()), *others(kind))
    copy = keras.layers.deserialize(keras.layers.serialize(layer))
    assert type(copy) is make
    assert copy.get_config() == layer.get_config()


@pytest.mark.parametrize("name", CASES)
def test_layer_computes_in_bfloat16(name):
    make, arguments, kind = CASES[name]
    half = make(*arguments, dtype="mixed_bfloat16")
    outputs = half(tensor(maps()), *others(kind))
    assert keras.backend.standardize_dtype(outputs.dtype) == "bfloat16"
    assert {w.dtype for w in half.weights} <= {"float32"}
    whole = make(*arguments)
    whole(tensor(maps()), *others(kind))
    whole.set_weights(half.get_weights())
    expected = ops.convert_to_numpy(whole(tensor(maps()), *others(kind)))
    received = ops.convert_to_numpy(ops.cast(outputs, "float32"))
    np.testing.assert_allclose(received, expected, atol=0.03 * np.abs(expected).max())


@needs_bfloat16
@pytest.mark.parametrize(
    "layer",
    [
        layers.ConditionalBatchNormalization(3),
        layers.ModulatedConv2D(4, 3),
        layers.SelfAttention2D(2),
    ],
    ids=lambda layer: layer.name,
)
def test_gradients_of_what_all_pixels_share_are_summed_in_float32(layer):
    """Of equal signs: in bfloat16 such a sum ends at some hundred terms."""
    rng = np.random.default_rng(0)
    images = rng.uniform(size=(4, 16, 16, 4)).astype("float32")
    weights = rng.uniform(size=images.shape).astype("float32")
    second = {
        "ConditionalBatchNormalization": [np.array([0, 1, 2, 1])],
        "ModulatedConv2D": [rng.uniform(1, 2, (4, 4)).astype("float32")],
    }.get(type(layer).__name__, [])

    def gradients(layer):
        def loss():
            outputs = layer(tensor(images), *map(ops.convert_to_tensor, second))
            return ops.sum(ops.cast(outputs, "float32") * tensor(weights)), None

        _, found = _backends.value_and_gradients(loss, layer.trainable_variables)
        return [ops.convert_to_numpy(ops.stop_gradient(g)) for g in found]

    exact = type(layer).from_config(layer.get_config())
    half = type(layer).from_config({**layer.get_config(), "dtype": "mixed_bfloat16"})
    for each in (exact, half):
        each(tensor(images), *map(ops.convert_to_tensor, second))
    half.set_weights(exact.get_weights())
    for a, b in zip(gradients(half), gradients(exact), strict=True):
        assert np.linalg.norm(a - b) <= 0.05 * np.linalg.norm(b)


@pytest.mark.parametrize("form", [(), (1,), (3,)])
def test_an_export_holds_conditional_batch_norm_as_stock_layers(form):
    images, labels = keras.Input((4, 4, 5)), keras.Input(form, name="labels")
    layer = layers.ConditionalBatchNormalization(3, epsilon=1e-2)
    network = keras.Model([images, labels], layer(images, labels))
    rng = np.random.default_rng(0)
    layer.set_weights([rng.uniform(0.5, 1.5, w.shape) for w in layer.weights])
    spec = {
        tensor.name: keras.layers.InputSpec(shape=tensor.shape, dtype="float32")
        for tensor in network.inputs
    }
    copy = exported_network(network, spec)
    (inner,) = [a for a in copy.layers if isinstance(a, keras.Model)]
    (stock,) = [a for a in inner.layers if isinstance(a, keras.Model)]
    kinds = {type(a).__module__.partition(".")[0] for a in stock.layers}
    assert kinds == {"keras"}
    classes = np.array([0, 2, 1, 2])
    given = np.eye(3)[classes] if form == (3,) else classes.reshape(4, *form)
    x = [rng.standard_normal((4, 4, 4, 5)).astype("float32"), given.astype("float32")]
    gamma, beta, mean, variance = layer.get_weights()
    expected = (x[0] - mean) / np.sqrt(variance + 1e-2)
    expected = expected * gamma[classes][:, None, None] + beta[classes][:, None, None]
    received = copy(dict(zip(spec, x)))
    np.testing.assert_allclose(
        ops.convert_to_numpy(received), expected, rtol=1e-4, atol=1e-5
    )


def model_of_all():
    """Every layer of this file in one Functional model with three inputs."""
    images, styles = keras.Input((4, 4, 4)), keras.Input((4,))
    labels = keras.Input((), dtype="int32")
    x = layers.ModulatedConv2D(8)(images, layers.PixelNormalization()(styles))
    x = layers.ConditionalBatchNormalization(3)(x, labels)
    x = layers.SelfAttention2D(4)(layers.EqualizedConv2D(8, 3, padding="same")(x))
    x = layers.InstanceNormalization()(layers.MinibatchStandardDeviation(2)(x))
    x = layers.GroupNormalization(3)(layers.LayerNormalization()(x))
    scores = layers.EqualizedDense(1)(keras.layers.Flatten()(x))
    return keras.Model([images, styles, labels], scores)


def test_a_model_of_all_layers_trains_and_is_saved(tmp_path):
    model = model_of_all()
    rng = np.random.default_rng(0)
    x = [
        rng.standard_normal((6, 4, 4, 4)).astype("float32"),
        rng.standard_normal((6, 4)).astype("float32"),
        np.array([0, 1, 2, 0, 1, 2], "int32"),
    ]
    model.compile("sgd", "mse")
    model.fit(x, np.ones((6, 1)), batch_size=4, verbose=0)
    (attention,) = (a for a in model.layers if isinstance(a, layers.SelfAttention2D))
    assert float(attention.gamma) != 0.0
    expected = model.predict(x, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(loaded.predict(x, verbose=0), expected, rtol=1e-5)
