import keras
import numpy as np
import pytest
from keras import ops

from kerasgan.augment import augmentation
from kerasgan.augment.random_layer import pixels_at

EVERYTHING = {"horizontal_flip": True, "crop_padding": 2, "rotation": 0.1}
ONE_EACH = [
    {"horizontal_flip": True},
    {"crop_padding": 3},
    {"rotation": 0.25},
    EVERYTHING,
]


def numbered(batch=16, height=6, width=8, channels=2):
    """Images in [-1, 1] in which each pixel has a value of its own."""
    one = np.linspace(-1, 1, height * width * channels, dtype=np.float32)
    return np.tile(one.reshape(1, height, width, channels), (batch, 1, 1, 1))


def augment(model, images):
    return ops.convert_to_numpy(model(images, training=True))


def seed_states(model):
    return [ops.convert_to_numpy(variable).tolist() for variable in model.variables]


def compiled_step(model):
    """The model in a compiled step that carries its variables, as a trainer does."""
    return {"tensorflow": in_tensorflow, "jax": in_jax, "torch": in_torch}[
        keras.backend.backend()
    ](model)


def in_tensorflow(model, *, xla=False):
    import tensorflow as tf

    step = tf.function(lambda images: model(images, training=True), jit_compile=xla)
    return lambda images: step(images).numpy()


def in_jax(model):
    import jax

    @jax.jit
    def step(values, images):
        mapping = list(zip(model.variables, values, strict=True))
        with keras.StatelessScope(mapping) as scope:
            augmented = model(images, training=True)
        return augmented, [scope.get_current_value(v) for v in model.variables]

    def run(images):
        augmented, values = step([v.value for v in model.variables], images)
        for variable, value in zip(model.variables, values, strict=True):
            variable.assign(value)
        return np.asarray(augmented)

    return run


def in_torch(model):
    import torch

    def run(images):
        with torch.no_grad():
            return ops.convert_to_numpy(model(images, training=True))

    return run


@pytest.mark.parametrize("options", ONE_EACH)
@pytest.mark.parametrize("arguments", [{"training": False}, {}])
def test_augmentation_is_the_identity_outside_training(options, arguments):
    model = augmentation(seed=0, **options)
    before = seed_states(model)
    images = numbered()
    result = ops.convert_to_numpy(model(images, **arguments))
    np.testing.assert_array_equal(result, images)
    assert [s[1] for s in before] == [0] * len(before)


def test_augmentation_flips_about_half_of_the_images_each_by_itself():
    images = numbered(batch=400)
    result = augment(augmentation(horizontal_flip=True, seed=0), images)
    flipped = (result == images[:, :, ::-1]).all(axis=(1, 2, 3))
    kept = (result == images).all(axis=(1, 2, 3))
    assert np.all(flipped ^ kept)
    # Four standard deviations of a fair coin thrown 400 times are 40.
    assert 160 <= flipped.sum() <= 240


@pytest.mark.once
def test_augmentation_shift_is_a_reflecting_pad_and_a_crop():
    padding, batch = 3, 400
    images = numbered(batch)
    result = augment(augmentation(crop_padding=padding, seed=0), images)
    border = ((padding, padding), (padding, padding), (0, 0))
    padded = np.pad(images[0], border, mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(padded, images.shape[1:])
    windows = windows.reshape(-1, *images.shape[1:])
    assert len(windows) == 49
    matches = (result[:, None] == windows[None]).all(axis=(2, 3, 4))
    np.testing.assert_array_equal(matches.sum(axis=1), 1)
    # 400 / 49 = 8.2 each where all crops are equally likely, with a deviation of 2.8.
    assert matches.sum(axis=0).min() > 0
    assert matches.sum(axis=0).max() < 22


@pytest.mark.once
def test_augmentation_rotates_by_the_drawn_angle_about_the_centre():
    # A plane stays a plane: bilinear interpolation is exact on it inside the image.
    y, x = np.mgrid[-15.5:16, -15.5:16]
    images = np.tile((x / 50)[None, :, :, None].astype(np.float32), (200, 1, 1, 1))
    result = augment(augmentation(rotation=0.1, seed=0), images)[:, 10:22, 10:22, 0]
    planes = np.stack([x[10:22, 10:22].ravel(), y[10:22, 10:22].ravel()], axis=1)
    slopes = np.linalg.lstsq(planes, result.reshape(200, -1).T, rcond=None)[0] * 50
    np.testing.assert_allclose(np.hypot(*slopes), 1.0, atol=1e-4)
    turns = np.arctan2(slopes[1], slopes[0]) / (2 * np.pi)
    assert np.abs(turns).max() <= 0.1 + 1e-5
    # 200 uniform draws come within a tenth of both ends, and no two are equal.
    assert turns.min() < -0.09
    assert turns.max() > 0.09
    assert len(np.unique(turns.round(7))) > 190


@pytest.mark.once
def test_augmentation_rotation_reflects_at_the_borders():
    images = np.full((16, 6, 8, 2), 0.7, np.float32)
    result = augment(augmentation(rotation=0.5, seed=0), images)
    np.testing.assert_allclose(result, 0.7, atol=1e-6)


@pytest.mark.once
@pytest.mark.parametrize("options", ONE_EACH)
def test_augmentation_stays_in_the_range_of_images(options):
    rng = np.random.default_rng(0)
    images = rng.choice([-1.0, 1.0], (16, 6, 8, 2)).astype(np.float32)
    result = augment(augmentation(seed=0, **options), images)
    assert result.shape == images.shape
    assert result.dtype == np.float32
    assert np.abs(result).max() <= 1.0


@pytest.mark.parametrize("options", ONE_EACH)
def test_augmentation_treats_the_images_of_a_batch_differently(options):
    result = augment(augmentation(seed=0, **options), numbered())
    assert len(np.unique(result.reshape(16, -1), axis=0)) > 1


def test_augmentation_draws_anew_at_each_call_and_the_same_from_a_seed():
    images = numbered()
    model, same = augmentation(seed=7, **EVERYTHING), augmentation(seed=7, **EVERYTHING)
    first, second = augment(model, images), augment(model, images)
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(augment(same, images), first)
    np.testing.assert_array_equal(augment(same, images), second)
    other = augment(augmentation(seed=8, **EVERYTHING), images)
    assert not np.array_equal(first, other)


def test_augmentation_layers_draw_independently_of_each_other():
    # With one seed for all, the flip would be a function of the first shift.
    images = numbered(batch=400)
    flips = augment(augmentation(horizontal_flip=True, seed=0), images)
    model = augmentation(horizontal_flip=True, crop_padding=1, seed=0)
    assert len({tuple(state) for state in seed_states(model)}) == 2
    flipped = (flips == images[:, :, ::-1]).all(axis=(1, 2, 3))
    shifted_up = augment(model.layers[1], images)[:, 1, 1, 0] < images[:, 1, 1, 0]
    assert abs(np.corrcoef(flipped, shifted_up)[0, 1]) < 0.2


def test_augmentation_keeps_its_random_state_in_its_variables():
    images = numbered()
    model = augmentation(seed=7, **EVERYTHING)
    states = seed_states(model)
    assert len({tuple(state) for state in states}) == 3
    first = augment(model, images)
    for variable, state in zip(model.variables, states, strict=True):
        variable.assign(np.asarray(state, "uint32"))
    np.testing.assert_array_equal(augment(model, images), first)


def test_augmentation_variables_belong_to_the_model_that_holds_it():
    class Holder(keras.Model):
        def __init__(self):
            super().__init__()
            self.augmentation = augmentation(seed=7, **EVERYTHING)

    assert len(Holder().variables) == 3


@pytest.mark.parametrize("options", ONE_EACH)
def test_augmentation_runs_in_a_compiled_step_from_its_first_call(options):
    images = ops.convert_to_tensor(numbered())
    eager = augmentation(seed=7, **options)
    expected = [augment(eager, images) for _ in range(2)]
    step = compiled_step(augmentation(seed=7, **options))
    for want in expected:
        np.testing.assert_allclose(step(images), want, atol=1e-5)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="XLA on TensorFlow")
@pytest.mark.parametrize("options", ONE_EACH)
def test_augmentation_compiles_under_xla_on_tensorflow(options):
    # XLA draws other numbers from the same seed, so only the range can be compared.
    step = in_tensorflow(augmentation(seed=7, **options), xla=True)
    images = ops.convert_to_tensor(numbered())
    first, second = step(images), step(images)
    assert first.shape == tuple(images.shape)
    assert np.abs(first).max() <= 1.0
    assert not np.array_equal(first, second)


def test_augmentation_takes_batches_of_any_size():
    model = augmentation(seed=7, **EVERYTHING)
    for batch in (16, 1):
        assert augment(model, numbered(batch)).shape[0] == batch


def test_augmentation_stays_in_float32_under_a_mixed_policy():
    images = ops.convert_to_tensor(numbered())
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = augmentation(seed=7, **EVERYTHING)
        kept = model(images, training=False)
        augmented = model(images, training=True)
    finally:
        keras.config.set_dtype_policy(before)
    np.testing.assert_array_equal(ops.convert_to_numpy(kept), numbered())
    assert keras.backend.standardize_dtype(augmented.dtype) == "float32"


@pytest.mark.parametrize("options", ONE_EACH)
def test_augmentation_config_round_trip(options):
    model = augmentation(seed=7, **options)
    assert model.name == "augmentation"
    copy = keras.Sequential.from_config(model.get_config())
    assert copy.name == "augmentation"
    images = numbered()
    np.testing.assert_array_equal(augment(copy, images), augment(model, images))


def test_augmentation_survives_saving(tmp_path):
    model = augmentation(seed=7, **EVERYTHING)
    images = numbered()
    first = augment(model, images)
    model.save(tmp_path / "augmentation.keras")
    loaded = keras.saving.load_model(tmp_path / "augmentation.keras")
    # A Keras file holds no state of random draws, so the copy starts from its seed.
    np.testing.assert_array_equal(augment(loaded, images), first)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "nothing to augment.*`horizontal_flip`.*`crop_padding`.*`rotation`"),
        ({"horizontal_flip": "yes"}, "True or False.*Received: horizontal_flip='yes'"),
        ({"crop_padding": -1}, "at least 0. Received: crop_padding=-1"),
        ({"crop_padding": 1.5}, "integer number of pixels.*crop_padding=1.5"),
        ({"crop_padding": True}, "integer number of pixels"),
        ({"rotation": 0.6}, r"in \[0, 0.5\].*Received: rotation=0.6"),
        ({"rotation": -0.1}, r"in \[0, 0.5\].*Received: rotation=-0.1"),
        ({"rotation": float("nan")}, "Received: rotation=nan"),
        ({"rotation": "10"}, "Received: rotation='10'"),
        ({"rotation": 0.1, "seed": -1}, "at least 0. Received: seed=-1"),
        ({"rotation": 0.1, "seed": 1.0}, "integer of at least 0"),
    ],
)
def test_augmentation_rejects_bad_arguments(options, message):
    with pytest.raises(ValueError, match=message):
        augmentation(**options)


def test_augmentation_rejects_a_padding_as_large_as_the_image():
    model = augmentation(crop_padding=6)
    with pytest.raises(ValueError, match="less than the height.*crop_padding=6"):
        model(numbered(height=6, width=8), training=True)


def test_the_only_pixel_is_what_lies_anywhere_beyond_it():
    images = ops.convert_to_tensor(np.full((1, 1, 1, 2), 0.5, "float32"))
    for place in (-3, 0, 1, 2):
        places = ops.full((1, 1, 1), place, "int32")
        picked = ops.convert_to_numpy(pixels_at(images, places, places))
        np.testing.assert_array_equal(picked, 0.5)
