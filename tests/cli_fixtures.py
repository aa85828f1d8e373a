"""A plugin: small trainings by the command line, in this process."""

import numpy as np
import pytest
from cli_runs import BATCH, IMAGES, STEPS
from PIL import Image
from small import small_discriminator, small_generator

import kerasgan
from kerasgan.cli import main


@pytest.fixture(scope="session")
def photos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("photos")
    rng = np.random.default_rng(0)
    for i in range(IMAGES):
        pixels = rng.integers(0, 256, (8, 8), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{i:02}.png")
    return folder


@pytest.fixture(scope="session")
def run_preset(tmp_path_factory):
    gan = kerasgan.DCGAN(small_generator(), small_discriminator(), seed=0)
    return gan.save_to_preset(tmp_path_factory.mktemp("presets") / "small")


@pytest.fixture(scope="session")
def other_run_preset(tmp_path_factory):
    gan = kerasgan.DCGAN(small_generator(), small_discriminator(dropout=0.5), seed=0)
    return gan.save_to_preset(tmp_path_factory.mktemp("presets") / "other")


@pytest.fixture(scope="session")
def train(run_preset, photos):
    def command(out, *more, preset=run_preset, data=photos):
        arguments = ["train", preset, "--data", data, "--out", out, *more]
        return main([str(a) for a in arguments])

    return command


@pytest.fixture(scope="session")
def finished(train, tmp_path_factory):
    """The folder of a run that was never interrupted; tests only read it."""
    out = tmp_path_factory.mktemp("runs") / "finished"
    assert train(out, "--batch-size", BATCH, "--steps", STEPS) == 0
    return out
