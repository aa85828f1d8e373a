"""`Checkpoint`: a training that goes on equals one that was never interrupted."""

import json
import os
import shutil

import keras
import numpy as np
import pytest
from limits import largest_file
from small import (
    optimizer_variables,
    plain_discriminator,
    same_weights,
    small_gan,
    small_images,
    weights_of,
)

from kerasgan.callbacks.checkpoint import Checkpoint

EPOCHS, LENGTH, BATCH = 3, 4, 4
# The last batch of an epoch is smaller.
IMAGES = small_images(15)
DATA = {"x": IMAGES, "batch_size": BATCH, "verbose": 0}


class Kill(keras.callbacks.Callback):
    """Ends `fit` after a step as nothing else is told of."""

    def __init__(self, step):
        super().__init__()
        self.step, self.taken = step, 0

    def on_train_batch_end(self, batch, logs=None):
        self.taken += 1
        if self.taken == self.step:
            raise KeyboardInterrupt


class Calls(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.names = []

    def on_train_begin(self, logs=None):
        self.names.append("train begin")

    def on_train_end(self, logs=None):
        self.names.append("train end")

    def on_epoch_begin(self, epoch, logs=None):
        self.names.append(f"epoch {epoch}")

    def on_epoch_end(self, epoch, logs=None):
        self.names.append(f"epoch {epoch} end")


class Scores(keras.callbacks.Callback):
    """Adds given values to the logs of each epoch."""

    def __init__(self, *values):
        super().__init__()
        self.values = values

    def on_epoch_end(self, epoch, logs=None):
        if self.values[epoch] is not None:
            logs["fd"] = self.values[epoch]


def compiled(*, optimizer=None, **arguments):
    gan = small_gan(**{"ema_decay": 0.5, **arguments})
    gan.compile(label_noise=0.05, **(optimizer() if optimizer else {}))
    return gan


def fit(gan, directory, *callbacks, epochs=EPOCHS, checkpoint=None, **arguments):
    checkpoint = Checkpoint(directory, **(checkpoint or {}))
    data = {**DATA, **arguments}
    return gan.fit(epochs=epochs, callbacks=[*callbacks, checkpoint], **data)


def killed(directory, step, *, every_steps=None, keep=3, **arguments):
    """A training killed after so many steps of its own."""
    with pytest.raises(KeyboardInterrupt):
        fit(
            compiled(**arguments),
            directory,
            Kill(step),
            checkpoint={"every_steps": every_steps, "keep": keep},
        )


def state(gan):
    return weights_of(gan), optimizer_variables(gan)


def same_state(gan, expected):
    weights, variables = state(gan)
    return same_weights(weights, expected[0]) and same_weights(variables, expected[1])


def steps_kept(directory):
    names = sorted(path.name for path in directory.iterdir())
    return [int(name.removeprefix("step-")) for name in names]


@pytest.fixture(scope="module")
def uninterrupted():
    gan = compiled()
    history = gan.fit(epochs=EPOCHS, **DATA).history
    return state(gan), history


@pytest.fixture(scope="module")
def stopped(tmp_path_factory):
    """The directory of a training killed after step 7; tests copy it."""
    directory = tmp_path_factory.mktemp("checkpoints")
    killed(directory, 7, every_steps=1)
    assert steps_kept(directory) == [4, 5, 6]
    return directory


@pytest.fixture
def directory(stopped, tmp_path):
    return shutil.copytree(stopped, tmp_path / "checkpoints")


# Going on --------------------------------------------------------------------


@pytest.mark.parametrize("step", [3, 5, 8])
def test_training_goes_on_where_it_was_killed(uninterrupted, tmp_path, step):
    killed(tmp_path, step, every_steps=1)
    gan = compiled()
    history = fit(gan, tmp_path).history
    assert same_state(gan, uninterrupted[0])
    # The means of the epoch that was interrupted are of all its batches.
    for name, values in uninterrupted[1].items():
        assert history[name] == values[-len(history[name]) :], name
    assert len(history["d_loss"]) == EPOCHS - (step - 1) // LENGTH


def test_training_that_is_killed_again_and_again_ends_the_same(uninterrupted, tmp_path):
    for step in (2, 1, 5):
        killed(tmp_path, step, every_steps=1)
    gan = compiled()
    fit(gan, tmp_path)
    assert same_state(gan, uninterrupted[0])


def test_order_of_images_is_the_earlier_trainings(uninterrupted, directory):
    gan = compiled(seed=7)
    fit(gan, directory)
    assert gan.seed == 1 and same_state(gan, uninterrupted[0])


def test_finished_training_is_restored_and_not_trained(uninterrupted, tmp_path):
    fit(compiled(), tmp_path)
    gan, calls = compiled(), Calls()
    assert fit(gan, tmp_path, calls).history == {}
    assert same_state(gan, uninterrupted[0])
    assert calls.names == ["train begin", "train end"]


def test_training_goes_on_in_the_same_process(uninterrupted, tmp_path):
    gan, checkpoint = compiled(), Checkpoint(tmp_path)
    for epochs in range(1, EPOCHS + 1):
        gan.fit(epochs=epochs, callbacks=[checkpoint], **DATA)
    assert same_state(gan, uninterrupted[0])


def test_two_parts_of_an_epoch_are_one_training_to_callbacks(directory):
    calls = Calls()
    fit(compiled(), directory, calls)
    assert calls.names == [
        "train begin",
        "epoch 1",
        "epoch 1 end",
        "epoch 2",
        "epoch 2 end",
        "train end",
    ]


def test_stop_in_the_rest_of_an_epoch_ends_the_training(directory):
    class StopAtEnd(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.stop_training = True

    calls = Calls()
    fit(compiled(), directory, calls, StopAtEnd())
    assert calls.names[1:] == ["epoch 1", "epoch 1 end", "train end"]


def test_validation_goes_on_too(uninterrupted, directory):
    gan = compiled()
    history = fit(gan, directory, validation_data=small_images(6, seed=5)).history
    assert len(history["val_d_loss"]) == 2
    assert history["d_loss"] == uninterrupted[1]["d_loss"][1:]


def averaged():
    make = keras.optimizers.SGD
    return {
        f"{name}_optimizer": make(0.01, use_ema=True, ema_momentum=0.5)
        for name in ("generator", "discriminator")
    }


def test_optimizers_that_average_weights_go_on(tmp_path):
    expected = compiled(optimizer=averaged, plain=True)
    expected.fit(epochs=EPOCHS, **DATA)
    killed(tmp_path, 7, every_steps=1, optimizer=averaged, plain=True)
    gan = compiled(optimizer=averaged, plain=True)
    fit(gan, tmp_path)
    assert same_state(gan, state(expected))


@pytest.mark.skipif(
    keras.backend.backend() == "torch", reason="one step an execution on torch"
)
def test_several_steps_an_execution_go_on(tmp_path):
    def steps_of_two():
        return {"steps_per_execution": 2}

    expected = compiled(optimizer=steps_of_two, plain=True)
    expected.fit(epochs=EPOCHS, **DATA)
    killed(tmp_path, 3, every_steps=2, optimizer=steps_of_two, plain=True)
    gan = compiled(optimizer=steps_of_two, plain=True)
    fit(gan, tmp_path)
    assert same_state(gan, state(expected))


def test_dataset_goes_on_with_the_steps_that_are_left(tmp_path):
    images = [IMAGES[:4]] * 100
    data = {"x": None, "batch_size": None, "steps_per_epoch": LENGTH}

    def batches():
        yield from images

    with pytest.raises(KeyboardInterrupt):
        fit(
            compiled(plain=True),
            tmp_path,
            Kill(6),
            checkpoint={"every_steps": 1},
            **{**data, "x": batches()},
        )
    gan = compiled(plain=True)
    fit(gan, tmp_path, **{**data, "x": batches()})
    assert int(gan.step_counter) == EPOCHS * LENGTH


def test_dataset_of_unknown_length_begins_its_epoch_again(tmp_path):
    def batches():
        yield from [IMAGES[:4]] * 3

    data = {"batch_size": None, "epochs": 1, "checkpoint": {"every_steps": 1}}
    with pytest.raises(KeyboardInterrupt):
        fit(compiled(plain=True), tmp_path, Kill(2), x=batches(), **data)
    gan = compiled(plain=True)
    fit(gan, tmp_path, x=batches(), **data)
    assert int(gan.step_counter) == 1 + 3


# What is refused -------------------------------------------------------------


def test_model_that_has_taken_more_steps_is_refused(directory):
    gan = compiled()
    gan.fit(epochs=2, **DATA)
    before = state(gan)
    with pytest.raises(ValueError, match="of step 6. Received: .* taken 8 steps"):
        fit(gan, directory)
    assert same_state(gan, before)


def test_checkpoint_of_another_model_is_refused(directory):
    gan = compiled(discriminator=plain_discriminator())
    with pytest.raises(ValueError, match="checkpoint of this model. Received"):
        fit(gan, directory)


def test_other_batch_size_inside_an_epoch_is_refused(directory):
    with pytest.raises(ValueError, match="4 steps. Received: data of 7 steps"):
        fit(compiled(), directory, batch_size=2)


def test_model_that_is_not_compiled_is_refused_by_restore(directory):
    with pytest.raises(ValueError, match="must be compiled"):
        Checkpoint(directory).restore(small_gan(ema_decay=0.5))


@pytest.mark.parametrize(
    "arguments",
    [
        {"every_steps": 0},
        {"every_minutes": 0},
        {"every_minutes": float("nan")},
        {"keep": 0},
        {"best": "fd"},
        {"best": "fd:least"},
        {"best": ":min"},
    ],
)
def test_arguments_out_of_range_are_refused(tmp_path, arguments):
    with pytest.raises(ValueError, match="Received"):
        Checkpoint(tmp_path, **arguments)


# Damage ----------------------------------------------------------------------


def cut(path):
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 16
    path.write_bytes(data)


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
        ("manifest.json", remove, r"manifest\.json cannot be read"),
    ],
)
def test_damaged_checkpoint_is_left_out_with_a_warning(directory, name, damage, words):
    newest = directory / "step-000000006"
    damage(newest / name)
    with pytest.warns(UserWarning, match=f"step-000000005 is taken.*{words}"):
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
