import json

import numpy as np
import pytest
from PIL import Image

from kerasgan import metrics
from kerasgan.cli import main
from kerasgan.presets.files import read_metadata
from kerasgan.presets.listing import find_preset

pytestmark = pytest.mark.once


@pytest.fixture(autouse=True)
def folders(tmp_path, monkeypatch):
    """A cache of its own, and 40 digits for both splits of mnist."""
    monkeypatch.setenv("KERASGAN_CACHE_DIR", str(tmp_path / "cache"))
    digits = np.random.default_rng(0).integers(0, 256, (40, 28, 28)).astype("uint8")
    labels = np.arange(40) % 10
    sets = {"x_train": digits, "y_train": labels}
    sets |= {"x_test": digits[::-1], "y_test": labels}
    np.savez(tmp_path / "mnist.npz", **sets)
    monkeypatch.setenv("KERASGAN_DATA_DIR", str(tmp_path))


def few(*arguments):
    return ["evaluate", "mnist-28", "--data", "mnist", "--num-images", "20", *arguments]


def shipped_training():
    """What the preset says of how its weights were trained."""
    directory, _ = find_preset(None, "mnist-28")
    return read_metadata(directory)["training"]


@pytest.mark.filterwarnings("ignore:20 images are too few")
def test_scores_are_printed_a_line_each_and_written(tmp_path, capsys):
    out = tmp_path / "new" / "scores.json"
    arguments = ["--metrics", "fd, prdc", "--seed", "3", "--out", str(out)]
    assert main(few(*arguments)) == 0
    lines = capsys.readouterr().out.splitlines()
    scores = metrics.load_scores(out)
    assert lines == [str(score) for score in scores]
    names = ["fd", "precision", "recall", "density", "coverage"]
    assert [score.metric for score in scores] == names
    first = json.loads(out.read_text())[0]
    assert first["preset"] == "dcgan/mnist-28"
    assert first["step"] == shipped_training()["steps"] > 0
    assert (first["data"], first["split"], first["seed"]) == ("mnist", "test", 3)
    assert first["extractor"] == "mnist-classifier"
    assert (first["num_real"], first["num_fake"]) == (20, 20)


@pytest.mark.filterwarnings("ignore:10 images are too few")
def test_a_drawn_set_has_the_classifier_of_its_kind(capsys):
    arguments = ["conditional-gan/glyphs-28", "--data", "glyphs-28"]
    arguments += ["--metrics", "prdc", "--num-images", "10", "--no-cache"]
    assert main(["evaluate", *arguments]) == 0
    assert "mnist-classifier" in capsys.readouterr().out


def test_a_folder_of_pictures_is_a_real_set(tmp_path, capsys):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for i, pixels in enumerate(np.random.default_rng(0).integers(0, 256, (8, 28, 28))):
        Image.fromarray(pixels.astype("uint8")).save(folder / f"{i}.png")
    arguments = ["mnist-28", "--data", str(folder), "--extractor", "mnist-classifier"]
    arguments += ["--metrics", "prdc", "--num-images", "10", "--no-cache"]
    assert main(["evaluate", *arguments]) == 0
    assert "10 images against 8 pictures, preset" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--metrics", "fid"], "There is no metric of that name. Did you mean 'fd'?"),
        (["--metrics", ","], "must name at least one"),
        (["--extractor", "vgg"], "There is no extractor of that name"),
        (["--num-images", "1"], "`--num-images` must be at least 2. Received"),
        (["--seed", "-1"], "`--seed` must be at least 0"),
        (["--split", "all"], "`--split` must be one of ['train', 'test']"),
    ],
)
def test_bad_options_are_one_line(arguments, message, capsys):
    assert main(few(*arguments)) == 1
    assert message in capsys.readouterr().err
