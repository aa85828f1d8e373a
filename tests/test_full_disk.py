"""A full disk, as a limit of the system makes it: the path, the bytes, what is kept."""

import shutil

import numpy as np
import pytest
from cli_runs import STEPS, contents, one_line_error, summary
from export_models import only_on
from limits import largest_file
from small import small_gan

from kerasgan.callbacks.step_log import StepLog, read_rows
from kerasgan.export import ExportError
from kerasgan.images import save_grid

pytest_plugins = ["cli_fixtures"]
pytestmark = only_on("torch")


@pytest.fixture(scope="module")
def gan():
    gan = small_gan()
    gan.compile()
    return gan


def save_model(gan, path):
    gan.save(path / "m.keras")
    return path / "m.keras"


def save_preset(gan, path):
    return gan.save_to_preset(path / "preset", overwrite=True)


def save_picture(gan, path):
    noise = np.random.default_rng(0).integers(0, 256, (64, 32, 32, 3), "uint8")
    return save_grid(noise, path / "grid.png")


def export(gan, path):
    gan.export(path / "g.keras", overwrite=True, verify=False, verbose=False)
    return path / "g.keras"


@pytest.mark.parametrize(
    ("save", "error", "has_bytes"),
    [
        (save_model, OSError, True),
        (save_preset, ValueError, True),
        (save_picture, OSError, False),
        (export, ExportError, True),
    ],
)
def test_error_names_the_path_and_what_is_kept(gan, tmp_path, save, error, has_bytes):
    path = save(gan, tmp_path)
    before = contents(tmp_path)
    with largest_file(2048), pytest.raises(error) as raised:
        save(gan, tmp_path)
    message = str(raised.value)
    assert str(path) in message and "File too large" in message, message
    assert "there before is" in message and (not has_bytes or "MiB" in message)
    assert contents(tmp_path) == before


def test_log_of_steps_names_its_path_and_keeps_its_rows(tmp_path):
    log = StepLog(tmp_path / "steps.jsonl", 0)
    with largest_file(100), pytest.raises(OSError, match="steps.jsonl could not.*kept"):
        for step in range(1, 100):
            log.write(step, {"d_loss": 0.5})
    rows = read_rows(tmp_path / "steps.jsonl")
    assert [row["step"] for row in rows] == list(range(1, len(rows) + 1)) and rows


def test_training_tells_what_is_kept_and_goes_on_later(
    finished, train, tmp_path, capsys
):
    run = shutil.copytree(finished, tmp_path / "run")
    with largest_file(8192):
        assert train(run, "--resume", "--steps", STEPS + 5) == 1
    error = one_line_error(capsys)
    assert str(run) in error and "File too large" in error and "kept" in error
    assert f"after step {STEPS} is kept" in error or "Older checkpoints" in error
    assert train(run, "--resume", "--steps", STEPS + 5) == 0
    assert summary(run)["steps"] == STEPS + 5
    expected = tmp_path / "expected"
    assert train(expected, "--batch-size", 8, "--steps", STEPS + 5) == 0
    weights = "preset/model.safetensors"
    assert (run / weights).read_bytes() == (expected / weights).read_bytes()
