"""Presets written and read again."""

import json
import os
import pathlib
import subprocess
import sys

import keras
import numpy as np
import pytest
from presets_tiny import (
    LATENTS,
    assert_same_weights,
    numbered_generator,
    tiny_gan,
)

from kerasgan import DCGAN
from kerasgan.presets import (
    PresetError,
)
from kerasgan.registry import network_spec

pytestmark = pytest.mark.once


@pytest.mark.everywhere
def test_round_trip_keeps_weights_and_config(preset):
    original, loaded = tiny_gan(), DCGAN.from_preset(preset)
    assert type(loaded) is DCGAN and not loaded.compiled
    assert_same_weights(loaded.generator, original.generator)
    assert_same_weights(loaded.discriminator, original.discriminator)
    assert network_spec(loaded.generator) == network_spec(original.generator)
    assert loaded.preset == json.loads((preset / "config.json").read_text())


def test_round_trip_twice_writes_the_same_bytes(preset, tmp_path):
    DCGAN.from_preset(preset).save_to_preset(tmp_path / "again")
    for name in ("config.json", "model.safetensors"):
        assert (tmp_path / "again" / name).read_bytes() == (preset / name).read_bytes()


@pytest.mark.everywhere
def test_round_trip_keeps_the_moving_average(tmp_path):
    gan = tiny_gan(ema_decay=0.9)
    loaded = DCGAN.from_preset(gan.save_to_preset(tmp_path / "ema"))
    assert loaded.ema_decay == 0.9
    assert_same_weights(loaded.ema_generator, gan.ema_generator)
    assert_same_weights(loaded.generator, gan.generator)
    np.testing.assert_array_equal(loaded.generate(2, seed=0), gan.generate(2, seed=0))


def test_round_trip_keeps_compile_arguments(tmp_path):
    gan = tiny_gan()
    gan.compile(
        keras.optimizers.RMSprop(3e-4, rho=0.8, clipvalue=1.0),
        keras.optimizers.Adam(1e-4, beta_1=0.4),
        real_label=0.8,
        discriminator_steps=2,
        reuse_fake_images=True,
    )
    loaded = DCGAN.from_preset(gan.save_to_preset(tmp_path / "compiled"))
    block = loaded.preset["compile"]
    assert block["generator_optimizer"]["name"] == "rmsprop"
    assert block["real_label"] == 0.8 and block["discriminator_steps"] == 2
    assert block["reuse_fake_images"] is True
    loaded.compile(**block)
    optimizer = loaded.optimizer.generator_optimizer
    assert isinstance(optimizer, keras.optimizers.RMSprop)
    assert optimizer.rho == 0.8
    assert optimizer.clipvalue == 1.0
    assert loaded.optimizer.discriminator_optimizer.beta_1 == 0.4
    np.testing.assert_allclose(float(optimizer.learning_rate), 3e-4)


@pytest.mark.parametrize(
    "optimizer, words",
    [
        (lambda: keras.optimizers.Lion(), "one of adam.*Received: 'Lion'"),
        (lambda: keras.optimizers.Adam(use_ema=True), "use_ema=True"),
        (
            lambda: keras.optimizers.Adam(
                keras.optimizers.schedules.InverseTimeDecay(1e-3, 10, 0.5)
            ),
            "a schedule that is one of polynomial_decay, cosine_decay",
        ),
        (lambda: keras.optimizers.Adam(20.0), "learning_rate: must be a number"),
    ],
)
def test_save_refuses_an_optimizer_outside_the_table(tmp_path, optimizer, words):
    gan = tiny_gan()
    gan.compile(optimizer(), keras.optimizers.Adam())
    with pytest.raises(PresetError, match=words):
        gan.save_to_preset(tmp_path / "tiny")


def test_round_trip_keeps_augmentation(tmp_path):
    path = tiny_gan().save_to_preset(tmp_path / "plain")
    wanted = {"horizontal_flip": True, "crop_padding": 1}
    gan = DCGAN.from_preset(path, augmentation=wanted)
    loaded = DCGAN.from_preset(gan.save_to_preset(tmp_path / "augmented"))
    assert loaded.preset["augmentation"] == {**wanted, "rotation": 0.0}
    assert loaded.augmentation is not None


def outputs(gan):
    images = gan.generator(LATENTS)
    scores = gan.discriminator(images)
    return [keras.ops.convert_to_numpy(x) for x in (images, scores)]


# One other than this in `make test`.
_NEXT = {"tensorflow": "torch", "torch": "jax", "jax": "tensorflow"}
BACKENDS = [
    pytest.param(
        name,
        marks=[] if name == _NEXT[keras.backend.backend()] else pytest.mark.long,
    )
    for name in _NEXT
]

_LOAD = """
import sys
sys.path.insert(0, sys.argv[1])
import numpy as np, kerasgan, test_presets
gans = [kerasgan.DCGAN.from_preset(path) for path in sys.argv[3:]]
np.savez(sys.argv[2], *[x for gan in gans for x in test_presets.outputs(gan)])
"""


@pytest.mark.parametrize("backend", BACKENDS)
def test_round_trip_to_another_process_and_backend(backend, tmp_path):
    pytest.importorskip(backend)
    gans = [tiny_gan(), tiny_gan(numbered_generator())]
    paths = [gan.save_to_preset(tmp_path / str(i)) for i, gan in enumerate(gans)]
    folder = pathlib.Path(__file__).parent
    environment = {**os.environ, "KERAS_BACKEND": backend}
    environment["PYTHONPATH"] = str(folder.parent)
    out = tmp_path / "out.npz"
    command = [sys.executable, "-c", _LOAD, str(folder), str(out), *map(str, paths)]
    subprocess.run(command, env=environment, check=True)
    here = [output for gan in gans for output in outputs(gan)]
    with np.load(out) as got:
        for value, expected in zip(got.values(), here, strict=True):
            np.testing.assert_allclose(value, expected, rtol=2e-4, atol=2e-5)
