"""Every way in which a preset's files can be wrong, and what is said then."""

import hashlib
import json
import os
import shutil
import struct
import subprocess
import sys

import numpy as np
import pytest
import safetensors.numpy
from presets_tiny import tiny_gan

from kerasgan import DCGAN
from kerasgan.presets import PresetError
from kerasgan.registry import register_network

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    return tiny_gan().save_to_preset(tmp_path_factory.mktemp("original") / "tiny")


@pytest.fixture
def preset(original, tmp_path):
    directory = tmp_path / "tiny"
    directory.mkdir()
    for path in original.iterdir():
        (directory / path.name).write_bytes(path.read_bytes())
    return directory


def edit(path, field, value):
    """Sets the dotted `field`; the value `...` deletes it."""
    content = json.loads(path.read_text())
    *parents, last = field.split(".")
    target = content
    for key in parents:
        target = target[key]
    if value is ...:
        del target[last]
    else:
        target[last] = value
    path.write_text(json.dumps(content))


def replace_weights(preset, content):
    """New weights whose size and hash the metadata confirms."""
    (preset / "model.safetensors").write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    edit(preset / "metadata.json", "weights.bytes", len(content))
    edit(preset / "metadata.json", "weights.sha256", digest)


def tensors_of(preset):
    return safetensors.numpy.load_file(preset / "model.safetensors")


def assert_refused(preset, *words, **arguments):
    with pytest.raises(PresetError) as caught:
        DCGAN.from_preset(preset, **arguments)
    message = str(caught.value)
    for word in words:
        assert word in message
    return message


# JSON ------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["config.json", "metadata.json"])
def test_missing_json_is_an_error(preset, name):
    (preset / name).unlink()
    assert_refused(preset, name, "the file is missing", "save_to_preset")


@pytest.mark.parametrize("name", ["config.json", "metadata.json"])
def test_json_that_is_no_plain_file_is_an_error(preset, name):
    (preset / name).unlink()
    os.mkfifo(preset / name)
    assert_refused(preset, name, "the file is missing")


@pytest.mark.parametrize("name", ["config.json", "metadata.json", "model.safetensors"])
@pytest.mark.parametrize("inside", [True, False])
def test_file_that_is_a_link_is_an_error(preset, name, inside):
    """Followed, it would have any file of the machine opened."""
    target = preset / f"other-{name}" if inside else preset.parent / name
    (preset / name).rename(target)
    (preset / name).symlink_to(target)
    assert_refused(preset, str(preset / name), "no link", "cp -rL")


def test_directory_that_is_a_link_is_read(preset, tmp_path):
    (tmp_path / "name").symlink_to(preset)
    DCGAN.from_preset(tmp_path / "name")


@pytest.mark.parametrize(
    "content, words",
    [
        (b"{", "is not valid JSON"),
        (b"\xff\xfe", "is not valid JSON"),
        (b'{"a": 1, "a": 2}', "duplicate key 'a'"),
        (b'{"a": NaN}', "NaN is not a JSON number"),
        (b'{"a": -Infinity}', "-Infinity is not a JSON number"),
        (b'{"a": 1e999}', "the number 1e999 is too large"),
        (b'{"a": 1' + b"0" * 5000 + b"}", "is not valid JSON"),
        (b"[" * 60000, "is not valid JSON"),
        (b"[]", "must be an object"),
        (b"{}", "is missing"),
        (b" " * 262145, "bytes"),
    ],
)
@pytest.mark.parametrize("name", ["config.json", "metadata.json"])
def test_json_that_is_malformed_is_an_error(preset, name, content, words):
    (preset / name).write_bytes(content)
    assert_refused(preset, name, words)


def test_config_has_a_smaller_limit_than_metadata(preset):
    for name in ("metadata.json", "config.json"):
        path = preset / name
        path.write_bytes(path.read_bytes() + b" " * 70000)
        if name == "metadata.json":
            DCGAN.from_preset(preset)
    assert_refused(preset, "config.json", "at most 65536 bytes")


# Config ----------------------------------------------------------------------

_ADAM = {"name": "adam", "learning_rate": 1e-3}


@pytest.mark.parametrize(
    "field, value, words",
    [
        ("format_version", 2, "pip install --upgrade kerasgan"),
        ("format_version", True, "must be 1"),
        ("format_version", ..., "format_version: is missing"),
        ("model", "wgan", "must be one of 'acgan'"),
        ("model", ["dcgan"], "must be one of 'acgan'"),
        ("dtype", "float64", "must be one of 'float32', 'bfloat16'"),
        ("generator", "upsampling-generator", "must be an object"),
        ("generator.class_name", "Functional", "is not a known field"),
        ("generator.builder", "upsampling-generater", "'upsampling-generator'"),
        ("generator.builder", "os.system", "No network builder"),
        ("generator.builder", ["a"], "must be one line"),
        ("generator.arguments", [], "must be an object"),
        ("generator.arguments.latent_dims", 3, "did you mean 'latent_dim'"),
        ("generator.arguments.latent_dim", 3.5, "of the kind int. Received: 3.5"),
        ("generator.arguments.latent_dim", True, "of the kind int"),
        ("generator.arguments.latent_dim", None, "of the kind int"),
        ("generator.arguments.latent_dim", {"a": 1}, "flat list of those"),
        ("generator.arguments.filters", [10**9, 1], "filters.0: must be a whole"),
        ("generator.arguments.filters", [[4], 4], "flat list of those"),
        ("generator.arguments.filters", [4] * 65, "at most 64 items"),
        ("generator.arguments.filters", "4, 4", "of the kind list"),
        ("generator.arguments.filters", [], "refuses them"),
        ("generator.arguments.filters", [65536, 65536], "1073741824 parameters"),
        ("generator.arguments.kernel_initializer", "x" * 65, "at most 64 characters"),
        ("generator.arguments.kernel_initializer", "a\u202eb", "one line of printable"),
        ("generator.arguments.kernel_initializer", "ones", "refuses them"),
        ("ema_decay", 1.0, "must be a number above 0 and below 1. Received: 1.0"),
        ("ema_decay", "0.9", "must be a number"),
        ("augmentation", {"horizontal_flip": True}, "crop_padding: is missing"),
        ("compile", {}, "generator_optimizer: is missing"),
        ("compile.loss", "kerasgan.losses", "must be one of 'binary_crossentropy'"),
        ("compile.real_label", 1.5, "at least 0 and at most 1"),
        ("compile.discriminator_steps", 0, "from 1 to 65536"),
        ("compile.penalty", 1, "is not a known field"),
        ("compile.generator_optimizer", "adam", "must be an object"),
        ("compile.generator_optimizer", {"learning_rate": 1}, "name: is missing"),
        ("compile.generator_optimizer", {"name": "lion"}, "'rmsprop', 'sgd'"),
        ("compile.generator_optimizer", {"name": "adam"}, "learning_rate: is missing"),
        ("compile.generator_optimizer", {**_ADAM, "rho": 0.9}, "rho: is not a known"),
        ("compile.generator_optimizer", {**_ADAM, "beta_1": 1}, "below 1"),
        ("compile.generator_optimizer.learning_rate", -1, "above 0 and at most 10"),
        ("compile.generator_optimizer.learning_rate", {"class_name": "x"}, "a number"),
        (
            "compile.generator_optimizer",
            {**_ADAM, "clipvalue": 1, "clipnorm": 1},
            "only one of clipvalue",
        ),
        ("training", {"batch_size": 1}, "either epochs or steps"),
        ("training", {"batch_size": 1, "epochs": 1, "steps": 1}, "either epochs"),
        ("training.batch_size", 0, "from 1 to 65536"),
        ("extra", 1, "extra: is not a known field"),
    ],
)
def test_config_that_is_not_allowed_is_an_error(preset, field, value, words):
    edit(preset / "config.json", field, value)
    place = ".".join(field.split(".")[:2])
    assert_refused(preset, str(preset / "config.json"), place, words)


def test_config_error_names_what_came_and_what_to_do(preset):
    edit(preset / "config.json", "compile.generator_optimizer.learning_rate", "fast")
    message = assert_refused(preset)
    assert message == (
        f"{preset}/config.json, field compile.generator_optimizer.learning_rate: must "
        "be a number above 0 and at most 10. Received: 'fast'. Correct the file, or "
        "write the preset again with save_to_preset."
    )


def test_config_that_needs_an_argument_is_an_error(preset):
    @register_network("test-required")
    def build(*, latent_dim: int):
        raise AssertionError("never called")

    edit(preset / "config.json", "generator.builder", "test-required")
    edit(preset / "config.json", "generator.arguments", {})
    assert_refused(preset, "generator.arguments.latent_dim: is missing")


def test_config_that_was_altered_does_not_fit_the_weights(preset):
    edit(preset / "config.json", "generator.arguments.filters", [4, 5])
    assert_refused(preset, "metadata.json", "parameters.generator")
    assert_refused(preset, "parameters.generator", load_weights=False)
    # 320 + 16 as before, 3*3*4*5 + 5, 4*5, 3*3*5 + 1.
    edit(preset / "metadata.json", "parameters.generator", 336 + 185 + 20 + 46)
    assert_refused(
        preset, "field generator/002_upsample_conv2d/", "must have the shape"
    )
    DCGAN.from_preset(preset, load_weights=False)


def test_networks_that_do_not_fit_together_are_an_error(preset):
    name = "discriminator.arguments.image_shape"
    edit(preset / "config.json", name, [7, 8, 1])
    words = ("config.json", "no model can be made", "one image shape")
    assert_refused(preset, *words, load_weights=False)


# Metadata --------------------------------------------------------------------


@pytest.mark.parametrize(
    "field, value, words",
    [
        ("format_version", 0, "must be 1"),
        ("description", "a\nb", "one line of printable text"),
        ("description", "", "1 to 200 characters"),
        ("description", "x" * 201, "1 to 200 characters"),
        ("source", ["a"], "one line"),
        ("deviations", "none", "must be a list"),
        ("deviations", [1], "deviations.0: must be one line"),
        ("parameters.generator", -1, "whole number from 0"),
        ("parameters.ema", 1, "is not a known field"),
        ("weights.file", "../model.safetensors", "must be 'model.safetensors'"),
        ("weights.file", "/etc/passwd", "must be 'model.safetensors'"),
        ("weights.file", "./model.safetensors", "must be 'model.safetensors'"),
        ("weights.sha256", "0" * 63, "64 hexadecimal digits"),
        ("weights.sha256", "A" * 64, "64 hexadecimal digits"),
        ("weights.bytes", 2**40, "whole number from 8"),
        ("training", [1], "must be an object"),
        ("training", {"a": {"b": [[[[[1]]]]]}}, "nested too deeply"),
        ("training", {"a": [0] * 10001}, "at most 10000 values"),
        ("training", {"a": 10**30}, "must be a number"),
        ("author", "me", "author: is not a known field"),
    ],
)
def test_metadata_that_is_not_allowed_is_an_error(preset, field, value, words):
    edit(preset / "metadata.json", field, value)
    assert_refused(preset, str(preset / "metadata.json"), field, words)


# Weights ---------------------------------------------------------------------


def test_missing_weights_file_is_an_error(preset):
    (preset / "model.safetensors").unlink()
    assert_refused(preset, "the weights file is missing", "load_weights=False")
    DCGAN.from_preset(preset, load_weights=False)


def test_altered_byte_in_the_weights_is_an_error(preset):
    path = preset / "model.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    assert_refused(preset, "must have the SHA-256", "damaged")


def test_truncated_weights_are_an_error(preset):
    path = preset / "model.safetensors"
    size = path.stat().st_size
    path.write_bytes(path.read_bytes()[:-1])
    assert_refused(preset, f"must have {size} bytes", f"Received: {size - 1}")


@pytest.mark.parametrize(
    "content, words",
    [
        (b"\x00" * 8, "is not a valid safetensors file"),
        (struct.pack("<Q", 2**63) + b"{}", "the header must have at most"),
        (struct.pack("<Q", 2**22) + b"{}", "is not a valid safetensors file"),
        (struct.pack("<Q", 2) + b"{]", "is not a valid safetensors file"),
        (struct.pack("<Q", 2) + b"{}", "the tensor is missing"),
        (struct.pack("<Q", 2) + b"{}" + b"hole", "is not a valid safetensors file"),
    ],
)
def test_weights_that_are_malformed_are_an_error(preset, content, words):
    replace_weights(preset, content)
    assert_refused(preset, "model.safetensors", words)


def test_tensor_missing_or_too_many_is_an_error(preset):
    tensors = tensors_of(preset)
    bias = tensors.pop("generator/000_dense/bias")
    replace_weights(preset, safetensors.numpy.save(tensors))
    assert_refused(preset, "field generator/000_dense/bias: the tensor is missing")
    tensors |= {"generator/000_dense/bias": bias, "generator/extra": bias}
    replace_weights(preset, safetensors.numpy.save(tensors))
    assert_refused(preset, "field generator/extra", "have no such tensor")


def test_an_average_of_which_a_part_is_missing_is_an_error(preset):
    edit(preset / "config.json", "ema_decay", 0.9)
    tensors = tensors_of(preset)
    tensors["ema_generator/000_dense/bias"] = tensors["generator/000_dense/bias"]
    replace_weights(preset, safetensors.numpy.save(tensors))
    assert_refused(preset, "field ema_generator/", "the tensor is missing")
    edit(preset / "config.json", "ema_decay", None)
    assert_refused(preset, "field ema_generator/", "have no such tensor")


def test_tensor_of_another_shape_is_an_error(preset):
    tensors = tensors_of(preset)
    tensors["generator/000_dense/bias"] = np.zeros((8, 8), "float32")
    replace_weights(preset, safetensors.numpy.save(tensors))
    assert_refused(preset, "must have the shape (64,). Received: (8, 8)")


@pytest.mark.parametrize("dtype, code", [("float64", "F64"), ("int32", "I32")])
def test_tensor_of_another_dtype_is_an_error(preset, dtype, code):
    tensors = tensors_of(preset)
    tensors["generator/000_dense/bias"] = np.zeros(64, dtype)
    replace_weights(preset, safetensors.numpy.save(tensors))
    assert_refused(preset, "must be one of F32, F16, BF16", f"Received: '{code}'")


_PROBE = """
import resource, sys
import keras
from kerasgan import DCGAN
from kerasgan.presets import PresetError

DCGAN.from_preset(sys.argv[1])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for path, words in zip(sys.argv[2:], ["1073741824 parameters", "do not belong"]):
    try:
        DCGAN.from_preset(path)
    except PresetError as error:
        assert words in str(error), error
    else:
        raise AssertionError(path)
# Keras initialises deferred variables when the next scope ends.
with keras.StatelessScope():
    pass
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
assert grown < 200 * 1024, grown
"""


def test_huge_network_is_refused_before_memory_is_allocated(original, tmp_path):
    """One network over the limit, and one of 2 GiB that fits no weights."""
    paths = [original]
    for name, filters in (("over", [65536, 65536]), ("under", [8192, 8192])):
        paths.append(shutil.copytree(original, tmp_path / name))
        edit(paths[-1] / "config.json", "generator.arguments.filters", filters)
    # By hand: dense 5*16*8192, two batch norms 4*8192, 9*8192**2 + 8192, 9*8192 + 1.
    count = 655360 + 65536 + 603987968 + 73729
    edit(paths[-1] / "metadata.json", "parameters.generator", count)
    command = [sys.executable, "-c", _PROBE, *map(str, paths)]
    subprocess.run(command, check=True, env=os.environ)
