"""What every model must pass, on every backend."""

import zipfile

import keras
import numpy as np
from keras import ops

from kerasgan.networks.inputs import as_argument
from kerasgan.training import step
from kerasgan.training.labels import labels_to_generate

# How far images of one latent may lie apart that were summed in another order or in
# another type, in units of [-1, 1]: at most, and in the mean. bfloat16 rounds by 2^-9
# of a value, here in a dozen layers one after the other: some four such roundings in
# the mean. The most is that of a thousand pixels; StyleGAN2's are linear up to the
# clip, and sums of larger values.
ROUNDING = {"float32": (1e-5, 1e-5), "mixed_bfloat16": (0.1, 4 * 2**-9)}


def check_model(gan, data, tmp_path):
    """Runs the whole harness on a compiled GAN that has not trained yet.

    Args:
        gan: the GAN.
        data: an array of images, or a pair `(images, labels)`: two steps of 4 images
            an update.
        tmp_path: folder for files.
    """
    # First: what begins at zero keeps what lies before it where it is for a step.
    check_fit(gan, data)
    check_half_steps(gan, data)
    check_generate(gan)
    check_export(gan, tmp_path)
    check_config_round_trip(gan)
    check_exact_resume(gan, data, tmp_path)


def values(network):
    """Copies: on torch and JAX a view could change with the variable."""
    return [np.array(ops.convert_to_numpy(v)) for v in network.trainable_variables]


def changed(before, network):
    """Whether each changed; the bias of a score may cancel between real and fake."""
    pairs = zip(before, values(network))
    return [not np.array_equal(b, a) for b, a in pairs if b.shape != (1,)]


def check_half_steps(gan, data):
    """The discriminator's half-step changes the discriminator alone, the
    generator's the generator alone."""
    for half, moves, stays in (
        ("discriminator_step", gan.discriminator, gan.generator),
        ("generator_step", gan.generator, gan.discriminator),
    ):
        moving, staying = values(moves), values(stays)
        train_half(gan, half, data)
        assert all(changed(moving, moves)), f"{half} left a variable as it was"
        assert not any(changed(staying, stays)), f"{half} changed the other network"


def train_half(gan, half, data):
    """One `train_on_batch` in which the other half-step does nothing."""
    (other,) = {"discriminator_step", "generator_step"} - {half}
    original = getattr(step, other)
    try:
        setattr(step, other, lambda *arguments: {})
        gan.make_train_function(force=True)
        gan.train_on_batch(*(data if isinstance(data, tuple) else (data,)))
    finally:
        setattr(step, other, original)
        gan.make_train_function(force=True)


def check_fit(gan, data):
    generator, discriminator = values(gan.generator), values(gan.discriminator)
    steps = int(ops.convert_to_numpy(gan.step_counter))
    history = gan.fit(data, batch_size=4, epochs=1, verbose=0).history
    assert set(gan.metric_names) <= set(history)
    assert all(np.isfinite(v).all() for v in history.values())
    assert all(changed(generator, gan.generator))
    assert all(changed(discriminator, gan.discriminator))
    taken = int(ops.convert_to_numpy(gan.step_counter)) - steps
    assert taken == 2


def inputs_of(gan, n, seed):
    """What `generate(n, seed=seed)` gives the generator."""
    labels = labels_to_generate(None, gan.num_classes, n)
    inputs = gan.generator_inputs(n, labels, seed=np.random.default_rng(seed))
    return as_argument(inputs)


def check_generate(gan):
    made = gan.generate(5, seed=3, batch_size=2)
    assert made.shape == (5, *gan.image_shape)
    assert made.dtype == np.uint8
    # Sums in another order: where a value lies between two pixels, either may come.
    apart = np.abs(made - gan.generate(5, seed=3, batch_size=5).astype(int))
    most, mean = (127.5 * rounding for rounding in rounding_of(gan))
    assert apart.max() <= 1 + most and apart.mean() < 1e-2 + mean
    floats = gan.predict(inputs_of(gan, 5, seed=3), verbose=0)
    assert floats.shape == (5, *gan.image_shape)
    assert np.abs(floats).max() <= 1.0
    assert len(np.unique(floats, axis=0)) == 5
    half = 0.5 / 127.5
    np.testing.assert_allclose(
        made / 127.5 - 1, floats, atol=half + rounding_of(gan)[0]
    )


def rounding_of(gan):
    return ROUNDING[gan.generator.dtype_policy.name]


def check_export(gan, tmp_path):
    """The exported network alone gives what the model gives, from stock layers.

    A `.keras` file takes no other process; tests/test_export.py has the other formats.
    """
    path = tmp_path / "generator.keras"
    gan.export(path, verify=False, verbose=False)
    with zipfile.ZipFile(path) as archive:
        assert b"kerasgan" not in archive.read("config.json")
    inputs = inputs_of(gan, 5, seed=3)
    images = keras.models.load_model(path).predict(inputs, verbose=0)
    assert images.dtype == np.float32
    apart = np.abs(images - gan.predict(inputs, verbose=0))
    most, mean = rounding_of(gan)
    assert apart.max() <= most and apart.mean() <= mean


def check_config_round_trip(gan):
    twin = type(gan).from_config(gan.get_config())
    assert twin.get_config() == gan.get_config()
    for name in ("generator", "discriminator"):
        shapes = [v.shape for v in getattr(twin, name).weights]
        assert shapes == [v.shape for v in getattr(gan, name).weights]


def check_exact_resume(gan, data, tmp_path):
    """N steps, save, load, M steps give what N + M steps give, to the bit."""
    path = tmp_path / "model.keras"
    gan.save(path)
    gan.fit(data, batch_size=4, epochs=1, steps_per_epoch=3, verbose=0)
    loaded = keras.models.load_model(path)
    loaded.fit(data, batch_size=4, epochs=1, steps_per_epoch=3, verbose=0)
    for ours, theirs in zip(state(gan), state(loaded), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def state(gan):
    return [ops.convert_to_numpy(v) for v in [*gan.variables, *gan.optimizer.variables]]
