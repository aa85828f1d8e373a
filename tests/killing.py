"""Trainings by the command line that are killed, gone on with, and compared."""

import csv
import io
import os
import pathlib
import signal
import subprocess
import sys
import time
import zipfile

import h5py
import numpy as np
from PIL import Image
from small import small_gan

from kerasgan.cli import main

IMAGES, BATCH, LENGTH = 37, 8, 5

# Minutes between checkpoints: at every step, or every few.
MINUTES = (1e-9, 0.002, 0.01)


def make_task(folder):
    """A preset and pictures in a new folder; gives the arguments that name them."""
    rng = np.random.default_rng(0)
    (folder / "photos").mkdir(parents=True)
    for i in range(IMAGES):
        pixels = rng.integers(0, 256, (8, 8), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / "photos" / f"{i:02}.png")
    preset = small_gan(ema_decay=0.9).save_to_preset(folder / "preset")
    return [str(preset), "--data", str(folder / "photos"), "--batch-size", str(BATCH)]


def arguments(task, out, steps, *, minutes=10.0):
    """Of the command that trains, or goes on."""
    words = ["train", *task, "--resume", "--steps", steps, "--out", out]
    return [str(word) for word in [*words, "--checkpoint-minutes", minutes]]


def finish(task, out, steps):
    """Lets a training end by itself, in this process."""
    assert main(arguments(task, out, steps)) == 0


def kill_once(task, out, steps, rng, *, inside):
    """One life of a training.

    Args:
        task, out, steps: as for `finish`.
        rng: a `random.Random` that names the moment.
        inside: whether to wait for a checkpoint that is being written.

    Returns:
        "inside" or "between" for the moment of the death as the folder shows it, or
        `None` where the training ended before it.
    """
    before = names(out)
    words = arguments(task, out, steps, minutes=rng.choice(MINUTES))
    process = subprocess.Popen(
        [sys.executable, "-m", "kerasgan.cli", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
    )
    try:
        # Until it trains, there is nothing to kill.
        while process.poll() is None and not names(out) - before:
            time.sleep(0.002)
        time.sleep(rng.uniform(0, 0.7))
        while inside and process.poll() is None and not unfinished(out):
            pass
        if inside:
            time.sleep(rng.uniform(0, 0.01))
        process.send_signal(signal.SIGKILL)
    finally:
        process.kill()
        printed = process.communicate()[0].decode()
    if process.returncode == 0:
        return None
    assert process.returncode == -signal.SIGKILL, printed
    return "inside" if unfinished(out) else "between"


def names(out):
    folder = out / "checkpoints"
    return set(os.listdir(folder)) if folder.is_dir() else set()


def unfinished(out):
    """Hidden folders, which a process that is not killed renames or removes."""
    return {name for name in names(out) if name.startswith(".")}


def outcome(out):
    """All that a training leaves behind, without times of day and durations."""
    with open(out / "history.csv", newline="") as file:
        rows = [{**row, "seconds": ""} for row in csv.DictReader(file)]
    newest = max(name for name in names(out))
    return {
        "history": rows,
        "hidden": sorted(unfinished(out)),
        "state": state(out / "checkpoints" / newest / "model.keras"),
        "preset": (out / "preset" / "model.safetensors").read_bytes(),
        "grid": (out / "grid.png").read_bytes(),
        "samples": {p.name: p.read_bytes() for p in (out / "samples").iterdir()},
    }


def state(path: pathlib.Path):
    """Every array in a `.keras` file, optimizers and random state too, as bytes."""
    arrays = {}

    def visit(name, item):
        if isinstance(item, h5py.Dataset):
            arrays[name] = item[()].tobytes()

    with zipfile.ZipFile(path) as archive:
        data = io.BytesIO(archive.read("model.weights.h5"))
    with h5py.File(data) as file:
        file.visititems(visit)
    assert any(name.startswith("optimizer") for name in arrays), sorted(arrays)
    return arrays
