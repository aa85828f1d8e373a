"""`kerasgan train`: a run, from its options to its report."""

import argparse
import functools
import os
import pathlib
import time

import keras

from kerasgan.callbacks.checkpoint_files import list_checkpoints
from kerasgan.callbacks.plotting import can_plot
from kerasgan.callbacks.sample_grid import SampleGrid
from kerasgan.callbacks.stopping import Stop
from kerasgan.callbacks.training_monitor import TrainingMonitor
from kerasgan.checks import check_positive_int
from kerasgan.cli import folder
from kerasgan.cli.record import SUMMARY, RecordWriter, RunRecord, write_record
from kerasgan.cli.remaining import Remaining
from kerasgan.cli.rows import Rows
from kerasgan.cli.settling import settle
from kerasgan.training.machine import describe_machine
from kerasgan.version import __version__

# A rule of thumb: below some thousand, methods for few images say so of themselves.
FEW_IMAGES = 1000


def train(options: argparse.Namespace) -> int:
    """Trains a preset into a folder.

    The folder holds `summary.json`, `checkpoints/` (all state) and, after each epoch,
    a row of `history.csv` and a picture in `samples/`; each step's losses in
    `monitor/`; at the end, or where the run was stopped, also `grid.png` and `preset/`.

    Args:
        options: the parsed arguments of `kerasgan train`.

    Returns:
        The exit status.

    Raises:
        ValueError: if an option is out of its range, or the folder is not new, empty
            or, with `--resume`, a run's.
    """
    _check_numbers(options)
    out = pathlib.Path(options.out)
    with folder.FolderLock(out) as lock:
        earlier = folder.earlier_record(out, resume=options.resume)
        # One that was killed at its very start left no record, but hidden files.
        folder.remove_leftovers(out)
        run = settle(options, out, earlier)
        if run.finished:
            _print_finished(run)
            return 0
        folder.make_folder(out)
        lock.take()
        if earlier is None:
            # Another process may have begun here in the meantime.
            folder.earlier_record(out, resume=False)
        return _train(run, options)


def _check_numbers(options):
    for name in ("epochs", "steps", "batch_size", "grid_every"):
        if (value := getattr(options, name)) is not None:
            check_positive_int(f"--{name.replace('_', '-')}", value)
    if options.seed is not None:
        check_positive_int("--seed", options.seed, minimum=0)
    for name in ("minutes", "checkpoint_minutes"):
        value = getattr(options, name)
        if value is not None and not value > 0:
            raise ValueError(
                f"`--{name.replace('_', '-')}` must be above 0. Received: {value}."
            )


def _train(run, options):
    _announce(run)
    seconds = functools.partial(_seconds, run.seconds, time.monotonic())
    record = functools.partial(_record, run, seconds)
    write_record(run.out, record())
    stop = Stop(options.minutes, steps=run.target_steps)
    if run.steps < run.target_steps:
        with stop.on_signals():
            _fit(run, options.grid_every, seconds, record, stop)
    run.gan.save_grid(run.out / folder.GRID, 64, seed=0, zoom=2)
    finished = record(finished=run.steps >= run.target_steps)
    run.gan.save_to_preset(
        run.out / folder.PRESET,
        overwrite=True,
        metadata={"training": finished.facts()},
    )
    write_record(run.out, finished)
    _report(run.out, finished, stop.reason)
    return stop.status


def _fit(run, grid_every, seconds, record, stop):
    length = run.steps_per_epoch
    callbacks = [
        keras.callbacks.TerminateOnNaN(raise_error=True),
        Rows(run.out / folder.HISTORY, steps_per_epoch=length, seconds=seconds),
        TrainingMonitor(run.out / folder.MONITOR, figure=can_plot()),
        SampleGrid(run.out / folder.SAMPLES, every_epochs=grid_every, zoom=2),
        RecordWriter(run.out, record),
        # What comes before is there when a checkpoint says that it was done.
        run.checkpoint,
        stop,
        Remaining(run.target_steps),
    ]
    try:
        run.gan.fit(
            run.images,
            run.labels,
            batch_size=run.batch_size,
            epochs=-(-run.target_steps // length),
            callbacks=callbacks,
            verbose="auto" if os.isatty(1) else 2,
        )
    except (RuntimeError, OSError) as error:
        raise RuntimeError(f"{error}. {_what_is_kept(run.out)}") from error


def _what_is_kept(out):
    steps = list_checkpoints(out / folder.CHECKPOINTS)
    if not steps:
        return f"No epoch was complete, so nothing is kept in {out}."
    return f"The model as it was after step {max(steps)} is kept in {out}."


def _seconds(before, began):
    return round(before + time.monotonic() - began, 1)


def _record(run, seconds, *, finished=False):
    return RunRecord(
        preset=run.preset,
        data=run.data,
        images=len(run.images),
        images_crc32=run.images_crc32,
        steps=run.steps,
        target_steps=run.target_steps,
        epochs=round(run.steps / run.steps_per_epoch, 2),
        batch_size=run.batch_size,
        seed=run.seed,
        dtype=run.dtype,
        backend=keras.backend.backend(),
        keras=keras.__version__,
        kerasgan=__version__,
        machine=describe_machine(),
        date=time.strftime("%Y-%m-%d"),
        seconds=seconds(),
        finished=finished,
    )


def _announce(run):
    print(
        f"Training {run.preset} on {len(run.images)} images of {run.data}: "
        f"{run.target_steps} steps ({run.target_steps / run.steps_per_epoch:.1f} "
        f"epochs), batch {run.batch_size}, {run.dtype}, Keras on "
        f"{keras.backend.backend()}, {describe_machine()}."
        + (f" {run.steps} steps are done." if run.steps else ""),
        flush=True,
    )
    if len(run.images) < FEW_IMAGES:
        print(
            f"{len(run.images)} images are few for a GAN: it may learn them by heart. "
            "`kerasgan recipes own_pictures` tells what helps.",
            flush=True,
        )


def _print_finished(run):
    print(
        f"The run in {run.out} is finished: {run.steps} steps "
        f"({run.steps / run.steps_per_epoch:.1f} epochs) are done. Pass a larger "
        "--epochs or --steps to train on."
    )


def _report(out, record, reason):
    taken = f"{record.steps} steps in {record.seconds:.0f} s"
    if record.finished:
        print(f"Done: {taken}. In {out}:")
    else:
        print(
            f"Stopped ({reason}): {taken}, of {record.target_steps}; the same "
            f"command with --resume goes on. In {out}:"
        )
    for name, what in (
        (folder.GRID, "64 images"),
        (folder.SAMPLES + "/", "the same 64 as training went on, and an animation"),
        (folder.HISTORY, "losses and accuracies"),
        (folder.MONITOR + "/", f"those of each step, for kerasgan report {out}"),
        (folder.CHECKPOINTS + "/", "all state, for --resume"),
        (folder.PRESET + "/", f"the model, for kerasgan generate {out}"),
        (SUMMARY, "what was run, where and for how long"),
    ):
        print(f"  {name:18}{what}")
