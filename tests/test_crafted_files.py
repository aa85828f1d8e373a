"""Checkpoints and runs that somebody crafted: refused, and nothing of them is run."""

import json
import os
import pickle
import shutil
import zipfile

import keras
import pytest
from checkpointed import compiled
from cli_runs import STEPS, one_line_error
from crafted import (
    arrays,
    foreign,
    injected,
    members_of,
    objects,
    overlapping,
    sign,
    sign_manifest,
    write_archive,
)
from export_models import only_on

from kerasgan.callbacks import checkpoint_archive
from kerasgan.callbacks.checkpoint import Checkpoint
from kerasgan.callbacks.checkpoint_files import list_checkpoints
from kerasgan.cli import main

pytest_plugins = ["cli_fixtures"]
pytestmark = only_on("torch")

NAMES = tuple(objects("mark"))
WEIGHTS = "model.weights.h5"


@pytest.fixture(autouse=True)
def counted(record_property):
    record_property("crafted checkpoints and members, refused", 1)


@pytest.fixture
def run(finished, tmp_path):
    """A finished run whose only way to a model is its last checkpoint."""
    out = shutil.copytree(finished, tmp_path / "run")
    shutil.rmtree(out / "preset")
    *older, last = list_checkpoints(out / "checkpoints").values()
    for path in older:
        shutil.rmtree(path)
    return out


@pytest.fixture
def mark(tmp_path):
    path = tmp_path / "outside" / "mark"
    path.parent.mkdir()
    return path


def checkpoint_of(run):
    return list_checkpoints(run / "checkpoints")[STEPS]


def replace(run, members=None, **options):
    """Puts an archive into the run's checkpoint and signs it."""
    path = checkpoint_of(run) / "model.keras"
    write_archive(path, {**members_of(path), **(members or {})}, **options)
    sign(checkpoint_of(run))


def as_first_release(run):
    """The same file where version 0.1.0 had it, without a manifest."""
    shutil.copy(checkpoint_of(run) / "model.keras", run / "checkpoint.keras")
    shutil.rmtree(run / "checkpoints")


def outcomes(run, train, capsys):
    """What each command says of the run: `None`, or its one line of error."""
    picture = run.parent / "grid.png"
    commands = (
        lambda: main(["generate", str(run), "-n", "2", "--out", str(picture)]),
        lambda: train(run, "--resume", "--steps", STEPS + 1),
    )
    said = []
    for command in commands:
        status = command()
        said.append(one_line_error(capsys) if status else None)
        capsys.readouterr()
    return said


@pytest.mark.parametrize("old", [False, True], ids=["manifest", "first release"])
@pytest.mark.parametrize("name", NAMES)
def test_file_that_is_a_foreign_object_is_refused(run, train, capsys, mark, name, old):
    replace(run, {"config.json": foreign(name, mark)})
    if old:
        as_first_release(run)
    for error in outcomes(run, train, capsys):
        assert "made from a preset" in error and "Put back a good copy" in error
        assert str(run) in error
    assert os.listdir(mark.parent) == []


@pytest.mark.parametrize("name", NAMES)
def test_foreign_object_beside_a_preset_is_never_looked_at(
    run, train, capsys, mark, name
):
    """Of Keras's config, the preset alone is read."""
    config = members_of(checkpoint_of(run) / "model.keras")["config.json"]
    replace(run, {"config.json": injected(config, name, mark)})
    assert outcomes(run, train, capsys) == [None, None]
    assert os.listdir(mark.parent) == []


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("generator", {"builder": "os.system", "arguments": {}}, "No network builder"),
        ("model", "os", "must be one of"),
        ("compile", {"loss": "os.system"}, "is missing"),
        ("dtype", "float64", "must be one of"),
    ],
)
def test_preset_inside_is_checked_by_the_schema(
    run, train, capsys, field, value, words
):
    config = json.loads(members_of(checkpoint_of(run) / "model.keras")["config.json"])
    config["config"]["preset"][field] = value
    replace(run, {"config.json": json.dumps(config)})
    generated, resumed = outcomes(run, train, capsys)
    assert f"field {field}" in generated and words in generated
    # What goes on takes its dtype from the command, and no more than arrays from here.
    assert field == "dtype" or "which is another" in resumed


def test_huge_network_is_refused_before_it_is_made(run, train, capsys):
    config = json.loads(members_of(checkpoint_of(run) / "model.keras")["config.json"])
    preset = config["config"]["preset"]
    preset["generator"]["arguments"]["filters"] = [4096, 4096]
    replace(run, {"config.json": json.dumps(config)})
    generated, _ = outcomes(run, train, capsys)
    assert "the networks must have at most" in generated


@pytest.mark.parametrize(
    "name",
    ["../../outside/mark", "/tmp/mark", "assets/../../mark", "sub/model.weights.h5"],
)
def test_other_member_of_the_archive_is_refused(run, train, capsys, mark, name):
    replace(run, {name: b"x"})
    for error in outcomes(run, train, capsys):
        assert "it must hold ['config.json'" in error
    assert os.listdir(mark.parent) == []


def test_packed_member_is_refused(run, train, capsys):
    bomb = {"config.json": b" " * 10**8}
    replace(run, bomb, compression=zipfile.ZIP_DEFLATED)
    for error in outcomes(run, train, capsys):
        assert "is packed, which Keras never does" in error


@pytest.mark.parametrize(
    ("kind", "sizes"),
    [(zipfile.ZIP_DEFLATED, (10, 10)), (zipfile.ZIP_STORED, (10, 9))],
)
def test_either_sign_of_packing_is_enough(kind, sizes):
    members = [zipfile.ZipInfo(name) for name in checkpoint_archive._MEMBERS]
    members[0].compress_type = kind
    members[0].file_size, members[0].compress_size = sizes
    with pytest.raises(checkpoint_archive.ArchiveError, match="is packed"):
        checkpoint_archive._check_members(members, 100)


def test_file_of_another_model_says_of_which(tmp_path):
    path = tmp_path / "other.keras"
    keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]).save(path)
    with pytest.raises(checkpoint_archive.ArchiveError, match="holds 'Sequential'"):
        checkpoint_archive.saved_preset(path)


def test_overlapping_members_are_refused(run, train, capsys):
    path = checkpoint_of(run) / "model.keras"
    overlapping(path, members_of(path))
    sign(checkpoint_of(run))
    for error in outcomes(run, train, capsys):
        assert "its members are larger than the file" in error


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("huge", "its arrays take 4398046511104 bytes"),
        ("external link", "'a' is a link"),
        ("soft link", "'a' is a link"),
        ("external data", "'a' is kept in another file"),
        ("virtual", "'a' is kept in another file"),
    ],
)
def test_arrays_that_lead_outside_are_refused(run, train, capsys, kind, words):
    replace(run, {WEIGHTS: arrays(kind)})
    for error in outcomes(run, train, capsys):
        assert words in error


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("config.json", b"[" * 100_000),
        ("config.json", b"\xff"),
        ("config.json", b'{"config": {"preset": 7}}'),
        (WEIGHTS, b""),
        (WEIGHTS, b"\x89HDF\r\n\x1a\n" + bytes(100)),
    ],
    ids=range(5),
)
def test_members_that_are_no_data_are_refused(run, train, capsys, name, data):
    replace(run, {name: data})
    assert all(outcomes(run, train, capsys))


class Evil:
    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return os.system, (f"touch {self.mark}",)


@pytest.mark.parametrize("place", ["file", WEIGHTS, "config.json"])
def test_pickle_is_never_loaded(run, train, capsys, mark, place):
    data = pickle.dumps(Evil(mark))
    if place == "file":
        (checkpoint_of(run) / "model.keras").write_bytes(data)
        sign(checkpoint_of(run))
    else:
        replace(run, {place: data})
    assert all(outcomes(run, train, capsys))
    assert os.listdir(mark.parent) == []


@pytest.mark.parametrize("kind", ["fifo", "link"])
def test_checkpoint_that_is_no_regular_file_is_refused(run, train, capsys, kind):
    as_first_release(run)
    path = run / "checkpoint.keras"
    target = path.rename(run.parent / "elsewhere.keras")
    os.mkfifo(path) if kind == "fifo" else path.symlink_to(target)
    for error in outcomes(run, train, capsys):
        assert "it is no regular file" in error


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("step", -1),
        ("step", "7"),
        ("step", 10**30),
        ("batch", None),
        ("epoch", True),
        ("seed", {}),
        ("means", [1]),
        ("means", {"d_loss": [None]}),
        ("backend", 1),
        ("steps_per_epoch", -3),
    ],
)
def test_manifest_whose_digest_fits_is_checked(run, field, value):
    path = checkpoint_of(run) / "manifest.json"
    sign_manifest(path, {**json.loads(path.read_text()), field: value})
    with pytest.raises(ValueError, match="does not say where the training stood"):
        Checkpoint(run / "checkpoints").restore(compiled())


@pytest.mark.parametrize("kind", ["huge", "external link"])
def test_callback_refuses_crafted_arrays_as_well(directory, kind):
    checkpoint = directory / "step-000000006"
    members = members_of(checkpoint / "model.keras")
    write_archive(checkpoint / "model.keras", {**members, WEIGHTS: arrays(kind)})
    sign(checkpoint)
    with pytest.raises(ValueError, match="must be a checkpoint of this model. Rece"):
        Checkpoint(directory).restore(compiled())
