"""The numbers of a training: on disk, in a figure, in words."""

import json

import keras
import numpy as np
import pytest
from monitoring import GOOD, monitored
from PIL import Image
from small import same_weights, small_gan, small_images, weights_of

from kerasgan.callbacks import Checkpoint, Thresholds, TrainingMonitor
from kerasgan.callbacks.step_log import StepLog
from kerasgan.cli import main

pytestmark = pytest.mark.once

# Three steps an epoch.
DATA = {"x": small_images(12), "batch_size": 4, "verbose": 0}
QUIET = Thresholds(
    loss_range=None, accuracy_range=(0.0, 1.0), weak_accuracy=0.0, ratio_range=None
)
NAMES = ("d_fake_accuracy", "d_loss", "d_real_accuracy", "g_loss")


def quiet(directory, **arguments):
    return TrainingMonitor(
        directory, **{"thresholds": QUIET, "figure": False, **arguments}
    )


class OneStepEpochs(keras.callbacks.Callback):
    """With epochs of one step, an epoch's means are the step's own values."""

    def __init__(self):
        super().__init__()
        self.values = []

    def on_epoch_end(self, epoch, logs=None):
        self.values.append({name: logs[name] for name in NAMES})


def trained(*callbacks, epochs=2, **arguments):
    gan = small_gan(plain=True)
    gan.compile()
    gan.fit(callbacks=list(callbacks), **{**DATA, "epochs": epochs, **arguments})
    return gan


def lines(directory):
    text = (directory / "steps.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture(scope="module")
def step_values():
    """Of six steps, taken one an epoch: the same batches by the seed's order."""
    record = OneStepEpochs()
    trained(record, epochs=6, steps_per_epoch=1)
    return record.values


def close(row, values):
    for name in NAMES:
        np.testing.assert_allclose(row[name], values[name], rtol=1e-4, atol=1e-5)


def test_training_monitor_writes_the_value_of_each_step(step_values, tmp_path):
    trained(quiet(tmp_path))
    rows = lines(tmp_path)
    assert [row["step"] for row in rows] == [1, 2, 3, 4, 5, 6]
    assert set(rows[0]) == {"step", *NAMES}
    for row, values in zip(rows, step_values, strict=True):
        close(row, values)


def test_training_monitor_writes_means_across_epochs(step_values, tmp_path):
    trained(quiet(tmp_path, every=2))
    rows = lines(tmp_path)
    assert [row["step"] for row in rows] == [2, 4, 6]
    for i, row in enumerate(rows):
        pair = step_values[2 * i : 2 * i + 2]
        close(row, {name: np.mean([v[name] for v in pair]) for name in NAMES})


@pytest.mark.everywhere
def test_training_monitor_reads_several_steps_in_one_call(tmp_path):
    if keras.backend.backend() == "torch":
        pytest.skip("torch runs each step by itself")
    gan = small_gan(plain=True)
    gan.compile(steps_per_execution=2)
    gan.fit(callbacks=[quiet(tmp_path)], epochs=2, **DATA)
    assert [row["step"] for row in lines(tmp_path)] == [2, 3, 5, 6]


def test_training_monitor_takes_logs_in_any_order(tmp_path):
    gan = small_gan(plain=True)
    gan.compile()
    monitor = quiet(tmp_path)
    monitor.set_model(gan)
    monitor.on_train_begin()
    monitor.on_epoch_begin(0)
    # Means of 4, 2, 6 and 8, which arrive as threads would hand them in.
    for batch, mean in ((1, 3.0), (0, 4.0), (3, 5.0), (2, 4.0)):
        monitor.on_train_batch_end(batch, {"g_loss": mean})
    monitor.on_train_end()
    assert lines(tmp_path) == [
        {"step": step, "g_loss": value}
        for step, value in ((1, 4.0), (2, 2.0), (3, 6.0), (4, 8.0))
    ]


def test_training_monitor_leaves_the_training_as_it_is(tmp_path):
    alone, watched = trained(), trained(quiet(tmp_path))
    assert same_weights(weights_of(alone), weights_of(watched))


def test_training_monitor_lets_keras_fetch_logs_in_other_threads(tmp_path):
    container = keras.callbacks.CallbackList([quiet(tmp_path)], verbose=0)
    # A private name, read to notice when Keras decides otherwise.
    assert container._async_train or keras.backend.backend() == "tensorflow"


def test_training_monitor_keeps_what_other_callbacks_log(tmp_path):
    scheduler = keras.callbacks.LearningRateScheduler(lambda epoch: 0.5**epoch)
    trained(scheduler, quiet(tmp_path, every=3))
    rows = [row for row in lines(tmp_path) if "learning_rate_generator" in row]
    assert rows == [
        {"step": 3 + 3 * i, **dict.fromkeys(RATES, 0.5**i)} for i in range(2)
    ]


RATES = ("learning_rate_generator", "learning_rate_discriminator")


def test_training_monitor_goes_on_in_the_same_file(tmp_path):
    gan = trained(quiet(tmp_path / "run"), epochs=1)
    gan.save(tmp_path / "gan.keras")
    gan.fit(callbacks=[quiet(tmp_path / "run")], **{**DATA, "epochs": 1})
    rows = lines(tmp_path / "run")
    assert [row["step"] for row in rows] == [1, 2, 3, 4, 5, 6]
    # As after a kill: later lines than the checkpoint's, the last one cut short.
    path = tmp_path / "run" / "steps.jsonl"
    path.write_text(path.read_text()[:-20])
    gan = keras.models.load_model(tmp_path / "gan.keras")
    gan.fit(callbacks=[quiet(tmp_path / "run")], **{**DATA, "epochs": 1})
    assert lines(tmp_path / "run") == rows


@pytest.mark.parametrize("first", ["monitor", "checkpoint"])
def test_training_monitor_goes_on_inside_an_epoch(step_values, first, tmp_path):
    class Killed(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            if batch == 2:
                raise KeyboardInterrupt

    def callbacks():
        checkpoint = Checkpoint(tmp_path / "checkpoints", every_steps=1)
        pair = [quiet(tmp_path / "run"), checkpoint]
        return pair if first == "monitor" else pair[::-1]

    with pytest.raises(KeyboardInterrupt):
        trained(*callbacks(), Killed())
    # Two steps of the first epoch are kept, and the means that Keras's logs go on.
    trained(*callbacks())
    rows = lines(tmp_path / "run")
    assert [row["step"] for row in rows] == [1, 2, 3, 4, 5, 6]
    for row, values in zip(rows, step_values, strict=True):
        close(row, values)


def test_step_log_hands_each_line_to_the_system(tmp_path):
    log = StepLog(tmp_path / "a" / "steps.jsonl", 0)
    log.write(1, {"g_loss": float("nan"), "d_loss": 1 / 3})
    text = (tmp_path / "a" / "steps.jsonl").read_text()
    assert text == '{"step": 1, "g_loss": null, "d_loss": 0.3333333}\n'
    log.close()


# The figure --------------------------------------------------------------------


def test_training_monitor_draws_at_the_end_and_on_demand(tmp_path):
    pytest.importorskip("matplotlib")
    monitor = quiet(tmp_path, figure=True)
    trained(monitor, epochs=1)
    assert monitor.draw(tmp_path / "again.png") == tmp_path / "again.png"
    for name in ("training.png", "again.png"):
        with Image.open(tmp_path / name) as picture:
            assert picture.width > picture.height > 800


def test_report_redraws_a_run(tmp_path, capsys):
    pytest.importorskip("matplotlib")
    monitored(tmp_path / "run" / "monitor", [GOOD] * 3, window=2)
    assert main(["report", str(tmp_path / "run")]) == 0
    assert (tmp_path / "run" / "monitor" / "training.png").exists()
    printed = capsys.readouterr().out.splitlines()
    assert printed[:2] == ["Steps 2 to 3:", "  generator loss 1.000: good."]


def test_report_refuses_a_folder_without_a_run(tmp_path, capsys):
    for name, what in (("", "holds none"), ("none", "is no folder")):
        assert main(["report", str(tmp_path / name), "--no-figure"]) == 1
        error = capsys.readouterr().err
        assert "holds steps.jsonl" in error and error.endswith(f"{what}.\n")


def test_figures_without_matplotlib_name_the_extra(tmp_path, monkeypatch):
    # What `import` does for a package that is not installed.
    monkeypatch.setitem(__import__("sys").modules, "matplotlib.figure", None)
    monitor = monitored(tmp_path, [GOOD] * 3, window=2)
    with pytest.raises(ImportError, match=r"pip install 'kerasgan\[plots\]'"):
        monitor.draw()
