"""What an export holds, and what it leaves alone."""

import json
import random
import zipfile

import keras
import numpy as np
import pytest
from export_models import latents_spec, own_gan, shake
from keras import layers, ops
from presets_small import narrow
from small import small_gan, small_images, weights_of

from kerasgan.export.stock import exported_network
from kerasgan.images import to_uint8
from kerasgan.training.state import random_state


def images_of(network, latents, training=False):
    return np.array(ops.convert_to_numpy(network(latents, training=training)))


def seeds_of(gan):
    return [np.array(ops.convert_to_numpy(v)) for v in random_state(gan)]


def test_export_holds_the_moving_average_in_stock_layers(gans, tmp_path):
    gan = gans["own"]
    path = gan.export(tmp_path / "g.keras", verify=False, verbose=False).path
    with zipfile.ZipFile(path) as archive:
        config = archive.read("config.json").decode()
        assert json.loads(archive.read("kerasgan.json"))["library"] == "kerasgan"
    assert "kerasgan" not in config
    loaded = keras.models.load_model(path)
    latents = np.random.default_rng(0).standard_normal((5, 32), "float32")
    images = [images_of(m, latents) for m in (gan.ema_generator, loaded)]
    np.testing.assert_allclose(*images, atol=1e-6)
    other = images_of(gan.generator, latents)
    assert np.abs(images[0] - other).max() > 0.1
    # In training mode batch norm would take the batch's statistics.
    np.testing.assert_array_equal(images[1], images_of(loaded, latents, training=True))


def test_export_leaves_the_live_model_as_it_was(tmp_path):
    exported, twin = small_gan(ema_decay=0.5), small_gan(ema_decay=0.5)
    for gan in (exported, twin):
        gan.compile(label_noise=0.05)
        gan.fit(small_images(8), batch_size=4, verbose=0)
    before = [*weights_of(exported), *seeds_of(exported)]
    drawn = random.getstate()
    exported.export(tmp_path / "g.keras", output="uint8", verify=False, verbose=False)
    assert random.getstate() == drawn
    after = [*weights_of(exported), *seeds_of(exported)]
    for was, now in zip(before, after, strict=True):
        np.testing.assert_array_equal(was, now)
    for gan in (exported, twin):
        gan.fit(small_images(8), batch_size=4, verbose=0)
    for ours, theirs in zip(weights_of(exported), weights_of(twin), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_mixed_precision_is_exported_in_float32():
    mixed = narrow("dcgan/cifar10-32", dtype="mixed_bfloat16", seed=1).generator
    plain = narrow("dcgan/cifar10-32", dtype="float32", seed=1).generator
    shake(mixed, 0)
    shake(plain, 0)
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        network = exported_network(mixed, latents_spec(100))
    finally:
        keras.config.set_dtype_policy("float32")
    (_, inner) = network.layers
    assert {layer.compute_dtype for layer in inner.layers} == {"float32"}
    latents = np.random.default_rng(0).standard_normal((3, 100), "float32")
    images = [images_of(m, latents) for m in (network, plain)]
    np.testing.assert_allclose(*images, atol=1e-5)


@pytest.mark.once
def test_mixed_precision_inside_a_wrapper_is_exported_in_float32():
    inner = layers.Dense(8 * 8, dtype="mixed_bfloat16")
    generator = keras.Sequential(
        [
            keras.Input((4,)),
            layers.Reshape((1, 4)),
            layers.TimeDistributed(inner, dtype="mixed_bfloat16"),
            layers.Reshape((8, 8, 1)),
        ]
    )
    network = exported_network(generator, latents_spec(4))
    latents = np.random.default_rng(0).standard_normal((3, 4), "float32")
    kernel, bias = (np.array(v) for v in weights_of(inner))
    expected = (latents @ kernel + bias).reshape(3, 8, 8, 1)
    np.testing.assert_allclose(images_of(network, latents), expected, atol=1e-5)


def test_pixels_are_rounded_as_generate_rounds():
    gan = own_gan(ema_decay=None)
    network = exported_network(gan.generator, latents_spec(32), output="uint8")
    latents = np.random.default_rng(0).standard_normal((64, 32), "float32")
    pixels = images_of(network, latents)
    assert pixels.dtype == np.uint8
    floats = images_of(gan.generator, latents)
    np.testing.assert_array_equal(pixels, to_uint8(floats))


def test_pixels_outside_the_range_are_clipped():
    generator = keras.Sequential(
        [keras.Input((4,)), layers.Reshape((2, 2, 1)), layers.Rescaling(100.0)]
    )
    network = exported_network(generator, latents_spec(4), output="uint8")
    latents = np.array([[-1.0, -0.001, 0.001, 1.0]], "float32")
    pixels = images_of(network, latents).ravel()
    # -0.1 and 0.1 are 114.75 and 140.25.
    np.testing.assert_array_equal(pixels, [0, 115, 140, 255])
