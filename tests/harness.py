"""What every model must pass, on every backend."""

import zipfile

import keras
import numpy as np
from keras import ops

from kerasgan.training import step as stepping


def check_model(gan, images, tmp_path):
    """Runs the whole harness on a compiled GAN that has not trained yet."""
    check_half_steps(gan, images)
    check_fit(gan, images)
    check_generate(gan)
    check_export(gan, tmp_path)
    check_config_round_trip(gan)
    check_exact_resume(gan, images, tmp_path)


def values(network):
    """Copies: on torch and JAX a view could change with the variable."""
    return [np.array(ops.convert_to_numpy(v)) for v in network.trainable_variables]


def changed(before, network):
    return [not np.array_equal(b, a) for b, a in zip(before, values(network))]


def check_half_steps(gan, images):
    """The discriminator's half-step changes the discriminator alone, the
    generator's the generator alone."""
    for half, moves, stays in (
        ("discriminator_step", gan.discriminator, gan.generator),
        ("generator_step", gan.generator, gan.discriminator),
    ):
        moving, staying = values(moves), values(stays)
        train_half(gan, half, images)
        assert all(changed(moving, moves)), f"{half} left a variable as it was"
        assert not any(changed(staying, stays)), f"{half} changed the other network"


def train_half(gan, half, images):
    """One `train_on_batch` in which the other half-step does nothing."""
    (other,) = {"discriminator_step", "generator_step"} - {half}
    original = getattr(stepping, other)
    try:
        setattr(stepping, other, lambda *arguments: {})
        gan.make_train_function(force=True)
        gan.train_on_batch(images)
    finally:
        setattr(stepping, other, original)
        gan.make_train_function(force=True)


def check_fit(gan, images):
    generator, discriminator = values(gan.generator), values(gan.discriminator)
    steps = int(ops.convert_to_numpy(gan.step_counter))
    history = gan.fit(images, batch_size=4, epochs=1, verbose=0).history
    assert set(gan.metric_names) <= set(history)
    assert all(np.isfinite(v).all() for v in history.values())
    assert all(changed(generator, gan.generator))
    assert all(changed(discriminator, gan.discriminator))
    taken = int(ops.convert_to_numpy(gan.step_counter)) - steps
    assert taken == -(-len(images) // 4)


def check_generate(gan):
    made = gan.generate(5, seed=3, batch_size=2)
    assert made.shape == (5, *gan.image_shape)
    assert made.dtype == np.uint8
    assert np.array_equal(made, gan.generate(5, seed=3, batch_size=5))
    latents = np.random.default_rng(3).standard_normal((5, gan.latent_dim), "float32")
    floats = gan.predict(latents, verbose=0)
    assert floats.shape == (5, *gan.image_shape)
    assert np.abs(floats).max() <= 1.0
    assert len(np.unique(floats, axis=0)) == 5
    np.testing.assert_allclose(made / 127.5 - 1, floats, atol=0.5 / 127.5 + 1e-5)


def check_export(gan, tmp_path):
    """The exported network alone gives what the model gives, from stock layers.

    A `.keras` file takes no other process; tests/test_export.py has the other formats.
    """
    path = tmp_path / "generator.keras"
    gan.export(path, verify=False, verbose=False)
    with zipfile.ZipFile(path) as archive:
        assert b"kerasgan" not in archive.read("config.json")
    latents = np.random.default_rng(3).standard_normal((5, gan.latent_dim), "float32")
    images = keras.models.load_model(path).predict(latents, verbose=0)
    assert images.dtype == np.float32
    np.testing.assert_allclose(images, gan.predict(latents, verbose=0), atol=1e-5)


def check_config_round_trip(gan):
    twin = type(gan).from_config(gan.get_config())
    assert twin.get_config() == gan.get_config()
    for name in ("generator", "discriminator"):
        shapes = [v.shape for v in getattr(twin, name).weights]
        assert shapes == [v.shape for v in getattr(gan, name).weights]


def check_exact_resume(gan, images, tmp_path):
    """N steps, save, load, M steps give what N + M steps give, to the bit."""
    path = tmp_path / "model.keras"
    gan.save(path)
    gan.fit(images, batch_size=4, epochs=1, steps_per_epoch=3, verbose=0)
    loaded = keras.models.load_model(path)
    loaded.fit(images, batch_size=4, epochs=1, steps_per_epoch=3, verbose=0)
    for ours, theirs in zip(state(gan), state(loaded), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def state(gan):
    return [ops.convert_to_numpy(v) for v in [*gan.variables, *gan.optimizer.variables]]
