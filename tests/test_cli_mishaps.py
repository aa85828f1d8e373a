"""Trainings by the command line that go wrong on their way, or go on elsewhere."""

import json
import os
import shutil

import keras
import pytest
from cli_runs import BATCH, STEPS, contents, one_line_error, summary
from crafted import sign_manifest
from killing import state

import kerasgan
from kerasgan.callbacks.checkpoint_files import list_checkpoints, newest_checkpoint
from kerasgan.cli import main
from kerasgan.cli.folder import FolderLock

pytestmark = pytest.mark.once

pytest_plugins = ["cli_fixtures"]


def test_loss_that_turns_bad_leaves_the_last_good_epoch(
    train, tmp_path, capsys, monkeypatch
):
    """Not a number at the fifth step: the second of the second epoch."""

    def turned(self, *arguments, training):
        loss, logs = original(self, *arguments, training=training)
        bad = keras.ops.cast(self.step_counter >= 4, loss.dtype)
        return loss / (1 - bad), logs

    original = kerasgan.DCGAN.discriminator_loss
    out, expected = tmp_path / "run", tmp_path / "expected"
    with monkeypatch.context() as patch:
        patch.setattr(kerasgan.DCGAN, "discriminator_loss", turned)
        assert train(out, "--batch-size", BATCH, "--epochs", 3) == 1
    error = one_line_error(capsys)
    assert "d_loss is" in error and "after step 3 is kept" in error
    assert list(list_checkpoints(out / "checkpoints")) == [3]
    assert not (out / "preset").exists() and not summary(out)["finished"]
    # It goes on as if that had not been.
    assert train(out, "--resume", "--epochs", 3) == 0
    assert train(expected, "--batch-size", BATCH, "--epochs", 3) == 0
    paths = [newest_checkpoint(o / "checkpoints")[0] for o in (out, expected)]
    found, wanted = (state(path / "model.keras") for path in paths)
    # Elsewhere the compiler may round the changed step otherwise.
    assert found == wanted or keras.backend.backend() != "torch"


def test_run_of_another_backend_goes_on_with_a_warning(
    finished, train, tmp_path, capsys
):
    run = shutil.copytree(finished, tmp_path / "run")
    path = newest_checkpoint(run / "checkpoints")[0] / "manifest.json"
    sign_manifest(path, {**json.loads(path.read_text()), "backend": "another"})
    assert train(run, "--resume", "--steps", STEPS + 1) == 0
    error = one_line_error(capsys)
    assert "written on Keras's backend another" in error
    assert f"goes on on {keras.backend.backend()}" in error


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.skipif(keras.backend.backend() != "torch", reason="threads do not fork")
def test_second_process_is_refused_while_the_first_lives(
    finished, train, tmp_path, capsys
):
    run = shutil.copytree(finished, tmp_path / "run")
    before = contents(run)
    # A pipe each way: in one, the child could read its own word.
    (locked, tell), (end, ask) = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        try:
            FolderLock(run).take()
            os.write(tell, b"x")
            os.read(end, 1)
        finally:
            os._exit(0)
    # Else the end of a child that failed would not be seen.
    os.close(tell)
    try:
        assert os.read(locked, 1) == b"x"
        for more in (["--resume", "--steps", STEPS + 1], []):
            assert train(run, *more) == 1
            assert "no other training writes to" in one_line_error(capsys)
        assert contents(run) == before
    finally:
        os.write(ask, b"x")
        os.waitpid(child, 0)
    assert train(run, "--resume", "--steps", STEPS + 1) == 0


@pytest.mark.skipif(os.getuid() == 0, reason="root may write anywhere")
def test_folder_that_cannot_be_written_to_is_refused_before_a_step(
    train, tmp_path, capsys
):
    (tmp_path / "run").mkdir(mode=0o500)
    assert train(tmp_path / "run", "--batch-size", BATCH, "--steps", 1) == 1
    assert "can be written to" in one_line_error(capsys)


def test_file_in_the_place_of_the_folder_is_refused(train, tmp_path, capsys):
    (tmp_path / "run").write_text("mine")
    for more in ([], ["--resume"]):
        assert train(tmp_path / "run", "--batch-size", BATCH, "--steps", 1, *more) == 1
        assert "can be written to" in one_line_error(capsys)
    assert (tmp_path / "run").read_text() == "mine"


@pytest.mark.parametrize("name", ["odd name", "\u00fc\u4e2d", "-rf", "a'b\"c$d"])
def test_export_takes_odd_paths(finished, tmp_path, name):
    path = tmp_path / name / f"{name}.keras"
    words = ["export", str(finished), "--no-verify", "--out", str(path)]
    assert main(words) == 0
    assert keras.models.load_model(path, compile=False).output_shape[1:] == (8, 8, 1)
