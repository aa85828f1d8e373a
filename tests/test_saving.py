"""Saving and loading whole models."""

import json
import os
import subprocess
import sys
import zipfile

import keras
import numpy as np
import pytest
from limits import largest_file
from small import same_weights, small_gan, small_images, weights_of

from kerasgan.images import make_grid, save_grid
from kerasgan.presets import compile_block
from kerasgan.training.optimizer_config import deserialize


@pytest.fixture(scope="module")
def gan():
    gan = small_gan()
    gan.compile(label_noise=0.05, real_label=0.9)
    gan.fit(small_images(8), batch_size=4, verbose=0)
    return gan


@pytest.mark.once
def test_failed_save_leaves_the_file_that_was_there(gan, tmp_path):
    gan.save(tmp_path / "gan.keras")
    before = (tmp_path / "gan.keras").read_bytes()
    with largest_file(2048), pytest.raises(OSError):
        gan.save(tmp_path / "gan.keras")
    assert (tmp_path / "gan.keras").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["gan.keras"]


@pytest.mark.once
def test_failed_save_weights_leaves_the_file_that_was_there(gan, tmp_path):
    gan.save(tmp_path / "gan.keras")
    gan.save_weights(tmp_path / "gan.weights.h5")
    before = (tmp_path / "gan.weights.h5").read_bytes()
    # HDF5 may take the whole process down when it cannot write: one of its own.
    code = (
        "import keras, kerasgan, limits\n"
        "gan = keras.models.load_model('gan.keras')\n"
        "with limits.largest_file(2048):\n"
        "    gan.save_weights('gan.weights.h5')\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.path.dirname(__file__)}
    failed = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, timeout=300
    )
    assert failed.returncode != 0
    assert (tmp_path / "gan.weights.h5").read_bytes() == before


def test_save_weights_makes_the_folders_it_needs(gan, tmp_path):
    path = tmp_path / "new" / "deep" / "gan.weights.h5"
    gan.save_weights(path)
    gan.load_weights(path)


def test_save_takes_the_place_of_the_old_file(gan, tmp_path):
    path = tmp_path / "gan.keras"
    path.write_bytes(b"old")
    gan.save(path)
    loaded = keras.models.load_model(path)
    assert same_weights(weights_of(loaded), weights_of(gan))


def test_load_model_restores_the_training_recipe(gan, tmp_path):
    gan.save(tmp_path / "gan.keras")
    loaded = keras.models.load_model(tmp_path / "gan.keras")
    assert loaded.compiled
    assert compile_block(loaded) == compile_block(gan)
    assert loaded.recipe.real_label == 0.9
    for ours, theirs in zip(gan.optimizer.variables, loaded.optimizer.variables):
        np.testing.assert_array_equal(
            keras.ops.convert_to_numpy(theirs), keras.ops.convert_to_numpy(ours)
        )


def test_load_model_of_an_uncompiled_model_stays_uncompiled(tmp_path):
    gan = small_gan()
    gan.save(tmp_path / "gan.keras")
    assert not keras.models.load_model(tmp_path / "gan.keras").compiled


def test_grid_lays_images_out_in_rows():
    images = np.arange(3, dtype="uint8").reshape(3, 1, 1, 1)
    expected = [
        [255, 255, 255, 255, 255],
        [255, 0, 255, 1, 255],
        [255, 255, 255, 255, 255],
        [255, 2, 255, 255, 255],
        [255, 255, 255, 255, 255],
    ]
    grid = make_grid(images, columns=2, padding=1)
    np.testing.assert_array_equal(grid[..., 0], expected)


def test_grid_refuses_floats(tmp_path):
    with pytest.raises(ValueError, match="uint8 array.*Received: .*float"):
        save_grid(np.zeros((2, 4, 4, 3)), tmp_path / "grid.png")
    assert not (tmp_path / "grid.png").exists()


@pytest.mark.parametrize("name", ["grid", "grid.pngg", "grid.eps.", "grid.fli"])
def test_grid_refuses_a_name_that_says_no_format(tmp_path, name):
    images = np.zeros((2, 4, 4, 3), "uint8")
    with pytest.raises(ValueError, match=f"such as .png.*Received: .*{name}"):
        save_grid(images, tmp_path / name)
    assert not list(tmp_path.iterdir())


# Between backends ------------------------------------------------------------


def test_saved_optimizers_are_named_by_their_public_classes(tmp_path):
    gan = small_gan()
    adam = keras.optimizers.Adam(1e-3)
    gan.compile(keras.optimizers.LossScaleOptimizer(adam), keras.optimizers.SGD(0.1))
    gan.save(tmp_path / "model.keras")
    with zipfile.ZipFile(tmp_path / "model.keras") as archive:
        config = json.loads(archive.read("config.json"))["compile_config"]
    assert '"Adam"' in json.dumps(config) and '"SGD"' in json.dumps(config)
    # What no other backend has: on PyTorch, Keras's own config would name it.
    assert "keras.src" not in json.dumps(config)


@pytest.mark.parametrize("name", ["Adam", "RMSprop"])
def test_an_optimizer_that_was_saved_on_torch_is_read(name):
    private = f"keras.src.backend.torch.optimizers.torch_{name.lower()}"
    config = {
        "module": private,
        "class_name": name,
        "config": {"learning_rate": 0.125},
        "registered_name": name,
    }
    whole = {"class_name": "LossScaleOptimizer", "module": "keras.optimizers"}
    wrapped = deserialize(
        {**whole, "config": {"inner_optimizer": config}, "registered_name": None}
    )
    for optimizer in (deserialize(config), wrapped.inner_optimizer):
        assert isinstance(optimizer, getattr(keras.optimizers, name))
        assert type(optimizer) is type(getattr(keras.optimizers, name)())
        assert float(optimizer.learning_rate) == 0.125
