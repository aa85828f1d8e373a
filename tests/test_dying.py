"""A save that dies at any write, sync or rename leaves the old state or the new."""

import os
import tempfile

import keras
import pytest
from checkpointed import compiled
from dying import die_at
from export_models import only_on
from presets_tiny import tiny_gan
from small import same_weights, weights_of

from kerasgan import DCGAN, files
from kerasgan.callbacks.checkpoint_files import (
    newest_checkpoint,
    remove_leftovers,
    write_checkpoint,
)

pytestmark = [
    only_on("torch"),
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork"),
]


def hidden(folder):
    return [path.name for path in folder.rglob("*") if path.name.startswith(".")]


def changed(gan):
    for variable in gan.trainable_variables:
        variable.assign(keras.ops.convert_to_numpy(variable) + 1)
    return gan


def test_death_while_a_preset_is_replaced_leaves_one_that_loads(
    tmp_path, record_property
):
    old, new = tiny_gan(), changed(tiny_gan())
    directory = old.save_to_preset(tmp_path / "tiny")
    seen, moment = set(), 1
    while die_at(moment, lambda: new.save_to_preset(directory, overwrite=True)):
        weights = weights_of(DCGAN.from_preset(directory).generator)
        is_new = same_weights(weights, weights_of(new.generator))
        assert is_new or same_weights(weights, weights_of(old.generator))
        seen.add(is_new)
        moment += 1
    assert moment > 10 and seen == {False, True}
    assert same_weights(
        weights_of(DCGAN.from_preset(directory).generator), weights_of(new.generator)
    )
    record_property("deaths while a preset is replaced", moment - 1)


def test_death_while_a_checkpoint_is_written_leaves_a_whole_one(
    tmp_path, record_property
):
    gan = compiled(plain=True)
    facts = {"step": 1, "epoch": 0, "batch": 1, "backend": "torch", "seed": 1}
    facts |= {"steps_per_epoch": 4, "means": {}, "monitored": {}}
    write_checkpoint(tmp_path / "step-000000001", gan, facts)

    def save():
        write_checkpoint(tmp_path / "step-000000002", gan, {**facts, "step": 2})

    moment, steps = 1, set()
    while die_at(moment, save):
        path, manifest = newest_checkpoint(tmp_path)
        assert path.name == f"step-{manifest['step']:09d}"
        steps.add(manifest["step"])
        remove_leftovers(tmp_path)
        assert not hidden(tmp_path)
        moment += 1
    assert moment > 10 and 1 in steps
    assert newest_checkpoint(tmp_path)[1]["step"] == 2
    record_property("deaths while a checkpoint is written", moment - 1)


def test_death_while_a_file_is_replaced_leaves_the_old_or_the_new(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("old")

    def save():
        with files.atomic_path(path) as temporary:
            with open(temporary, "w") as file:
                file.write("new")

    moment = 1
    while die_at(moment, save):
        assert path.read_text() in ("old", "new")
        moment += 1
    assert moment > 3 and path.read_text() == "new"


@pytest.mark.parametrize("can_exchange", [True, False])
def test_move_that_fails_puts_everything_back(tmp_path, monkeypatch, can_exchange):
    if not can_exchange:
        monkeypatch.setattr(files, "_exchange", lambda first, second: False)
    for name in ("a", "b"):
        (tmp_path / name).write_text(f"old {name}")
        (tmp_path / f"new-{name}").write_text(f"new {name}")
    moves = {tmp_path / f"new-{n}": tmp_path / n for n in ("a", "b")}
    # Into a folder that is missing: the last of the moves cannot be made.
    (tmp_path / "new-c").write_text("new c")
    with pytest.raises(OSError):
        files.move_together({**moves, tmp_path / "new-c": tmp_path / "none" / "c"})
    for name in ("a", "b"):
        assert (tmp_path / name).read_text() == f"old {name}"
        assert (tmp_path / f"new-{name}").read_text() == f"new {name}"
    files.move_together(moves)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "b", "new-c"]
    assert (tmp_path / "a").read_text() == "new a"


def test_everything_is_synced_before_it_takes_its_place(tmp_path, monkeypatch):
    """The order of what the system is told, as a loss of power would test it."""
    told = []
    synced, renamed = os.fsync, os.replace
    inode = lambda handle: os.fstat(handle).st_ino  # noqa: E731
    monkeypatch.setattr(os, "fsync", lambda h: (told.append(inode(h)), synced(h))[1])
    monkeypatch.setattr(
        os, "replace", lambda a, b: (told.append("move"), renamed(a, b))
    )
    with files.atomic_path(tmp_path / "file") as temporary:
        open(temporary, "w").close()
    assert told == [(tmp_path / "file").stat().st_ino, "move"]

    told.clear()
    folder = tmp_path / "new"
    (folder / "below").mkdir(parents=True)
    for path in (folder / "one", folder / "below" / "two"):
        path.write_text("x")
    files.move_together({folder: tmp_path / "place"})
    place = tmp_path / "place"
    wanted = {p.stat().st_ino for p in (place, *place.rglob("*"))}
    assert wanted <= set(told)
    # The name too: after the move, the folder that holds it.
    assert told[-1] == tmp_path.stat().st_ino


def test_death_in_an_export_leaves_the_old_file_or_the_new_one(
    tmp_path, tmp_path_factory, monkeypatch, record_property
):
    # What is in between stays where the system puts such files.
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("between")))
    gan = compiled(plain=True, ema_decay=None)
    arguments = {"overwrite": True, "verify": False, "verbose": False}
    path = gan.export(tmp_path / "g.keras", **arguments).path
    before, moment, deaths = path.read_bytes(), 1, 0
    changed(gan)
    while die_at(moment, lambda: gan.export(path, **arguments)):
        whole = keras.models.load_model(path, compile=False)
        assert path.read_bytes() == before or same_weights(
            weights_of(whole), weights_of(gan.generator)
        )
        deaths += 1
        # Deaths near the start and the end tell as much as all of them.
        moment += 1 if moment < 8 else 5
    assert moment > 10
    assert path.read_bytes() != before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["g.keras", "g.keras.json"]
    record_property("deaths in an export", deaths)


def test_folder_of_a_process_that_lives_is_no_leftover(tmp_path):
    path = tmp_path / "tiny"
    with files.staging_directory(path) as ours:
        (ours / "half").write_text("x")
        with files.staging_directory(path) as theirs:
            assert ours.exists() and theirs != ours
        assert (ours / "half").read_text() == "x"
    abandoned = files.beside(path, "new")
    abandoned.mkdir()
    other = tmp_path / ".other.0123456789ab.new"
    other.mkdir()
    with files.staging_directory(path):
        assert not abandoned.exists() and other.exists()


def test_preset_that_was_moved_aside_goes_back(tmp_path):
    directory = tiny_gan().save_to_preset(tmp_path / "tiny")
    directory.rename(files.beside(directory, "old"))
    with files.staging_directory(directory):
        DCGAN.from_preset(directory)
