"""500 saves and 20,000 pictures: no growth of files, descriptors or, where Keras and
the framework allow it, memory."""

import os
import resource
import time

import keras
import numpy as np
import pytest
from checkpointed import compiled, steps_kept
from PIL import Image

from kerasgan.callbacks.checkpoint import Checkpoint
from kerasgan.datasets import image_folder
from kerasgan.training.resuming import Position

SAVES = 500
# KiB. 400 models of 20 KiB would be 8 MiB; the allocator's own moves are below 4.
# To save an optimizer, Keras makes a new one to look at, and TensorFlow keeps 28 KiB or
# more for each variable of a new name: 213 KiB a save of three optimizers.
MOST = 400 * 240 if keras.backend.backend() == "tensorflow" else 4 * 1024


def descriptors():
    return len(os.listdir("/proc/self/fd"))


def resident():
    """KiB now, and not at the most."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize() // 1024


@pytest.mark.long
@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="needs Linux's /proc")
def test_many_saves_grow_nothing(tmp_path, record_property):
    gan, checkpoint = compiled(plain=True), Checkpoint(tmp_path, keep=3)
    seen = {}
    for step in range(1, SAVES + 1):
        gan.step_counter.assign(step)
        checkpoint.save(gan, Position(0, step), steps_per_epoch=SAVES + 1)
        if step in (100, SAVES):
            seen[step] = (descriptors(), resident())
        assert len(steps_kept(tmp_path)) == min(step, 3)
    (handles, memory), (handles_after, memory_after) = seen[100], seen[SAVES]
    assert handles_after == handles
    assert memory_after - memory < MOST, (memory, memory_after)
    assert [p.name for p in tmp_path.rglob("*") if p.name.startswith(".")] == []
    again = compiled(plain=True)
    Checkpoint(tmp_path).restore(again)
    assert int(keras.ops.convert_to_numpy(again.step_counter)) == SAVES
    record_property("saves in one process", SAVES)
    record_property("KiB more after the last 400 saves", memory_after - memory)


@pytest.mark.long
@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="needs Linux's /proc")
def test_many_pictures_take_the_room_of_the_array(tmp_path, record_property):
    pixels = np.random.default_rng(0).integers(0, 256, (200, 200, 3), dtype=np.uint8)
    Image.fromarray(pixels).resize((40, 40)).save(tmp_path / "00000.png")
    for i in range(1, 20_000):
        os.link(tmp_path / "00000.png", tmp_path / f"{i:05}.png")
    image_folder(tmp_path, image_size=8)
    handles, memory = descriptors(), resident()
    began = time.perf_counter()
    images = image_folder(tmp_path, image_size=8)
    seconds = time.perf_counter() - began
    assert images.shape == (20_000, 8, 8, 3) and descriptors() == handles
    # The array has 3.7 MiB, the paths as much again.
    growth = resident() - memory
    assert growth < 24 * 1024
    record_property("pictures read from one folder", len(images))
    record_property("pictures read in a second, 40x40", round(len(images) / seconds))
    record_property("KiB more after reading 20,000 pictures", growth)
