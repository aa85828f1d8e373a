"""The command line when something is missing, damaged, in use, or told to end."""

import csv
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import threading
import time
import zipfile

import keras
import pytest
from cli_runs import BATCH, STEPS, contents, one_line_error, summary

import kerasgan
from kerasgan.callbacks.checkpoint_files import newest_checkpoint
from kerasgan.cli import main
from kerasgan.cli.folder import FolderLock
from kerasgan.cli.rows import read_rows
from kerasgan.cli.trained import load_gan
from kerasgan.networks import conditional_discriminator, conditional_generator

pytest_plugins = ["cli_fixtures"]

ROOT = pathlib.Path(__file__).parents[1]
HEADER = "epoch,steps,seconds,d_loss,g_loss"


@pytest.fixture
def run(finished, tmp_path):
    """A copy of the finished run."""
    return shutil.copytree(finished, tmp_path / "run")


def newest(run):
    return newest_checkpoint(run / "checkpoints")[0] / "model.keras"


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


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


def test_help_names_the_commands():
    done = command("--help")
    assert done.returncode == 0, done.stderr
    for name in ("presets", "train", "generate", "export", "evaluate", "report"):
        assert name in done.stdout


@pytest.mark.parametrize("argument", ["presets", "--help"])
def test_command_without_a_framework_says_what_to_install(argument):
    # Keras takes TensorFlow where nothing else is said.
    done = command(argument, missing=("tensorflow", "torch"))
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


# Damage ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Expecting value"),
        ('{"preset": "small", "da', "Unterminated"),
        ("[1, 2]", "holds no object"),
        ('{"preset": "small"}', "'data' is missing"),
        ("\udc80\udc80 {}", "decode"),
        ("[" * 100_000, "summary.json is damaged"),
    ],
    ids=range(6),
)
def test_damaged_summary_names_the_file_and_the_mend(run, train, capsys, text, words):
    (run / "summary.json").write_bytes(text.encode(errors="surrogateescape"))
    before = contents(run)
    assert train(run, "--resume") == 1
    error = one_line_error(capsys)
    assert str(run / "summary.json") in error and words in error
    assert "Put back a good copy" in error
    assert contents(run) == before


@pytest.mark.parametrize("value", ['"7"', "true", "null", "7.5"])
def test_summary_with_a_value_of_another_type_is_refused(run, train, capsys, value):
    text = (run / "summary.json").read_text()
    (run / "summary.json").write_text(text.replace('"steps": 7,', f'"steps": {value},'))
    assert train(run, "--resume") == 1
    assert "'steps' must be of type int" in one_line_error(capsys)


@pytest.mark.parametrize("name", ["batch_size", "seed", "target_steps", "data"])
def test_summary_whose_values_were_changed_is_refused(run, train, capsys, name):
    values = summary(run)
    values[name] = "x" if name == "data" else values[name] + 1
    (run / "summary.json").write_text(json.dumps(values))
    assert train(run, "--resume") == 1
    assert "sha256 is" in one_line_error(capsys)


def test_summary_of_an_older_version_is_read(run, train):
    values = {k: v for k, v in summary(run).items() if k != "sha256"}
    (run / "summary.json").write_text(json.dumps(values))
    assert train(run, "--resume") == 0


def test_damaged_summary_is_named_by_evaluate(run, capsys):
    (run / "summary.json").write_text("{")
    words = ["evaluate", str(run), "--data", "glyphs-28", "--extractor", "none"]
    assert main(words) == 1
    error = one_line_error(capsys)
    assert str(run / "summary.json") in error and "Put back a good copy" in error


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"window": 0, "thresholds": {}}', '{"window": 1}']
)
def test_damaged_settings_of_a_monitor_are_named(run, capsys, text):
    path = run / "monitor" / "monitor.json"
    path.write_text(text)
    assert main(["report", str(run), "--no-figure"]) == 1
    assert f"{path} is damaged. Received: " in one_line_error(capsys)


def test_damaged_steps_are_left_out_of_the_report(run, capsys):
    path = run / "monitor" / "steps.jsonl"
    first, *rest = path.read_bytes().splitlines(keepends=True)
    more = [b'{"step": 2, "d_loss": "x"}\n', b"[" * 100_000 + b"\n", b"\xff\xfe\n"]
    path.write_bytes(b"".join([first, *more, *rest]))
    assert main(["report", str(run), "--no-figure"]) == 0
    assert f"Steps 1 to {STEPS}:" in capsys.readouterr().out


def test_damaged_picture_is_left_out_of_the_animation(run, train):
    for path in (run / "samples").glob("step-*.png"):
        path.write_bytes(path.read_bytes()[:100])
    (run / "samples" / "training.gif").unlink()
    assert train(run, "--resume", "--steps", STEPS + 1) == 0
    assert (run / "samples" / "training.gif").exists()


def test_leftovers_of_a_start_that_was_killed_are_removed(train, tmp_path):
    out = tmp_path / "run"
    out.mkdir()
    (out / ".write-test-12.x1y2").write_text("x")
    (out / ".summary-12.abcdefgh.json").write_text("x")
    assert train(out, "--batch-size", BATCH, "--steps", 1) == 0
    assert not [p for p in out.rglob("*") if p.name.startswith(".")]


def test_run_goes_on_from_an_older_checkpoint(run, finished, train, capsys):
    flip(newest(run))
    assert train(run, "--resume") == 0
    error = one_line_error(capsys)
    assert "warning: A damaged checkpoint" in error and "step-000000007" in error
    for name in ("preset/model.safetensors", "grid.png"):
        assert (run / name).read_bytes() == (finished / name).read_bytes(), name


def test_run_without_a_whole_checkpoint_says_what_to_do(run, train, capsys):
    for path in (run / "checkpoints").glob("*/model.keras"):
        flip(path)
    before = contents(run)
    assert train(run, "--resume") == 1
    error = one_line_error(capsys)
    assert "step-000000007: the SHA-256" in error and "to start from the begin" in error
    assert contents(run) == before


def old_folder(run):
    """The folder as version 0.1.0 left it: one checkpoint file, rows appended."""
    shutil.copy(newest(run), run / "checkpoint.keras")
    shutil.rmtree(run / "checkpoints")
    return run / "checkpoint.keras"


def test_run_of_an_older_version_goes_on(run, train, tmp_path, capsys):
    expected = tmp_path / "expected"
    assert train(expected, "--batch-size", BATCH, "--steps", STEPS + 4) == 0
    old_folder(run)
    shutil.rmtree(run / "preset")
    grid = tmp_path / "grid.png"
    assert main(["generate", str(run), "--out", str(grid)]) == 0
    assert train(run, "--resume", "--steps", STEPS + 4) == 0
    assert not (run / "checkpoint.keras").exists()
    name = "preset/model.safetensors"
    assert (run / name).read_bytes() == (expected / name).read_bytes()


@pytest.mark.parametrize("cut", [0, 1000, None])
def test_damaged_checkpoint_of_an_older_version_is_named(run, train, capsys, cut):
    path = old_folder(run)
    if cut is None:
        flip(path)
    else:
        path.write_bytes(path.read_bytes()[:cut])
    assert train(run, "--resume") == 1
    error = one_line_error(capsys)
    assert f"{path} is damaged" in error and "remove it to start" in error


def test_file_of_another_model_is_refused(tmp_path):
    keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]).save(
        tmp_path / "model.keras"
    )
    with pytest.raises(ValueError, match="must hold a GAN .* holds 'Sequential'"):
        load_gan(tmp_path / "model.keras")


def test_damaged_rows_are_mended(run, train):
    path = run / "history.csv"
    lines = path.read_text().splitlines()
    joined = lines[2][:9] + lines[2]
    path.write_text("\n".join([lines[0], lines[1], joined, lines[3], lines[3][:12]]))
    assert train(run, "--resume", "--epochs", 3) == 0
    rows = list(csv.DictReader(path.open()))
    assert [row["steps"] for row in rows] == ["3", "7", "9"]
    assert ",".join(rows[0].values()) == lines[1]
    assert all(0 < float(row["d_loss"]) < 10 for row in rows)


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("", []),
        (HEADER, []),
        (f"{HEADER}\n1.0,3,0.5,0.7,0.8\n2.0,6,", [3]),
        (f"{HEADER}\n1.0,3,0.5,0.7,0.8\n2.0,6,1.1,0.7,0.8", [3, 6]),
        (f"{HEADER}\n2.0,6,1.1,0.7,0.8\n1.0,3,0.5,0.7,0.8\n2.0,6,2,1,1\n", [3, 6]),
        (f"{HEADER}\nx,3,0.5,0.7,0.8\n1,nan,1,1,1\n1,2.5,1,1,1\n", []),
        (f"{HEADER}\n1.0,3,0.5,,0.8\n\0\0\0\0", [3]),
        ("steps\n3\n", []),
    ],
)
def test_whole_rows_are_read(tmp_path, text, steps):
    (tmp_path / "history.csv").write_text(text)
    assert [row["steps"] for row in read_rows(tmp_path / "history.csv")] == steps


def test_leftovers_of_a_killed_training_are_removed(run, train):
    (run / ".checkpoints").write_text("not ours")
    for name in (".summary-12.json", ".history-12.csv", ".grid-7.png", ".write-test"):
        (run / name).write_text("x")
    (run / ".preset.0123456789ab.new").mkdir()
    (run / "samples" / ".epoch-0001-12.png").write_text("x")
    (run / "checkpoints" / ".step-000000009.0123456789ab.new").mkdir()
    # Death between the two renames that replace the preset.
    (run / "preset").rename(run / ".preset.ba9876543210.old")
    assert train(run, "--resume") == 0
    hidden = [p for p in run.rglob("*") if p.name.startswith(".")]
    assert [p.name for p in hidden] == [".checkpoints"]
    assert (run / "preset" / "model.safetensors").exists()


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


def test_checkpoints_are_whole_models(run):
    with zipfile.ZipFile(newest(run)) as archive:
        assert "config.json" in archive.namelist()
    assert load_gan(newest(run)).compiled
