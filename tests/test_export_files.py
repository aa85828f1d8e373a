"""Every format from this backend: written, loaded in its own runtime, compared; and
what the files hold, which does not depend on the backend that trains.

`make export-matrix` runs the first test with full-size generators on every backend, and
writes what it found into docs/export.md.
"""

import dataclasses
import json
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from export_models import BACKEND, MATRIX, formats_here, only_on, preset_gan, shake
from running import slow

from kerasgan.export import FORMATS, runtimes
from kerasgan.export.arguments import make_job
from kerasgan.export.job import Job
from kerasgan.export.metadata import weights_sha256
from kerasgan.export.processes import run_process

GANS = ["own"]
if MATRIX:
    GANS += ["mnist-28", "cifar10-32", "cifar10-32-rmsprop"]


def python(code, *arguments):
    """What `code` prints in a process of its own: some readers of files bring a
    second copy of what TensorFlow has loaded here."""
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\n{code}", *map(str, arguments)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def read_zip(path):
    with zipfile.ZipFile(path) as archive:
        return archive.read("kerasgan.json")


def read_onnx(path):
    import onnx

    return {p.key: p.value for p in onnx.load(path).metadata_props}["kerasgan"]


READ_PT2 = """
import torch
held = {"kerasgan.json": ""}
torch.export.load(sys.argv[1], extra_files=held)
print(held["kerasgan.json"])
"""
READ_IR = """
import openvino
print(openvino.Core().read_model(sys.argv[1]).get_rt_info("kerasgan").value)
"""
READERS = {
    "tf_saved_model": lambda path: (path / "assets.extra/kerasgan.json").read_text(),
    "onnx": read_onnx,
    "litert": read_zip,
    "torch": lambda path: python(READ_PT2, path),
    "openvino": lambda path: python(READ_IR, path),
    "keras": read_zip,
}


@pytest.mark.parametrize("format", formats_here())
@pytest.mark.parametrize("name", GANS)
def test_format_gives_the_generators_images(gans, export, name, format):
    # Images that vary: else every file would agree.
    assert gans[name].generate(16, seed=0).std() > 20
    result = export(name, format)
    assert result.max_difference < 1e-4
    files = FORMATS[format].files(result.path)
    assert set(result.path.parent.iterdir()) == set(files)
    verification = json.loads(result.metadata_path.read_text())["verification"]
    assert set(verification["differences"]) == {"1", "7", "64"}
    # What was loaded stood alone.
    assert verification["imported"] == ["keras"] * (format == "keras")


@pytest.mark.parametrize("format", formats_here())
def test_metadata_is_in_the_file_and_beside_it(gans, export, format):
    result, gan = export("own", format), gans["own"]
    inside = json.loads(READERS[format](result.path))
    beside = json.loads(result.metadata_path.read_text())
    assert inside.items() <= beside.items()
    assert inside["library"] == "kerasgan"
    assert inside["format"] == format
    assert inside["latent_dim"] == 32
    assert inside["output"] == {
        "name": "images",
        "shape": [None, 16, 16, 3],
        "dtype": "float32",
        "value_range": [-1, 1],
    }
    assert inside["weights_sha256"] == weights_sha256(gan.ema_generator)
    assert inside["weights_sha256"] != weights_sha256(gan.generator)
    assert sum(f["bytes"] for f in beside["files"].values()) == result.bytes


def test_metadata_says_where_the_weights_come_from(tmp_path):
    def exported(gan):
        path = tmp_path / "g.keras"
        gan.export(path, verify=False, verbose=False, overwrite=True)
        return json.loads(read_zip(path))

    gan = preset_gan("mnist-28")
    facts = exported(gan)
    assert facts["preset"] == "dcgan/mnist-28"
    # As recorded when the weights were trained, whatever runs here.
    training = facts["training"]
    assert (training["data"], training["target_steps"]) == ("mnist", 28140)
    assert training["backend"] == "tensorflow"
    assert facts["exported_from"].startswith(f"{BACKEND}, Keras 3.")
    assert "trained_on" not in facts
    shake(gan.ema_generator, 0)
    facts = exported(gan)
    assert facts["preset"] == "dcgan/mnist-28"
    assert facts["training"] is None
    facts = exported(preset_gan("mnist-28", narrow=True))
    assert facts["preset"] is facts["training"] is None


@only_on("tensorflow")
@pytest.mark.parametrize("name", ["own", *["cifar10-32-rmsprop", "mnist-28"] * MATRIX])
@pytest.mark.parametrize(
    "format, weights, ratio",
    [
        ("onnx", "int8", 0.65),
        *slow(
            ("onnx", "float16", 0.65),
            ("litert", "float16", 0.7),
            ("openvino", "float16", 0.8),
        ),
    ],
)
def test_smaller_weights_make_a_smaller_file_that_still_fits(
    export, name, format, weights, ratio
):
    plain, small = export(name, format), export(name, format, weights=weights)
    assert small.bytes < ratio * plain.bytes
    # Something was rounded, and no more than the format allows.
    assert plain.max_difference < small.max_difference <= small.tolerance


@only_on("tensorflow")
@pytest.mark.parametrize("opset", [13, 20])
def test_onnx_has_the_opset_asked_for(export, opset):
    import onnx

    result = export("own", "onnx", output="uint8", opset=opset)
    versions = {o.domain: o.version for o in onnx.load(result.path).opset_import}
    assert versions[""] == opset
    assert result.max_difference <= 1
    # What each exporter is there for.
    assert result.writer.startswith("tensorflow" if opset < 18 else "torch")


@only_on("tensorflow")
def test_onnx_names_its_ends_and_holds_no_path_of_this_machine(export):
    import onnx

    for opset in (13, 20):
        path = export("own", "onnx", output="uint8", opset=opset).path
        graph = onnx.load(path).graph
        ends = [*graph.input, *graph.output]
        assert [end.name for end in ends] == ["latents", "images"]
        for end in ends:
            assert end.type.tensor_type.shape.dim[0].dim_param == "batch"
        assert b"site-packages" not in path.read_bytes()


@only_on("tensorflow")
def test_pixels_in_a_file_are_uint8(export):
    import onnx

    path = export("own", "onnx", output="uint8", opset=20).path
    (images,) = onnx.load(path).graph.output
    assert images.type.tensor_type.elem_type == onnx.TensorProto.UINT8


@pytest.mark.long
@only_on("tensorflow")
def test_openvino_is_written_from_pytorch_too(gans, tmp_path):
    # What the registry takes where TensorFlow is not installed.
    gan, job = gans["own"], own_job(tmp_path)
    gan.generator.save(job.network)
    command = ["-m", "kerasgan.export.worker", job.write()]
    run_process(command, backend="torch", task="a test", verbose=False)
    assert differences(gan.generator, job) < 1e-4
    # The check itself: against another network it finds a difference.
    assert differences(gan.ema_generator, job) > 0.1


def own_job(folder):
    job = make_job(
        folder / "g.xml",
        "openvino",
        output="float32",
        weights="float32",
        opset=None,
        overwrite=False,
        verify=True,
        batches=(7,),
    )
    return dataclasses.replace(
        job,
        writer="torch_openvino",
        scratch=folder,
        staged=job.path,
        inputs=[{"name": "latents", "shape": [None, 32], "dtype": "float32"}],
        custom_objects=[("Conv2D", "kerasgan.layers", "Conv2D")],
        metadata="{}",
    )


def differences(network, job):
    latents = np.random.default_rng(1).standard_normal((7, 32), "float32")
    images = np.array(network(latents, training=False))
    reference = {"7/inputs/latents": latents, "7/images": images}
    np.savez(job.scratch / runtimes.REFERENCE, **reference)
    # Without custom objects, so that kerasgan cannot be imported.
    orders = dataclasses.replace(job, custom_objects=()).write()
    command = ["-P", runtimes.__file__, orders]
    run_process(command, backend="jax", task="a test", verbose=False)
    found = json.loads((job.scratch / runtimes.FOUND).read_text())
    return float(found["differences"]["7"])


def test_a_job_is_read_as_it_was_written(tmp_path):
    # JSON knows lists alone.
    job = dataclasses.replace(
        own_job(tmp_path), batches=[1, 7], custom_objects=[["a", "b", "c"]]
    )
    assert Job.read(job.write()) == job


def test_difference_is_infinite_for_a_wrong_shape_a_wrong_type_and_nan():
    images = np.zeros((2, 4, 4, 1), "float32")
    found = runtimes.largest_difference
    assert found(lambda latents: images + 0.25, None, images) == 0.25
    assert found(lambda latents: images[:1], None, images) == float("inf")
    assert found(lambda latents: images.astype("float64"), None, images) == float("inf")
    assert found(lambda latents: images * np.nan, None, images) == float("inf")
    pixels = np.array([[0, 255]], "uint8")
    assert found(lambda latents: pixels[:, ::-1], None, pixels) == 255
