"""`Checkpoint`: damaged files, what is kept, and what cannot be written."""

import json
import os

import keras
import numpy as np
import pytest
from checkpointed import (
    DATA,
    LENGTH,
    Kill,
    Scores,
    compiled,
    fit,
    killed,
    same_state,
    steps_kept,
)
from crafted import sign_manifest
from limits import largest_file

from kerasgan.callbacks.checkpoint import Checkpoint

pytestmark = pytest.mark.once

# Damage ----------------------------------------------------------------------


def cut(path):
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 16
    path.write_bytes(data)


def change(path):
    manifest = json.loads(path.read_bytes())
    path.write_text(json.dumps({**manifest, "batch": manifest["batch"] + 1}))


def remove(path):
    path.unlink()


def link(path):
    target = path.rename(path.parent.parent / path.name)
    path.symlink_to(target)


@pytest.mark.parametrize(
    ("name", "damage", "words"),
    [
        ("model.keras", cut, r"model\.keras has \d+ bytes"),
        ("model.keras", flip, r"SHA-256 of model\.keras"),
        ("model.keras", remove, r"model\.keras is missing"),
        ("model.keras", link, r"model\.keras is missing"),
        ("manifest.json", cut, r"manifest\.json is damaged"),
        ("manifest.json", flip, r"manifest\.json is"),
        ("manifest.json", change, r"manifest\.json is not what was written"),
        ("manifest.json", remove, r"manifest\.json cannot be read"),
    ],
)
def test_damaged_checkpoint_is_left_out_with_a_warning(directory, name, damage, words):
    newest = directory / "step-000000006"
    damage(newest / name)
    with pytest.warns(UserWarning, match=f"step-000000005 is taken.*{words}"):
        Checkpoint(directory).restore(gan := compiled())
    assert int(gan.step_counter) == 5


@pytest.mark.parametrize(
    "facts",
    [
        {"step": -1},
        {"epoch": True},
        {"seed": 2**63},
        {"batch": "3"},
        {"steps_per_epoch": 1.5},
        {"backend": None},
        {"means": []},
        {"means": {"d_loss": 1.0}},
        {"means": {"d_loss": [1]}},
    ],
)
def test_manifest_of_other_facts_is_refused_whatever_its_digest(directory, facts):
    path = directory / "step-000000006" / "manifest.json"
    sign_manifest(path, {**json.loads(path.read_bytes()), **facts})
    with pytest.warns(UserWarning, match="does not say where the training stood"):
        Checkpoint(directory).restore(gan := compiled())
    assert int(gan.step_counter) == 5


def test_training_goes_on_from_an_older_checkpoint(uninterrupted, directory):
    for step in (5, 6):
        cut(directory / f"step-{step:09d}" / "model.keras")
    gan = compiled()
    with pytest.warns(UserWarning, match="damaged"):
        fit(gan, directory)
    assert same_state(gan, uninterrupted[0])


def test_damaged_checkpoints_do_not_push_out_whole_ones(directory):
    for step in (5, 6):
        cut(directory / f"step-{step:09d}" / "model.keras")
    with pytest.warns(UserWarning), pytest.raises(KeyboardInterrupt):
        fit(compiled(), directory, Kill(2), checkpoint={"every_steps": 1})
    assert steps_kept(directory) == [4, 5]
    Checkpoint(directory).restore(gan := compiled())
    assert int(gan.step_counter) == 5


def test_only_damaged_checkpoints_are_an_error_before_any_step(directory):
    for path in directory.iterdir():
        flip(path / "model.keras")
    gan = compiled()
    with pytest.raises(ValueError, match="must be a checkpoint that is whole.*Receiv"):
        fit(gan, directory)
    assert int(gan.step_counter) == 0
    gan.fit(epochs=1, **DATA)


def test_leftovers_of_killed_processes_are_removed(directory):
    (directory / ".step-000000007.0123456789ab.new").mkdir()
    (directory / ".step-000000007.0123456789ab.new" / "model.keras").write_text("x")
    (directory / ".step-000000003.0123456789ab.old").mkdir()
    (directory / ".mine").write_text("not ours")
    Checkpoint(directory).restore(compiled())
    hidden = [path.name for path in directory.iterdir() if path.name[0] == "."]
    assert hidden == [".mine"]


# What is kept ----------------------------------------------------------------


def test_newest_are_kept(tmp_path):
    fit(compiled(plain=True), tmp_path, checkpoint={"keep": 2})
    assert steps_kept(tmp_path) == [8, 12]


@pytest.mark.parametrize(
    ("best", "scores", "step"),
    [
        ("fd:min", [3.0, 1.0, 2.0, 4.0, 5.0], 8),
        ("fd:max", [3.0, 9.0, 2.0, 4.0, 5.0], 8),
        ("fd:min", [None, 1.0, float("nan"), None, 5.0], 8),
    ],
)
def test_best_is_kept_beside_the_newest(tmp_path, best, scores, step):
    checkpoint = {"keep": 1, "best": best}
    fit(
        compiled(plain=True), tmp_path, Scores(*scores), epochs=5, checkpoint=checkpoint
    )
    assert steps_kept(tmp_path) == [step, 20]
    path = Checkpoint(tmp_path, **checkpoint).best_path()
    assert int(keras.models.load_model(path).step_counter) == step


def test_minutes_write_inside_epochs(tmp_path):
    killed(tmp_path / "none", 3, plain=True)
    assert not (tmp_path / "none").exists()
    with pytest.raises(KeyboardInterrupt):
        fit(compiled(plain=True), tmp_path, Kill(3), checkpoint={"every_minutes": 1e-9})
    assert steps_kept(tmp_path) == [1, 2]


def test_weights_that_are_not_finite_are_not_kept(tmp_path):
    class Spoil(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 1:
                variable = self.model.generator.trainable_variables[0]
                variable.assign(np.full(variable.shape, np.nan))

    with pytest.warns(UserWarning, match="step 8: .* not finite"):
        fit(compiled(plain=True), tmp_path, Spoil(), epochs=2)
    assert steps_kept(tmp_path) == [4]


def test_failed_write_leaves_the_checkpoints_that_were_there(directory):
    before = {p: p.read_bytes() for p in directory.rglob("*") if p.is_file()}
    gan = compiled()
    with largest_file(4096), pytest.raises(OSError, match="step-000000008.* MiB"):
        fit(gan, directory)
    assert {p: p.read_bytes() for p in directory.rglob("*") if p.is_file()} == before


@pytest.mark.skipif(os.getuid() == 0, reason="root may write anywhere")
def test_directory_that_cannot_be_written_to_is_an_error(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(OSError, match="could not be written"):
        fit(compiled(plain=True), tmp_path / "checkpoints")


def test_manifest_says_where_the_training_stood(stopped):
    manifest = json.loads((stopped / "step-000000006" / "manifest.json").read_text())
    assert manifest["epoch"] == 1 and manifest["batch"] == 2
    assert manifest["step"] == 6 and manifest["steps_per_epoch"] == LENGTH
    assert manifest["backend"] == keras.backend.backend() and manifest["seed"] == 1
