"""Exports that cannot be: a clear error, and nothing half-written."""

import os
import pathlib
import subprocess
import sys
import zipfile

import keras
import numpy as np
import pytest
from export_layers import AlwaysNoise, OneBackendOnly
from export_models import BACKEND
from keras import ops
from limits import largest_file
from small import plain_discriminator, small_gan

import kerasgan
from kerasgan.cli import main
from kerasgan.export import ExportError
from kerasgan.training.state import random_state

pytestmark = pytest.mark.once

ROOT = pathlib.Path(__file__).parents[1]
# Formats that this backend leaves to another.
ELSEWHERE = {"tensorflow": "torch", "torch": "tf_saved_model", "jax": "tf_saved_model"}
SUFFIX = {"torch": ".pt2", "tf_saved_model": ""}


def gan_with(*layers):
    generator = keras.Sequential(
        [
            keras.Input((4,)),
            *layers,
            keras.layers.Dense(64, activation="tanh"),
            keras.layers.Reshape((8, 8, 1)),
        ]
    )
    return kerasgan.DCGAN(generator, plain_discriminator((8, 8, 1)), seed=1)


@pytest.fixture(scope="module")
def gan():
    return small_gan()


def refused(gan, error, words, path, *arguments, **named):
    """The export fails with these words, and leaves the folder as it was."""
    before = {p: p.is_file() and p.read_bytes() for p in path.parent.rglob("*")}
    with pytest.raises(error) as caught:
        gan.export(path, *arguments, verbose=False, **named)
    for word in words:
        assert word in str(caught.value)
    assert {p: p.is_file() and p.read_bytes() for p in path.parent.rglob("*")} == before
    return str(caught.value)


@pytest.mark.parametrize(
    "name, arguments, words",
    [
        ("g.onnx", {"format": "coreml"}, ["'coreml'", "'litert'", "'openvino'"]),
        ("g.bin", {}, [".tflite", "'g.bin'", "tf_saved_model"]),
        ("g.pt2", {"format": "onnx"}, ["must end in .onnx", "'g.pt2'"]),
        ("g.onnx", {"format": "tf_saved_model"}, ["is a folder", "'g.onnx'"]),
        ("g.onnx", {"opset": 7}, ["from 13 to 23", "opset=7"]),
        ("g.pt2", {"opset": 18}, ["belongs to format='onnx'", "opset=18"]),
        ("g.pt2", {"weights": "float16"}, ["'float32'", "'float16'", "'torch'"]),
        ("g.onnx", {"weights": "int4"}, ["'int8'", "weights='int4'"]),
        ("g.onnx", {"output": "uint16"}, ["'uint8'", "output='uint16'"]),
    ],
)
def test_argument_that_is_not_allowed_is_refused(gan, tmp_path, name, arguments, words):
    refused(gan, ValueError, words, tmp_path / name, **arguments)


def test_opset_must_be_a_whole_number(gan, tmp_path):
    refused(gan, TypeError, ["whole number", "18.0"], tmp_path / "g.onnx", opset=18.0)


@pytest.mark.parametrize("name", ["g.keras", "g.keras.json"])
def test_existing_file_is_not_replaced_unasked(gan, tmp_path, name):
    (tmp_path / name).write_text("old")
    words = [name, "overwrite=True"]
    refused(gan, FileExistsError, words, tmp_path / "g.keras")
    gan.export(tmp_path / "g.keras", overwrite=True, verify=False, verbose=False)
    assert (tmp_path / name).read_bytes() != b"old"


def test_folder_that_is_no_saved_model_is_never_replaced(gan, tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "one.png").write_text("old")
    words = ["is no SavedModel", "photos"]
    refused(gan, FileExistsError, words, tmp_path / "photos", overwrite=True)
    (tmp_path / "g.keras").mkdir()
    refused(gan, FileExistsError, ["folder"], tmp_path / "g.keras", overwrite=True)


def test_place_that_cannot_be_written_is_named(gan, tmp_path):
    (tmp_path / "file").write_text("old")
    path = tmp_path / "file" / "g.keras"
    with pytest.raises(ExportError, match="g.keras cannot be written.*another place"):
        gan.export(path, verbose=False)
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_generator_that_is_not_built_is_refused(tmp_path):
    gan = small_gan()
    gan.generator = keras.Sequential([keras.layers.Dense(4, name="late")], name="new")
    refused(gan, ValueError, ["'new' is not built", "Call it"], tmp_path / "g.keras")


def old_saved_model(path):
    path.mkdir()
    (path / "saved_model.pb").write_text("old")
    return path


def test_full_disk_leaves_what_was_there(gan, tmp_path):
    path = old_saved_model(tmp_path / "g")
    words = ["cannot be written", "was there before is unchanged"]
    with largest_file(2048):
        refused(gan, ExportError, words, path, overwrite=True)


def test_error_of_the_process_is_passed_on_whole(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPORT_TEST_BACKEND", BACKEND)
    gan, format = gan_with(OneBackendOnly()), ELSEWHERE[BACKEND]
    path = tmp_path / f"g{SUFFIX[format]}"
    other = "torch" if BACKEND == "tensorflow" else "tensorflow"
    words = [
        f"under {other} failed",
        "Traceback (most recent call last)",
        f"OneBackendOnly runs on {BACKEND}, not on {other}",
    ]
    refused(gan, ExportError, words, path, format)


def test_layer_of_another_module_is_exported_though_not_registered(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("EXPORT_TEST_BACKEND", BACKEND)
    gan = gan_with(OneBackendOnly())
    result = gan.export(tmp_path / "g.keras", verbose=False)
    assert result.max_difference < 1e-6


def test_layer_of_the_running_script_is_refused(tmp_path):
    code = """
import sys
sys.path.insert(0, "tests")
import keras, test_export_errors as here

class Mine(keras.layers.Layer):
    def call(self, inputs):
        return inputs

try:
    here.gan_with(Mine()).export(sys.argv[1], verbose=False)
except here.ExportError as error:
    print("REFUSED", error)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "g.keras"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    (line,) = [x for x in done.stdout.splitlines() if x.startswith("REFUSED")]
    assert "'Mine' from __main__" in line
    assert "Move it to a module" in line
    assert list(tmp_path.iterdir()) == []


def test_generator_that_draws_noise_is_found_out_and_kept_aside(tmp_path):
    gan = gan_with(AlwaysNoise())
    path = tmp_path / "g.keras"
    path.write_text("what was there before")
    states = [np.array(ops.convert_to_numpy(v)) for v in random_state(gan)]
    with pytest.raises(ExportError, match="differs from the generator.*is kept as"):
        gan.export(path, verbose=False, overwrite=True)
    assert path.read_text() == "what was there before"
    kept = tmp_path / "g.failed-verification.keras"
    assert set(tmp_path.iterdir()) == {path, kept}
    assert zipfile.is_zipfile(kept)
    gan.export(path, verify=False, overwrite=True, verbose=False)
    assert zipfile.is_zipfile(path)
    for was, now in zip(states, random_state(gan), strict=True):
        np.testing.assert_array_equal(was, ops.convert_to_numpy(now))


def test_command_line_exports_and_reports(gan, tmp_path, capfd):
    preset, path = str(gan.save_to_preset(tmp_path / "preset")), tmp_path / "g.keras"
    assert main(["export", preset, "--out", str(path), "--output", "uint8"]) == 0
    printed = capfd.readouterr().out
    assert f"{path}: keras, float32, {path.stat().st_size:,} bytes" in printed
    assert "largest difference 0" in printed or "largest difference 1 " in printed
    assert main(["export", preset, "--out", str(path)]) == 1
    assert "--overwrite" in capfd.readouterr().err


def test_command_line_prints_what_a_failed_process_printed(gan, tmp_path, capfd):
    preset = gan.save_to_preset(tmp_path / "preset")
    path = old_saved_model(tmp_path / "g")
    command = ["export", str(preset), "--out", str(path), "--overwrite"]
    saved = gan.export(tmp_path / "g.keras", verify=False, verbose=False)
    # Room for the generator's .keras file, not for its SavedModel.
    with largest_file(saved.bytes + 2000):
        assert main(command) == 1
    errors = capfd.readouterr().err.splitlines()
    assert "Traceback (most recent call last):" in errors
    assert errors[-1].startswith("kerasgan: The process for writing g under tensorflow")
    assert (path / "saved_model.pb").read_text() == "old"
    assert sorted(os.listdir(tmp_path)) == ["g", "g.keras", "g.keras.json", "preset"]
