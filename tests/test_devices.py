"""What would train on several devices, and wrongly, is refused."""

import os
import pathlib
import socket
import subprocess
import sys

import keras
import pytest

BACKEND = keras.backend.backend()
TESTS = pathlib.Path(__file__).parent

_MIRRORED = """
import tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
two = [tf.config.LogicalDeviceConfiguration()] * 2
tf.config.set_logical_device_configuration(cpu, two)
from small import small_gan, small_images
for fit in (False, True):
    gan = small_gan() if fit else None
    with tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]).scope():
        try:
            gan.fit(small_images(8), batch_size=4) if fit else small_gan()
        except NotImplementedError as error:
            assert "one device" in str(error) and "2 replicas" in str(error), error
        else:
            raise AssertionError("not refused")
"""

_RANKS = """
import os, sys, torch
rank = int(sys.argv[1])
os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=sys.argv[2])
from small import small_gan, small_images
gan = small_gan()
torch.distributed.init_process_group("gloo", rank=rank, world_size=2)
try:
    gan.fit(small_images(8), batch_size=4)
except NotImplementedError as error:
    assert "one process" in str(error) and "2 ranks" in str(error), error
else:
    raise AssertionError("not refused")
"""


def process(code, *arguments):
    paths = [str(TESTS), str(TESTS.parent), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    return subprocess.Popen([sys.executable, "-c", code, *arguments], env=environment)


@pytest.mark.skipif(BACKEND != "tensorflow", reason="TensorFlow's strategy")
def test_several_replicas_are_refused():
    assert process(_MIRRORED).wait(timeout=300) == 0


@pytest.mark.skipif(BACKEND != "torch", reason="PyTorch's ranks")
def test_several_ranks_are_refused():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    ranks = [process(_RANKS, str(rank), port) for rank in range(2)]
    assert [rank.wait(timeout=300) for rank in ranks] == [0, 0]
