"""What people try in their first hours, often from a book or a tutorial."""

import os
import pathlib
import subprocess
import sys

import keras
import numpy as np
import pytest
from cli_runs import BATCH, one_line_error
from export_models import only_on
from keras import layers
from refusals import refused
from small import (
    plain_discriminator,
    plain_generator,
    same_weights,
    small_gan,
    small_images,
    weights_of,
)

import kerasgan
from kerasgan.cli import main
from kerasgan.cli.remaining import Remaining, in_words

pytest_plugins = ["cli_fixtures"]

ROOT = pathlib.Path(__file__).parents[1]
IMAGES = small_images(8)
FLOATS = small_images(8, dtype="float32")


@pytest.fixture
def gan():
    gan = small_gan(plain=True)
    gan.compile()
    return gan


# Scales ----------------------------------------------------------------------


def test_floats_from_0_to_1_are_named(gan):
    words = ("[-1, 1]", "looks like [0, 1]", "x * 2 - 1", "uint8")
    refused(gan, *words, x=(FLOATS + 1) / 2, batch_size=4)
    refused(gan, *words, method="evaluate", x=(FLOATS + 1) / 2)
    words = ("looks like [0, 1]", "validation_data * 2 - 1")
    refused(gan, *words, x=IMAGES, batch_size=4, validation_data=(FLOATS + 1) / 2)


def test_grey_or_bright_images_can_be_given_all_the_same(gan):
    gan.fit(np.zeros((8, 8, 8, 1), "float32"), batch_size=4, verbose=0)
    gan.fit(np.maximum(IMAGES, 128), batch_size=4, verbose=0)
    assert int(gan.step_counter) == 4


@pytest.mark.parametrize(
    "last",
    [
        layers.Dense(64, activation="sigmoid", name="last"),
        layers.Dense(64, activation="relu", name="last"),
        layers.ReLU(name="last"),
        layers.Activation("sigmoid", name="last"),
    ],
    ids=["sigmoid", "relu", "ReLU layer", "sigmoid by itself"],
)
def test_generator_that_ends_above_0_is_named(last):
    hidden = [keras.Input((4,)), layers.Dense(64), last, layers.Reshape((8, 8, 1))]
    with pytest.raises(ValueError, match=r"'last' with (sigmoid|relu).*tanh"):
        kerasgan.DCGAN(keras.Sequential(hidden), plain_discriminator())


def test_generator_may_rescale_a_sigmoid():
    ends = [layers.Dense(64, activation="sigmoid"), layers.Rescaling(2.0, -1.0)]
    generator = keras.Sequential([keras.Input((4,)), *ends, layers.Reshape((8, 8, 1))])
    assert kerasgan.DCGAN(generator, plain_discriminator()).latent_dim == 4


# Datasets --------------------------------------------------------------------


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """Two folders of two pictures, as classes."""
    folder = tmp_path_factory.mktemp("pictures")
    for label in ("a", "b"):
        (folder / label).mkdir()
        for i in range(2):
            keras.utils.save_img(folder / label / f"{i}.png", small_images(3)[i])
    return folder


@pytest.mark.once
@pytest.mark.parametrize("label_mode", ["int", None])
@pytest.mark.parametrize("format", ["tf", "grain"])
def test_the_line_that_mends_a_directory_of_keras_mends_it(
    gan, pictures, format, label_mode
):
    pytest.importorskip({"tf": "tensorflow"}.get(format, format))
    dataset = keras.utils.image_dataset_from_directory(
        pictures,
        image_size=(8, 8),
        color_mode="grayscale",
        batch_size=2,
        label_mode=label_mode,
        format=format,
        verbose=False,
    )
    with pytest.raises(ValueError, match=r"\[-1, 1\]") as error:
        gan.fit(dataset, verbose=0)
    line = str(error.value).split("A dataset so: ")[1].rstrip(".")
    gan.fit(eval(line, {"dataset": dataset}), verbose=0)
    assert int(gan.step_counter) == 2


def test_data_loader_over_a_bare_tensor_trains(gan):
    torch = pytest.importorskip("torch")
    tensor = torch.as_tensor(FLOATS)
    loader = torch.utils.data.DataLoader(tensor, batch_size=4)
    before = weights_of(gan.generator)
    gan.fit(loader, validation_data=loader, epochs=2, verbose=0)
    assert int(gan.step_counter) == 4
    assert not same_weights(weights_of(gan.generator), before)
    assert np.isfinite(gan.evaluate(loader, verbose=0)).all()
    # The person's own loader is as it was.
    assert next(iter(loader)).shape == (4, 8, 8, 1)


# Networks that are frozen ----------------------------------------------------


@pytest.mark.parametrize("role", ["generator", "discriminator"])
def test_frozen_network_is_named(gan, role):
    getattr(gan, role).trainable = False
    words = (f"`{role}`", "Nothing needs to be frozen", f"gan.{role}.trainable = True")
    refused(gan, *words, x=IMAGES, batch_size=4)


def test_books_order_of_freezing_is_named_too():
    discriminator = plain_discriminator()
    discriminator.trainable = False
    gan = kerasgan.DCGAN(plain_generator(), discriminator, seed=1)
    refused(gan, "`discriminator`", "compile again", x=IMAGES, batch_size=4)
    discriminator.trainable = True
    refused(gan, "Call `compile` again", x=IMAGES, batch_size=4)
    gan.compile()
    gan.fit(IMAGES, batch_size=4, verbose=0)
    assert int(gan.step_counter) == 2


def test_part_of_a_network_may_be_frozen():
    first = layers.Dense(3)
    discriminator = plain_discriminator((8, 8, 1), first, layers.Dense(1))
    gan = kerasgan.DCGAN(plain_generator(), discriminator, seed=1)
    first.trainable = False
    gan.compile()
    before = weights_of(first), weights_of(discriminator)
    gan.fit(IMAGES, batch_size=4, verbose=0)
    assert same_weights(weights_of(first), before[0])
    assert not same_weights(weights_of(discriminator), before[1])


# Words of other libraries ----------------------------------------------------


@pytest.mark.once
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            {"loss": "binary_crossentropy", "optimizer": "adam"},
            ["Instead of optimizer='adam'", "discriminator_optimizer=..."],
        ),
        (
            {"d_optimizer": "adam", "g_optimizer": "adam", "loss_fn": None},
            [
                "Rename d_optimizer to discriminator_optimizer.",
                "Rename g_optimizer to generator_optimizer.",
                "Rename loss_fn to loss.",
            ],
        ),
        ({"metrics": ["accuracy"]}, ["Remove metrics", "QualityMetrics"]),
        ({"label_smoothing": 0.1}, ["real_label=0.9"]),
        ({"label_nose": 0.1}, ["Did you mean label_noise?"]),
        ({"xyz": 1}, ["Remove xyz."]),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, dict) else None,
)
def test_compile_says_what_each_argument_is_here(gan, arguments, words):
    refused(gan, *words, error=TypeError, method="compile", **arguments)


def test_compile_of_a_method_with_its_own_loss_says_so():
    gan = kerasgan.LSGAN(plain_generator(), plain_discriminator())
    with pytest.raises(TypeError, match="Remove loss: the loss is the method's own"):
        gan.compile(loss="binary_crossentropy")


# The command -----------------------------------------------------------------


@only_on("torch")
def test_only_framework_there_is_taken():
    """As where TensorFlow, which Keras takes by itself, is not installed."""
    code = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("tensorflow", "torch"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Missing())
sys.argv = ["kerasgan", "--version"]
from kerasgan_command import main
sys.exit(main())
"""
    environment = {k: v for k, v in os.environ.items() if k != "KERAS_BACKEND"}
    environment |= {"PYTHONPATH": str(ROOT), "KERAS_HOME": "/nonexistent"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "on jax)" in done.stdout
    assert "kerasgan: warning: KERAS_BACKEND is not set and tensorflow" in done.stderr
    assert "taking jax" in done.stderr


@only_on("torch")
def test_train_names_a_set_of_another_size(train, tmp_path, capsys):
    assert train(tmp_path / "run", data="shapes-32") == 1
    error = one_line_error(capsys)
    assert "8x8 grey" in error and "shapes-32, whose are 32x32 colour" in error
    assert "x, (8, 8)" not in error and not (tmp_path / "run").exists()


@only_on("torch")
def test_train_speaks_the_command_lines_words_of_data(tmp_path, capsys):
    (tmp_path / "one").mkdir()
    keras.utils.save_img(tmp_path / "one" / "0.png", IMAGES[0])
    for preset, data, words in (
        ("mnist-28", "nothing", ["`--data` must be one of", "such as ./photos"]),
        ("mnist-28", tmp_path / "none", ["does not exist", "--data '"]),
        ("conditional-gan/mnist-28", tmp_path / "one", ["For a model with classes"]),
    ):
        command = ["train", preset, "--data", str(data), "--out", str(tmp_path / "run")]
        assert main(command) == 1
        error = one_line_error(capsys)
        assert all(word in error for word in words), error
        for word in ("name=", "path=", "labels=", "image_folder"):
            assert word not in error
    assert not (tmp_path / "run").exists()


@only_on("torch")
def test_train_names_the_dtypes_there_are(train, tmp_path, capsys):
    assert train(tmp_path / "run", "--dtype", "half") == 1
    error = one_line_error(capsys)
    assert error.startswith("kerasgan: `--dtype` must be one of 'float32'")
    assert not (tmp_path / "run").exists()


@only_on("torch")
def test_export_says_which_formats_there_are(tmp_path, capsys):
    assert main(["export", "mnist-28", "--out", str(tmp_path / "x.foo")]) == 1
    error = one_line_error(capsys)
    assert "Pass --format, one of" in error and "Received: --out '" in error


@only_on("torch")
def test_train_says_that_pictures_are_few(train, tmp_path, capsys):
    assert train(tmp_path / "run", "--batch-size", BATCH, "--steps", 1) == 0
    assert "24 images are few for a GAN" in capsys.readouterr().out


@only_on("torch")
def test_missing_preset_and_weights_are_told_in_the_commands_words(capsys):
    assert main(["generate", "cifar10-32-rmsprop"]) == 1
    error = one_line_error(capsys)
    assert "kerasgan train cifar10-32-rmsprop" in error and "load_weights" not in error


class Steps:
    """What `Remaining` reads of a model."""

    step_counter = 0


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1.0, "about 28 hours"), (0.05, None), (0.5, "about 14 hours")],
)
def test_pace_tells_once_how_long_it_takes(capsys, seconds, words):
    now = [0.0]
    pace = Remaining(100_000, clock=lambda: now[0])
    pace.set_model(Steps())
    pace.on_epoch_begin(0)
    now[0] = 60.0  # The first step, which compiles, does not count.
    for batch in range(200):
        pace.on_train_batch_end(batch)
        now[0] += seconds
    printed = capsys.readouterr().out
    assert printed.count("At this pace") == (words is not None)
    assert words is None or words in printed


def test_what_is_left_is_told_at_the_pace_of_the_newest_steps(capsys):
    now = [0.0]
    pace = Remaining(150, clock=lambda: now[0])
    pace.set_model(Steps())
    for seconds in (2.0, 1.0):
        pace.on_epoch_begin(0)
        for batch in range(50):
            now[0] += seconds
            pace.on_train_batch_end(batch)
        pace.model.step_counter += 50
        pace.on_epoch_end(0)
    first, second = capsys.readouterr().out.splitlines()
    assert first == "50 of 150 steps are done: about 3 minutes left."
    assert second == "100 of 150 steps are done: about 50 s left."


def test_minutes_in_words():
    said = [in_words(60 * minutes) for minutes in (0.5, 25, 119, 120, 300, 5000)]
    expected = ["30 s", "25 minutes", "119 minutes", "2 hours", "5 hours", "3 days"]
    assert said == expected
