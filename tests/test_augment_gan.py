"""DiffAugment and adaptive augmentation against NumPy."""

import keras
import numpy as np
import pytest
from compiled import compiled, stepped
from float64 import central_differences, input_gradient
from keras import ops

from kerasgan import _backends, regularizers
from kerasgan.augment import AdaptiveAugmentation, DiffAugment

POLICIES = [
    ("color",),
    ("translation",),
    ("cutout",),
    ("color", "translation", "cutout"),
]


def images(batch=6, height=8, width=12, channels=3, seed=0):
    rng = np.random.default_rng(seed)
    return rng.uniform(-1, 1, (batch, height, width, channels)).astype("float32")


def augmented(layer, x):
    return ops.convert_to_numpy(layer(ops.convert_to_tensor(x), training=True))


class Draws:
    """What a layer of this seed draws, in its order."""

    def __init__(self, seed):
        self.seed = keras.random.SeedGenerator(seed)

    def uniform(self, shape, low, high):
        drawn = keras.random.uniform(shape, low, high, seed=self.seed)
        return ops.convert_to_numpy(drawn)

    def integers(self, shape, low, high):
        drawn = np.floor(self.uniform(shape, low, high + 1)).astype(int)
        return np.minimum(drawn, high).ravel()


def color(x, draws):
    shape = (len(x), 1, 1, 1)
    x = x + draws.uniform(shape, -0.5, 0.5)
    grey = x.mean(3, keepdims=True)
    x = (x - grey) * draws.uniform(shape, 0.0, 2.0) + grey
    mean = x.mean((1, 2, 3), keepdims=True)
    return (x - mean) * draws.uniform(shape, 0.5, 1.5) + mean


def translation(x, draws):
    _, height, width, _ = x.shape
    down, right = (int(size / 8 + 0.5) for size in (height, width))
    rows = draws.integers((len(x), 1, 1), -down, down)
    columns = draws.integers((len(x), 1, 1), -right, right)
    x = np.pad(x, ((0, 0), (down, down), (right, right), (0, 0)))
    return np.stack(
        [
            image[down + i : down + i + height, right + j : right + j + width]
            for image, i, j in zip(x, rows, columns)
        ]
    )


def cutout(x, draws):
    _, height, width, _ = x.shape
    rows, columns = (
        draws.integers((len(x), 1, 1), 0, size - int(size / 2 + 0.5) % 2)
        for size in (height, width)
    )
    x = x.copy()
    for image, i, j in zip(x, rows, columns):
        top, left = i - height // 4, j - width // 4
        hole = (
            slice(max(top, 0), top + height // 2),
            slice(max(left, 0), left + width // 2),
        )
        image[hole] = 0.0
    return x


@pytest.mark.parametrize("policy", POLICIES)
def test_diffaugment_is_the_papers(policy):
    x = images()
    draws, expected = Draws(5), x
    for name in policy:
        expected = globals()[name](expected, draws)
    received = augmented(DiffAugment(policy, seed=5), x)
    np.testing.assert_allclose(received, expected, rtol=1e-4, atol=1e-5)
    assert (np.abs(received - x) > 0.01).any(axis=(1, 2, 3)).sum() >= 4


@pytest.mark.once
def test_cutout_leaves_a_hole_in_every_image_and_reaches_the_border():
    received = augmented(DiffAugment(("cutout",), seed=0), np.ones((200, 8, 8, 1)))
    holes = (received == 0).sum(axis=(1, 2, 3))
    assert (holes.min(), holes.max()) == (4, 16)
    assert ((received == 0).mean(axis=0) > 0).all()


LAYERS = {
    "diffaugment": lambda: DiffAugment(seed=1),
    "adaptive": lambda: adaptive(1.0),
}


def adaptive(strength, policy=("blit", "geometry", "color"), seed=1, **kwargs):
    layer = AdaptiveAugmentation(policy, seed=seed, **kwargs)
    layer.strength.assign(strength)
    return layer


@pytest.mark.once
@pytest.mark.parametrize("name", LAYERS)
def test_images_are_left_alone_outside_training(name):
    layer, x = LAYERS[name](), images()
    before = ops.convert_to_numpy(layer.seed_generator.state).copy()
    for arguments in ({}, {"training": False}):
        received = layer(ops.convert_to_tensor(x), **arguments)
        np.testing.assert_array_equal(ops.convert_to_numpy(received), x)
    state = ops.convert_to_numpy(layer.seed_generator.state)
    np.testing.assert_array_equal(state, before)


@pytest.mark.once
@pytest.mark.parametrize("name", LAYERS)
def test_layers_need_no_building(name):
    """Where one is an attribute of a GAN, Keras would call the GAN on images."""
    layer = LAYERS[name]()
    assert layer.built
    for size in (4, 6):
        assert augmented(layer, images(2, size, size)).shape == (2, size, size, 3)


@pytest.mark.parametrize("name", LAYERS)
def test_every_call_draws_anew_also_when_compiled(name):
    layer, x = LAYERS[name](), images()
    eager = [augmented(LAYERS[name](), x)]
    run = stepped(lambda x: layer(x, training=True), layer.variables)
    once, twice = (
        ops.convert_to_numpy(run(ops.convert_to_tensor(x))) for _ in range(2)
    )
    np.testing.assert_allclose(once, eager[0], rtol=1e-4, atol=1e-4)
    assert np.abs(twice - once).max() > 0.1


@pytest.mark.parametrize("name", LAYERS)
def test_gradients_pass_through(name):
    """The layers are affine maps: differences are exact derivatives."""
    layer, x, step = LAYERS[name](), images(), images(seed=1)
    state = layer.seed_generator.state
    kept = ops.convert_to_numpy(state).copy()
    cotangent = images(seed=2)

    def score(x):
        return layer(x, training=True) * ops.convert_to_tensor(cotangent)

    gradient = compiled(
        lambda: _backends.input_gradient(score, ops.convert_to_tensor(x)), [state]
    )
    totals = []
    for inputs in (x, x + step):
        state.assign(kept)
        totals.append((augmented(layer, inputs) * cotangent).sum(dtype="float64"))
    expected = np.sum(ops.convert_to_numpy(gradient) * step, dtype="float64")
    np.testing.assert_allclose(totals[1] - totals[0], expected, rtol=1e-3, atol=1e-2)


@pytest.mark.parametrize("name", LAYERS)
def test_r1_through_augmentation_equals_float64(name):
    layer, x = LAYERS[name](), images(2, 3, 3, 2)
    state = layer.seed_generator.state
    kept = ops.convert_to_numpy(state).copy()
    run = stepped(lambda x: layer(x, training=True), layer.variables)

    def apply(x):
        state.assign(kept)
        return np.float64(ops.convert_to_numpy(run(ops.convert_to_tensor(x))))

    # The affine map of each image, from what becomes of each single pixel.
    offset = apply(np.zeros_like(x))
    basis = np.eye(18, dtype="float32").reshape(18, 1, *x.shape[1:])
    columns = [apply(np.repeat(pixel, 2, axis=0)) - offset for pixel in basis]
    matrix = np.stack(columns, 1).reshape(2, 18, 18)
    kernel = np.random.default_rng(3).uniform(-1, 1, (18, 2))

    def exact():
        def score(x):
            flat = np.einsum("nbi,bij->nbj", x.reshape(-1, 2, 18), matrix)
            return np.tanh((flat + offset.reshape(2, 18)) @ kernel)

        return 0.5 * np.sum(input_gradient(score, np.float64(x)) ** 2) / 2

    weight = keras.Variable(kernel, dtype="float32")
    state.assign(kept)

    def penalty():
        def score(x):
            x = ops.reshape(layer(x, training=True), (2, 18))
            return ops.tanh(ops.matmul(x, weight))

        return regularizers.r1_penalty(score, ops.convert_to_tensor(x)), None

    variables = [weight, state]
    (loss, _), (gradient,) = compiled(
        lambda: _backends.value_and_gradients(penalty, [weight]), variables
    )
    np.testing.assert_allclose(float(loss), exact(), rtol=2e-4)
    (expected,) = central_differences(exact, [kernel])
    gradient = ops.convert_to_numpy(gradient)
    np.testing.assert_allclose(gradient, expected, atol=2e-4 * np.abs(expected).max())


@pytest.mark.once
def test_no_strength_is_no_augmentation():
    x = images()
    received = augmented(adaptive(0.0), x)
    np.testing.assert_allclose(received, x, atol=1e-5)


@pytest.mark.once
def test_half_strength_augments_half_of_the_images():
    x = images(400)
    received = augmented(adaptive(0.5, ("color",)), x)
    # Of three, four of grey and colour each stay with probability 1/2 (the flip's coin
    # also says no half of the time): 3/4 * (1/2) ** 4.
    same = (np.abs(received - x).max(axis=(1, 2, 3)) < 1e-4).mean()
    assert abs(same - 0.75 * 0.5**4) < 0.04


@pytest.mark.once
def test_blit_moves_whole_pixels_in_every_way():
    x = images(1, 8, 8, 1)[0]
    received = augmented(adaptive(1.0, ("blit",)), np.repeat(x[None], 400, axis=0))
    ways = {}
    for mirror in (False, True):
        for quarter in range(4):
            turned = np.rot90(x[:, ::-1] if mirror else x, quarter)
            padded = np.pad(turned, ((1, 1), (1, 1), (0, 0)), mode="reflect")
            for i in range(3):
                for j in range(3):
                    key = padded[i : i + 8, j : j + 8].tobytes()
                    ways[key] = mirror, quarter, i, j
    found = {ways[image.tobytes()] for image in received}
    assert {way[:2] for way in found} == {(m, q) for m in (0, 1) for q in range(4)}
    assert {way[2:] for way in found} == {(i, j) for i in range(3) for j in range(3)}


@pytest.mark.once
def test_images_that_are_not_square_are_not_turned():
    received = augmented(adaptive(1.0, ("blit",)), images(20, 4, 16, 1))
    assert received.shape == (20, 4, 16, 1)


@pytest.mark.once
def test_geometry_is_an_affine_map_with_the_papers_spread():
    # Two ramps say where each pixel comes from.
    size, middle = 65, slice(30, 35)
    ramp = np.arange(size, dtype="float32")
    y, x = np.meshgrid(ramp, ramp, indexing="ij")
    both = np.repeat(np.stack([y, x], -1)[None], 300, axis=0)
    places = augmented(adaptive(1.0, ("geometry",)), both)[:, middle, middle]
    bends = np.abs(np.diff(places, n=2, axis=1)).max(axis=(1, 2, 3))
    # Some look over the border, where a ramp turns back.
    places = places[bends < 1e-3]
    assert len(places) > 200
    down = np.diff(places, axis=1)[:, 0, 0]
    right = np.diff(places, axis=2)[:, 0, 0]
    rows = np.stack([down, right], -1)
    # Turning, then stretching along the axes: the two rows stay orthogonal.
    np.testing.assert_allclose((rows[:, 0] * rows[:, 1]).sum(-1), 0.0, atol=2e-3)
    lengths = np.log2(np.linalg.norm(rows, axis=-1))
    assert abs(lengths.std() - 0.2 * 2**0.5) < 0.04
    angles = np.arctan2(-rows[:, 0, 1], rows[:, 0, 0])
    assert abs(np.abs(angles).mean() - np.pi / 2) < 0.25
    # Nothing is mirrored but what lies wholly beyond a border.
    assert (np.linalg.det(rows) > 0).mean() > 0.97


@pytest.mark.once
def test_color_is_an_affine_map_about_grey():
    x = images(400, 4, 4, 3)
    received = augmented(adaptive(1.0, ("color",)), x)
    flips = []
    for before, after in zip(x.reshape(400, 16, 3), received.reshape(400, 16, 3)):
        known = np.concatenate([before, np.ones((16, 1))], -1)
        fitted, *_ = np.linalg.lstsq(known, after, rcond=None)
        np.testing.assert_allclose(known @ fitted, after, atol=1e-4)
        matrix, offset = fitted[:3].T, fitted[3]
        # Grey stays grey, and what is not grey is turned about it.
        grey = matrix @ np.ones(3)
        np.testing.assert_allclose(grey, grey[0], atol=1e-3)
        np.testing.assert_allclose(offset, offset[0], atol=1e-3)
        rest = matrix - np.outer(grey, np.ones(3)) / 3
        across = np.eye(3) - 1 / 3
        squared = rest.T @ rest
        np.testing.assert_allclose(squared, squared.trace() / 2 * across, atol=2e-3)
        flips.append((grey[0] < 0, np.log2(np.abs(grey[0])), offset[0] / grey[0]))
    flipped, contrast, brightness = np.array(flips).T
    assert abs(flipped.mean() - 0.5) < 0.1
    assert abs(contrast.std() - 0.5) < 0.06
    assert abs(brightness.std() - 0.2) < 0.03


@pytest.mark.once
def test_grey_images_keep_one_channel():
    received = augmented(adaptive(1.0), images(5, 8, 8, 1))
    assert received.shape == (5, 8, 8, 1)
    assert np.isfinite(received).all()


def test_strength_follows_the_sign_of_real_scores():
    layer = AdaptiveAugmentation(target=0.5, adjustment_images=40, seed=0)
    sure = ops.convert_to_tensor([[3.0], [2.0], [0.5], [1.0]])
    unsure = ops.convert_to_tensor([[3.0], [-2.0], [0.5], [-1.0]])
    balanced = ops.convert_to_tensor([[3.0], [2.0], [0.5], [-1.0]])
    update = stepped(layer.update, layer.variables)
    strengths = []
    for scores in (unsure, sure, sure, balanced, unsure, *[sure] * 12):
        update(scores)
        strengths.append(round(float(layer.strength), 5))
    # 4 of 40 images a batch; never below 0, never above 1.
    assert strengths[:5] == [0.0, 0.1, 0.2, 0.2, 0.1]
    assert strengths[-1] == 1.0


def test_strength_and_seed_are_saved(tmp_path):
    layer, x = adaptive(0.7), images()
    augmented(layer, x)
    inputs = keras.Input(x.shape[1:])
    model = keras.Model(inputs, layer(inputs))
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    copy = loaded.layers[-1]
    np.testing.assert_allclose(float(copy.strength), 0.7, rtol=1e-6)
    assert not any(v.trainable for v in copy.variables)
    assert copy.get_config() == layer.get_config()


@pytest.mark.once
@pytest.mark.parametrize("make", [DiffAugment, AdaptiveAugmentation])
@pytest.mark.parametrize("policy", [(), ("colour",), "color", ("color", None)])
def test_unknown_names_are_refused(make, policy):
    with pytest.raises(ValueError, match=r"`policy` must be.*Received: policy="):
        make(policy)


@pytest.mark.once
@pytest.mark.parametrize(
    "arguments", [{"target": 1.0}, {"target": "0.6"}, {"adjustment_images": 0}]
)
def test_adaptive_arguments_are_checked(arguments):
    with pytest.raises((TypeError, ValueError), match="must be.*Received"):
        AdaptiveAugmentation(**arguments)


def test_layers_compute_in_float32_under_any_policy():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        made = [make() for make in LAYERS.values()]
    finally:
        keras.config.set_dtype_policy("float32")
    for layer in made:
        received = layer(ops.convert_to_tensor(images()), training=True)
        assert keras.backend.standardize_dtype(received.dtype) == "float32"
