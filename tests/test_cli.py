import csv
import re
import shutil
import signal
import subprocess
import sys
import time

import keras
import pytest
from cli_runs import BATCH, IMAGES, STEPS, contents, one_line_error, summary
from PIL import Image

import kerasgan
from kerasgan.callbacks.stopping import Stop
from kerasgan.cli import main

pytestmark = pytest.mark.once

pytest_plugins = ["cli_fixtures"]


def test_version_names_keras_and_the_backend(capsys):
    with pytest.raises(SystemExit) as end:
        main(["--version"])
    assert end.value.code == 0
    printed = capsys.readouterr().out
    for word in (kerasgan.__version__, keras.__version__, keras.backend.backend()):
        assert word in printed


def test_presets_lists_each(capsys):
    assert main(["presets"]) == 0
    printed = capsys.readouterr().out
    assert all(name in printed for name in kerasgan.list_presets())


def test_train_writes_what_the_help_says(finished):
    assert {p.name for p in finished.iterdir()} == {
        "checkpoints",
        "grid.png",
        "history.csv",
        "monitor",
        "preset",
        "samples",
        "summary.json",
    }
    assert sorted(p.name for p in (finished / "samples").iterdir()) == [
        "step-00000000.png",
        "step-00000003.png",
        "step-00000006.png",
        "step-00000007.png",
        "training.gif",
    ]
    facts = summary(finished)
    assert facts["steps"] == facts["target_steps"] == STEPS
    assert facts["finished"] and facts["images"] == IMAGES
    assert facts["backend"] == keras.backend.backend()


def test_train_records_a_row_for_each_epoch(finished):
    rows = list(csv.DictReader((finished / "history.csv").open()))
    assert [row["steps"] for row in rows] == ["3", "6", "7"]
    assert [row["epoch"] for row in rows] == ["1.0", "2.0", "2.333"]
    assert all(0 < float(row["d_loss"]) < 10 for row in rows)


def test_train_takes_the_presets_settings_by_default(train, tmp_path, capsys):
    # The preset's batches are of 128 images, and there are 24.
    assert train(tmp_path / "run") == 1
    error = one_line_error(capsys)
    assert "24 image(s) and --batch-size 128" in error and "batch_size" not in error
    assert not (tmp_path / "run").exists()


@pytest.mark.everywhere
def test_run_that_was_stopped_and_resumed_equals_one_that_was_not(
    finished, train, tmp_path, capsys
):
    out = tmp_path / "run"
    length = ("--steps", STEPS)
    assert train(out, "--batch-size", BATCH, *length, "--minutes", "1e-9") == 0
    assert summary(out)["steps"] == 1 and not summary(out)["finished"]
    assert "--resume" in capsys.readouterr().out
    # Batch size and length are the run's own, and need not be said again.
    assert train(out, "--resume") == 0
    assert summary(out)["steps"] == STEPS and summary(out)["finished"]
    printed = capsys.readouterr().out
    assert re.search(r"6 of 7 steps are done: about \d+ (s|minutes) left\.", printed)
    assert "7 of 7 steps" not in printed
    for name in ("preset/model.safetensors", "grid.png", "samples/step-00000006.png"):
        assert (out / name).read_bytes() == (finished / name).read_bytes(), name


def test_resume_of_a_finished_run_changes_nothing(finished, train, capsys):
    before = contents(finished)
    assert train(finished, "--resume") == 0
    assert "is finished: 7 steps" in capsys.readouterr().out
    assert train(finished, "--resume", "--epochs", 1) == 0
    assert contents(finished) == before


def test_resume_where_nothing_is_starts_fresh(train, tmp_path, capsys):
    arguments = ("--resume", "--batch-size", 12, "--epochs", 1, "--seed", 3)
    assert train(tmp_path / "run", *arguments) == 0
    assert "starting fresh" in capsys.readouterr().out
    assert summary(tmp_path / "run")["steps"] == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--batch-size", "4"], "began with --batch-size 8"),
        (["--seed", "9"], "began with --seed 0"),
        (["--dtype", "mixed_bfloat16"], "began with --dtype float32"),
    ],
)
def test_resume_with_other_settings_is_refused(
    finished, train, capsys, arguments, words
):
    assert train(finished, "--resume", *arguments) == 1
    assert words in one_line_error(capsys)


def test_resume_with_another_preset_is_refused(
    finished, train, other_run_preset, capsys
):
    before = contents(finished)
    assert train(finished, "--resume", preset=other_run_preset) == 1
    assert "which is another" in one_line_error(capsys)
    assert contents(finished) == before


def test_resume_on_other_images_is_refused(finished, train, photos, tmp_path, capsys):
    fewer = tmp_path / "fewer"
    shutil.copytree(photos, fewer)
    next(fewer.iterdir()).unlink()
    assert train(finished, "--resume", data=fewer) == 1
    assert "23 images" in one_line_error(capsys)


def test_train_refuses_a_folder_that_holds_a_run(finished, train, capsys):
    before = contents(finished)
    assert train(finished, "--steps", 1) == 1
    assert "Pass --resume" in one_line_error(capsys)
    assert contents(finished) == before


def test_train_refuses_a_folder_with_other_files(train, photos, capsys):
    for more in ((), ("--resume",)):
        assert train(photos, *more) == 1
        assert "holds other files" in one_line_error(capsys)


def test_train_refuses_a_folder_that_cannot_be_made(train, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    out = tmp_path / "file" / "run"
    assert train(out, "--batch-size", BATCH, "--steps", 1) == 1
    assert "can be written to" in one_line_error(capsys)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--epochs", "0"], "`--epochs` must be at least 1"),
        (["--steps", "-1"], "`--steps` must be at least 1"),
        (["--batch-size", "0"], "`--batch-size` must be at least 1"),
        (["--grid-every", "0"], "`--grid-every` must be at least 1"),
        (["--seed", "-1"], "`--seed` must be at least 0"),
        (["--minutes", "0"], "`--minutes` must be above 0"),
        (["--minutes", "nan"], "`--minutes` must be above 0"),
        (["--dtype", "float7"], "dtype"),
    ],
)
def test_train_refuses_values_out_of_range(train, tmp_path, capsys, arguments, words):
    assert train(tmp_path / "run", *arguments) == 1
    assert words in one_line_error(capsys)
    assert not (tmp_path / "run").exists()


def test_train_refuses_an_unknown_preset_and_names_near_ones(train, tmp_path, capsys):
    assert train(tmp_path / "run", preset="mnist-29") == 1
    assert "Did you mean 'mnist-28'" in one_line_error(capsys)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("glyphs", "Did you mean 'glyphs-28'"),
        ("./no-such-folder", "does not exist"),
    ],
)
def test_train_refuses_unknown_data(train, tmp_path, capsys, data, words):
    assert train(tmp_path / "run", data=data) == 1
    assert words in one_line_error(capsys)
    assert not (tmp_path / "run").exists()


def test_losses_that_are_not_finite_end_the_run_with_an_error(
    train, tmp_path, capsys, monkeypatch
):
    def nowhere(self, *arguments, training):
        loss, logs = original(self, *arguments, training=training)
        return loss * float("nan"), logs

    original = kerasgan.DCGAN.discriminator_loss
    monkeypatch.setattr(kerasgan.DCGAN, "discriminator_loss", nowhere)
    assert train(tmp_path / "run", "--batch-size", BATCH, "--epochs", 1) == 1
    error = one_line_error(capsys)
    assert "d_loss is nan" in error and "nothing is kept" in error
    assert not (tmp_path / "run" / "preset").exists()


@pytest.fixture
def heeds_interrupts():
    """As at a terminal: a shell has its background jobs ignore Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_stop_takes_the_first_interrupt_gently_and_the_second_at_once(heeds_interrupts):
    stop = Stop()
    with stop.on_signals():
        signal.raise_signal(signal.SIGINT)
        assert stop.reason == "Ctrl-C"
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_interrupted_process_leaves_a_usable_folder(
    run_preset, photos, tmp_path, heeds_interrupts
):
    out = tmp_path / "run"
    arguments = [run_preset, "--data", photos, "--out", out, "--batch-size", BATCH]
    command = [sys.executable, "-m", "kerasgan.cli", "train", *arguments]
    command += ["--epochs", 1_000_000, "--grid-every", 1000]
    process = subprocess.Popen(
        [str(a) for a in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        deadline = time.monotonic() + 300
        while not (out / "history.csv").exists() and time.monotonic() < deadline:
            assert process.poll() is None
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        printed = process.communicate(timeout=300)[0].decode()
    finally:
        process.kill()
    assert process.returncode == 130, printed
    assert "Stopped (Ctrl-C)" in printed and "Traceback" not in printed
    assert summary(out)["steps"] >= 3 and not summary(out)["finished"]
    assert main(["generate", str(out), "--out", str(tmp_path / "grid.png")]) == 0


def test_generate_writes_a_grid(finished, tmp_path):
    for name in (finished, finished / "preset"):
        path = tmp_path / "new" / f"{name.name}.png"
        layout = ["--columns", "2", "--zoom", "3", "--seed", "5"]
        command = ["generate", str(name), "-n", "3", "--out", str(path), *layout]
        assert main(command) == 0
        # Two rows and two columns of 8 pixels, with 2 between and around, three-fold.
        assert Image.open(path).size == (66, 66)
    first, second = sorted((tmp_path / "new").iterdir())
    assert first.read_bytes() == second.read_bytes()


def test_generate_takes_the_checkpoint_of_a_killed_run(finished, tmp_path):
    killed = tmp_path / "killed"
    shutil.copytree(finished, killed, ignore=shutil.ignore_patterns("preset"))
    assert main(["generate", str(killed), "--out", str(tmp_path / "grid.png")]) == 0
    shutil.rmtree(killed / "checkpoints")
    assert main(["generate", str(killed), "--out", str(tmp_path / "grid.png")]) == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["cifar10-32-rmsprop"], "kerasgan train cifar10-32-rmsprop"),
        (["mnist-29"], "Did you mean 'mnist-28'"),
        (["mnist-28", "-n", "0"], "`-n` must be at least 1"),
        (["mnist-28", "--zoom", "0"], "`--zoom` must be at least 1"),
        (["mnist-28", "--columns", "0"], "`--columns` must be at least 1"),
    ],
)
def test_generate_refuses_what_cannot_be_made(tmp_path, capsys, arguments, words):
    path = tmp_path / "grid.png"
    assert main(["generate", *arguments, "--out", str(path)]) == 1
    assert words in one_line_error(capsys)
    assert not path.exists()
