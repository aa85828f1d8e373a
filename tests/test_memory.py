"""Memory that training frees and takes again."""

import platform
import resource
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from mapped_blocks import block_is_mapped

import kerasgan
from kerasgan import _backends
from kerasgan.training.memory import freed_memory_kept

pytestmark = pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc" or not _backends.KEEP_MEMORY,
    reason="only glibc is adjusted, and not for TensorFlow",
)


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch):
    monkeypatch.delenv("GLIBC_TUNABLES", raising=False)


def test_large_blocks_stay_with_the_process_within_and_go_back_after():
    assert block_is_mapped()
    with freed_memory_kept():
        assert not block_is_mapped()
        with freed_memory_kept():
            assert not block_is_mapped()
        assert not block_is_mapped()
    assert block_is_mapped()


def test_what_goes_back_is_what_glibc_would_give_back():
    # In a process of its own: here 40 MB may lie free from earlier tests.
    done = subprocess.run(
        [sys.executable, "-m", "tests.mapped_blocks", "20", "40"],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
    )
    assert done.stdout == "False True\n", done.stderr


def test_an_error_within_gives_the_memory_back():
    with pytest.raises(RuntimeError, match="stop"), freed_memory_kept():
        raise RuntimeError("stop")
    assert block_is_mapped()


def test_the_environment_has_the_last_word(monkeypatch):
    monkeypatch.setenv("GLIBC_TUNABLES", "glibc.malloc.hugetlb=0")
    with freed_memory_kept():
        assert block_is_mapped()


class PageFaults(keras.callbacks.Callback):
    """Minor page faults up to the end of each step."""

    def __init__(self):
        super().__init__()
        self.counts = []

    def on_train_batch_end(self, batch, logs=None):
        self.counts.append(resource.getrusage(resource.RUSAGE_SELF).ru_minflt)


@pytest.mark.long
def test_steps_take_their_memory_from_the_steps_before():
    gan = kerasgan.DCGAN.from_preset("mnist-28", load_weights=False)
    images = np.zeros((64, 28, 28, 1), "uint8")
    faults = PageFaults()
    gan.fit(
        images,
        batch_size=64,
        epochs=1,
        steps_per_epoch=6,
        verbose=0,
        callbacks=[faults],
    )
    # 6,000 to 30,000 where each step takes new memory.
    assert min(np.diff(faults.counts)[1:]) < 2000
