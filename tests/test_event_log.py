"""TensorBoard's files, read back as records of TensorFlow's format."""

import io
import struct
import sys

import keras
import numpy as np
import pytest
from PIL import Image
from small import same_weights, small_gan, small_images, weights_of

from kerasgan.callbacks import EventLog

pytestmark = pytest.mark.once

DATA = {"x": small_images(12), "batch_size": 4, "verbose": 0}
NAMES = ("d_fake_accuracy", "d_loss", "d_real_accuracy", "g_loss")


def events(directory):
    """Of all files, as (tag, step, value): numbers, and pictures as arrays.

    A record is its length (8 bytes), a checksum (4), the event and a checksum (4).
    """
    proto = pytest.importorskip("tensorboardX.proto.event_pb2")
    found = []
    for path in sorted(directory.glob("events.*")):
        data, at = path.read_bytes(), 0
        while at < len(data):
            (length,) = struct.unpack_from("<Q", data, at)
            event = proto.Event.FromString(data[at + 12 : at + 12 + length])
            at += 16 + length
            for value in event.summary.value:
                content = value.simple_value
                if value.HasField("image"):
                    picture = io.BytesIO(value.image.encoded_image_string)
                    content = np.array(Image.open(picture))
                found.append((value.tag, event.step, content))
    return found


def trained(*callbacks, epochs=2):
    gan = small_gan(plain=True)
    gan.compile()
    history = gan.fit(callbacks=list(callbacks), epochs=epochs, **DATA).history
    return gan, history


def test_event_log_writes_scalars_and_images(tmp_path):
    pytest.importorskip("tensorboardX")
    log = EventLog(tmp_path, every=3, rows=2, columns=3, seed=5, image_epochs=2)
    rate = keras.callbacks.LearningRateScheduler(lambda epoch: 0.5**epoch)
    gan, history = trained(rate, log)
    found = events(tmp_path)
    # Means of three steps are the epochs' means.
    for name in NAMES:
        steps, values = zip(*[e[1:] for e in found if e[0] == f"train/{name}"])
        assert steps == (3, 6)
        np.testing.assert_allclose(values, history[name], rtol=1e-4)
    rates = [e for e in found if e[0] == "epoch/learning_rate_generator"]
    assert [e[1:] for e in rates] == [(3, 1.0), (6, 0.5)]
    ((_, step, picture),) = [e for e in found if e[0] == "samples"]
    assert step == 6 and picture.shape[:2] == (2 * 10 + 2, 3 * 10 + 2)
    image = gan.generate(6, seed=5)[5, ..., 0]
    # Row 1, column 2; grey pictures are stored in three channels.
    np.testing.assert_array_equal(picture[12:20, 22:30, 0], image)


def test_event_log_leaves_the_training_as_it_is(tmp_path):
    pytest.importorskip("tensorboardX")
    alone, _ = trained()
    watched, _ = trained(EventLog(tmp_path, every=1))
    assert same_weights(weights_of(alone), weights_of(watched))


def test_event_log_without_tensorboardx_names_the_extra(tmp_path, monkeypatch):
    # What `import` does for a package that is not installed.
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    with pytest.raises(ImportError, match=r"pip install 'kerasgan\[tensorboard\]'"):
        EventLog(tmp_path)


def test_event_log_refuses_what_is_out_of_range(tmp_path):
    pytest.importorskip("tensorboardX")
    for name in ("every", "image_epochs", "rows", "columns"):
        with pytest.raises(ValueError, match=f"`{name}` must be at least 1. Received"):
            EventLog(tmp_path, **{name: 0})
