"""The trained weights that come with the package."""

import pathlib

import numpy as np
import pytest
from PIL import Image
from running import run_once

import kerasgan
from kerasgan.images import make_grid
from kerasgan.presets.files import read_metadata
from kerasgan.presets.listing import find_preset

RESULTS = pathlib.Path(__file__).parents[1] / "docs" / "results"


@pytest.fixture(scope="module")
def gan():
    return kerasgan.DCGAN.from_preset("mnist-28", load_weights=True)


def shipped():
    """The presets that come with trained weights."""
    names = kerasgan.list_presets()
    return [n for n in names if read_metadata(find_preset(None, n)[0])["weights"]]


def test_some_presets_come_with_weights():
    assert "dcgan/mnist-28" in shipped()


@pytest.mark.parametrize("name", run_once(shipped()))
def test_preset_gives_the_recorded_images(name):
    folder = name.removeprefix("dcgan/").replace("/", "-")
    recorded = np.asarray(Image.open(RESULTS / folder / "shipped.png"))
    gan = kerasgan.from_preset(name, load_weights=True)
    classes = gan.num_classes
    # As weights/ship.py draws them: with classes, a row of each.
    labels = None if classes is None else np.repeat(np.arange(classes), 8)
    images = gan.generate(64 if labels is None else len(labels), labels, seed=0)
    grid = np.squeeze(make_grid(images, columns=8))
    # One level of rounding on either side, on every backend.
    assert np.abs(grid.astype(int) - recorded).max() <= 2


def test_mnist_28_looks_like_ink_on_paper(gan):
    images = gan.generate(256, seed=1) / 255.0
    # Of MNIST's training images: mean 0.131, borders black.
    assert 0.08 < images.mean() < 0.19
    assert images[:, :2].mean() < 0.02
    assert images[:, 10:18, 10:18].mean() > 0.2


def test_mnist_28_discriminator_comes_along(gan):
    real, _ = kerasgan.datasets.glyphs(64)
    noise = np.random.default_rng(0).integers(0, 256, (64, 28, 28, 1)).astype("uint8")
    drawn = gan.evaluate(real, verbose=0, return_dict=True)["d_real_accuracy"]
    random = gan.evaluate(noise, verbose=0, return_dict=True)["d_real_accuracy"]
    assert drawn > random


def test_mnist_28_weights_are_small_and_say_how_they_were_trained():
    folder = pathlib.Path(kerasgan.presets.__file__).parent / "dcgan" / "mnist-28"
    assert (folder / "model.safetensors").stat().st_size <= 12 * 2**20
    training = kerasgan.presets.files.read_metadata(folder)["training"]
    assert training["data"] == "mnist"
    assert training["epochs"] >= 10
    assert {"command", "backend", "machine", "date", "seconds"} <= set(training)
