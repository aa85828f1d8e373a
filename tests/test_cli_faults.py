"""The command line when something is missing, in use, or told to end."""

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import threading
import time

import pytest
from cli_runs import BATCH, STEPS, contents, newest, one_line_error, summary

import kerasgan
from kerasgan.cli import main
from kerasgan.cli.folder import FolderLock
from kerasgan.networks import conditional_discriminator, conditional_generator

pytestmark = pytest.mark.once

pytest_plugins = ["cli_fixtures"]

ROOT = pathlib.Path(__file__).parents[1]


@pytest.fixture
def run(finished, tmp_path):
    """A copy of the finished run."""
    return shutil.copytree(finished, tmp_path / "run")


# Start-up --------------------------------------------------------------------


def command(*arguments, missing=()):
    """Runs the command in a new process in which some packages are not installed."""
    code = f"""
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {missing}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Missing())
sys.argv = ["/usr/local/bin/kerasgan", *{list(arguments)}]
from kerasgan_command import main
sys.exit(main())
"""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    if missing:
        environment.pop("KERAS_BACKEND")
        environment["KERAS_HOME"] = "/nonexistent"
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True
    )


@pytest.mark.long
@pytest.mark.everywhere
def test_a_framework_complains_of_nothing_after_a_run(tmp_path):
    length = ("--steps", "2", "--batch-size", "4")
    glyphs = ("conditional-gan/glyphs-28", "--data", "glyphs-28")
    done = command("train", *glyphs, *length, "--out", str(tmp_path / "run"))
    assert done.returncode == 0, done.stderr
    # TensorFlow does of an iterator that outlives Python.
    assert "Python interpreter state" not in done.stderr


def test_help_names_the_commands():
    done = command("--help")
    assert done.returncode == 0, done.stderr
    for name in ("presets", "train", "generate", "export", "evaluate", "report"):
        assert name in done.stdout


@pytest.mark.parametrize("argument", ["presets", "--help"])
def test_command_without_a_framework_says_what_to_install(argument):
    # Keras takes TensorFlow where nothing else is said.
    done = command(argument, missing=("tensorflow", "torch", "jax"))
    assert done.returncode == 1 and "Traceback" not in done.stderr
    (line,) = [li for li in done.stderr.splitlines() if li.startswith("kerasgan: ")]
    assert "Keras chose 'tensorflow'" in line and "kerasgan[jax]" in line


def test_module_is_the_command():
    done = subprocess.run(
        [sys.executable, "-m", "kerasgan.cli", "generate", "mnist-29"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1 and "Did you mean 'mnist-28'" in done.stderr


# Signals ---------------------------------------------------------------------


@pytest.mark.everywhere
@pytest.mark.parametrize(("name", "status"), [("SIGTERM", 143), ("SIGHUP", 129)])
def test_signal_stops_after_a_step_and_saves(train, tmp_path, capsys, name, status):
    out = tmp_path / "run"

    def send():
        while not (out / "history.csv").exists():
            time.sleep(0.01)
        os.kill(os.getpid(), getattr(signal, name))

    before = signal.signal(getattr(signal, name), signal.SIG_DFL)
    try:
        sender = threading.Thread(target=send)
        sender.start()
        epochs = ("--epochs", 100_000, "--grid-every", 1000)
        assert train(out, "--batch-size", BATCH, *epochs) == status
        sender.join()
    finally:
        signal.signal(getattr(signal, name), before)
    assert f"Stopped ({name})" in capsys.readouterr().out
    taken = summary(out)["steps"]
    assert newest(out).parent.name == f"step-{taken:09d}"
    assert main(["generate", str(out), "--out", str(tmp_path / "grid.png")]) == 0


# Two at once -----------------------------------------------------------------


def test_second_training_in_a_folder_is_refused(run, train, capsys):
    before = contents(run)
    with FolderLock(run):
        assert train(run, "--resume", "--steps", STEPS + 1) == 1
        assert "no other training writes to" in one_line_error(capsys)
    assert contents(run) == before
    assert train(run, "--resume", "--steps", STEPS + 1) == 0


# Words -----------------------------------------------------------------------


def labelled_gan(folder):
    shape = {"image_shape": (8, 8, 1), "num_classes": 3}
    gan = kerasgan.ConditionalGAN(
        conditional_generator(filters=(6, 4), strides=(2,), **shape),
        conditional_discriminator(
            filters=(4, 6), kernel_sizes=(3, 3), strides=(2, 2), **shape
        ),
        num_classes=3,
    )
    gan = kerasgan.from_preset(gan.save_to_preset(folder / "preset"))
    gan.compile_from_preset()
    return gan


def test_labels_choose_classes(tmp_path, capsys):
    gan = labelled_gan(tmp_path)
    run = tmp_path / "run"
    gan.save(tmp_path / "model.keras")
    run.mkdir()
    (run / "summary.json").write_text("{}")
    shutil.copy(tmp_path / "model.keras", run / "checkpoint.keras")
    for labels, name in ((None, "all.png"), ("1", "one.png"), ("0,1,2", "turn.png")):
        more = ["--labels", labels] if labels else []
        words = ["generate", str(run), "-n", "6", "--seed", "1", *more]
        assert main([*words, "--out", str(tmp_path / name)]) == 0
    # All classes in turn is what the model does by itself.
    assert (tmp_path / "all.png").read_bytes() == (tmp_path / "turn.png").read_bytes()
    assert (tmp_path / "all.png").read_bytes() != (tmp_path / "one.png").read_bytes()
    for labels in ("99", "-1", "a", "1,,2", "0.5"):
        assert main(["generate", str(run), f"--labels={labels}"]) == 1
        assert "`--labels` must be whole numbers from 0" in one_line_error(capsys)


def test_labels_of_a_model_without_classes_are_refused(tmp_path, capsys):
    assert main(["generate", "mnist-28", "--labels", "3"]) == 1
    assert "--labels goes with a model that has classes" in one_line_error(capsys)


def test_export_speaks_the_command_lines_words(tmp_path, capsys):
    path = tmp_path / "generator.keras"
    path.write_text("here")
    assert main(["export", "mnist-28", "--out", str(path)]) == 1
    error = one_line_error(capsys)
    assert "--overwrite" in error and "overwrite=True" not in error
    assert path.read_text() == "here"
