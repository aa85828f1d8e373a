"""`Checkpoint`: a training that goes on equals one that was never interrupted."""

import keras
import pytest
from checkpointed import (
    DATA,
    EPOCHS,
    IMAGES,
    LENGTH,
    Calls,
    Kill,
    compiled,
    fit,
    killed,
    same_state,
    state,
)
from small import (
    plain_discriminator,
    small_gan,
    small_images,
)

from kerasgan.callbacks.checkpoint import Checkpoint

pytestmark = pytest.mark.once

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


@pytest.mark.long
@pytest.mark.everywhere
def test_training_goes_on_from_every_step_of_20(tmp_path, record_property):
    epochs, steps = 20 // LENGTH, 20
    whole = compiled()
    fit(whole, tmp_path / "whole", epochs=epochs)
    for step in range(1, steps + 1):
        directory = tmp_path / f"killed-{step}"
        killed(directory, step, every_steps=1, epochs=epochs)
        gan = compiled()
        fit(gan, directory, epochs=epochs)
        assert same_state(gan, state(whole)), step
    record_property("steps of 20 after which a training was ended and gone on", steps)


@pytest.mark.everywhere
def test_training_that_is_killed_again_and_again_ends_the_same(uninterrupted, tmp_path):
    for step in (2, 1, 5):
        killed(tmp_path, step, every_steps=1)
    gan = compiled()
    fit(gan, tmp_path)
    assert same_state(gan, uninterrupted[0])


@pytest.mark.everywhere
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


@pytest.mark.everywhere
def test_optimizers_that_average_weights_go_on(tmp_path):
    expected = compiled(optimizer=averaged, plain=True)
    expected.fit(epochs=EPOCHS, **DATA)
    killed(tmp_path, 7, every_steps=1, optimizer=averaged, plain=True)
    gan = compiled(optimizer=averaged, plain=True)
    fit(gan, tmp_path)
    assert same_state(gan, state(expected))


@pytest.mark.everywhere
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
