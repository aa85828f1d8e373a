"""One export from arguments to files in their place."""

import dataclasses
import json
import os
import pathlib
import tempfile
from collections.abc import Sequence
from typing import Literal

import keras

from kerasgan.export import runtimes
from kerasgan.export.arguments import make_job
from kerasgan.export.metadata import make_metadata, size_of, write_sidecar
from kerasgan.export.processes import package_version, run_process
from kerasgan.export.reference import SEED, save_reference
from kerasgan.export.report import ExportError, ExportResult
from kerasgan.export.stock import custom_objects_of, exported_network
from kerasgan.export.writers import keras_archive
from kerasgan.files import move_together, of_about, staging_directory

# What pip calls a framework.
_DISTRIBUTIONS = {
    "tensorflow": ("tensorflow", "tensorflow_cpu"),
    "torch": ("torch",),
}


def export_generator(
    gan: keras.Model,
    path: str | os.PathLike[str],
    format: str | None = None,
    *,
    output: Literal["float32", "uint8"] = "float32",
    weights: Literal["float32", "float16", "int8"] = "float32",
    opset: int | None = None,
    overwrite: bool = False,
    verify: bool = True,
    verbose: bool = True,
    batches: Sequence[int] = (1, 7),
) -> ExportResult:
    """Writes the generator alone, to run without kerasgan.

    What is written is the moving average where there is one, in float32, from the
    inputs that `generator_input_spec` names (`latents`, of a conditional model `labels`
    too) to `images`; the batch is free. Whatever backend trains: the file is written in
    a new process under one that can. It is written beside its place, loaded in its own
    runtime in a process without kerasgan, compared with the generator, and only then
    moved to its place.

    Args:
        gan: the GAN.
        path: file, or folder for a SavedModel. Missing parent folders are made. A JSON
            file of the same name and `.json` is put beside it.
        format: `"tf_saved_model"`, `"onnx"`, `"litert"`, `"torch"`, `"openvino"` or
            `"keras"`. Defaults to what the suffix says: none, `.onnx`, `.tflite`,
            `.pt2`, `.xml`, `.keras`.
        output: `"float32"` for images in [-1, 1] (the default), `"uint8"` for pixels in
            [0, 255].
        weights: `"float32"` (the default); `"float16"` for ONNX, LiteRT and OpenVINO,
            which halves the file; `"int8"` for ONNX.
        opset: ONNX opset, 13 to 23. Defaults to 18.
        overwrite: whether an existing export may be replaced.
        verify: whether the file is compared with the generator.
        verbose: whether progress and result are printed.
        batches: the batch sizes that `verify` compares.

    Returns:
        An `ExportResult`: size, runtime, and the largest difference from the generator
        that the check found.

    Raises:
        ValueError: for an argument that is not allowed, or a generator not built.
        FileExistsError: if `path` exists and `overwrite` is not true.
        ImportError: if a package is missing, with the extra that brings it.
        ExportError: if writing fails, or the largest difference is above the
            tolerance: 1e-4 for float32 weights, 0.02 for float16 and 0.5 for int8,
            in units of [-1, 1].

    Example:

    ```python
    gan = kerasgan.from_preset("mnist-28")
    result = gan.export("digits.onnx", output="uint8")
    print(result.bytes, result.runtime, result.max_difference)
    ```
    """
    job = make_job(
        path,
        format,
        output=output,
        weights=weights,
        opset=opset,
        overwrite=overwrite,
        verify=verify,
        batches=batches,
    )
    try:
        job.path.parent.mkdir(parents=True, exist_ok=True)
        with (
            staging_directory(job.path) as staging,
            tempfile.TemporaryDirectory(prefix="kerasgan-export-") as scratch,
        ):
            job = dataclasses.replace(
                job, scratch=pathlib.Path(scratch), staged=staging / job.path.name
            )
            return _export(gan, job, verbose)
    except OSError as error:
        raise ExportError(
            f"{job.path} cannot be written ({error.strerror or error}). The generator"
            f"{of_about(gan.generator.count_params())} is written beside its place: "
            "what was there before is unchanged. Free space or choose another place."
        ) from error


def _export(gan, job, verbose):
    live = gan.generator if gan.ema_generator is None else gan.ema_generator
    network = exported_network(live, gan.generator_input_spec, output=job.output)
    network.save(job.network)
    metadata = make_metadata(gan, live, job)
    job = dataclasses.replace(
        job,
        inputs=metadata["inputs"],
        custom_objects=custom_objects_of(network),
        metadata=json.dumps(metadata),
    )
    metadata["writer"] = _write(job, verbose)
    verification = None
    if job.batches:
        save_reference(job.scratch / runtimes.REFERENCE, gan, live, network, job)
        verification = _verify(job, verbose)
    return _finish(job, metadata, verification, verbose)


def _write(job, verbose):
    """Writes the staged file; gives who wrote it."""
    if job.backend is None:
        keras_archive.write(job)
        return f"keras {keras.__version__}"
    run_process(
        ["-m", "kerasgan.export.worker", job.write()],
        backend=job.backend,
        task=f"writing {job.path.name} under {job.backend}",
        verbose=verbose,
    )
    return f"{job.backend} {package_version(*_DISTRIBUTIONS[job.backend])}"


def _verify(job, verbose):
    """What the comparison in the file's own runtime found."""
    task = f"checking {job.path.name} in {job.runtime}"
    if verbose:
        print(task, flush=True)
    run_process(
        # -P keeps the other files of this folder from being found as modules.
        ["-P", runtimes.__file__, job.write()],
        backend=keras.backend.backend(),
        task=task,
        verbose=verbose,
    )
    found = json.loads((job.scratch / runtimes.FOUND).read_text())
    differences = {b: float(d) for b, d in found["differences"].items()}
    return {
        **found,
        "differences": differences,
        "max_difference": max(differences.values()),
        "tolerance": job.tolerance,
        "seed": SEED,
    }


def _finish(job, metadata, verification, verbose):
    """Moves the files to their place, or to one that says they are wrong."""
    difference = verification and verification["max_difference"]
    if verification and not difference <= job.tolerance:
        _keep_failed(job, verification)
    *artefacts, beside = job.staged_files
    write_sidecar(beside, metadata, artefacts, verification)
    size = size_of(artefacts)
    move_together(dict(zip(job.staged_files, job.files)))
    result = ExportResult(
        path=job.path,
        format=job.format,
        output=job.output,
        weights=job.weights,
        bytes=size,
        writer=metadata["writer"],
        runtime=verification and verification["runtime"],
        max_difference=difference,
        tolerance=verification and job.tolerance,
        batches=job.batches,
        metadata_path=job.files[-1],
    )
    if verbose:
        print(result, flush=True)
    return result


def _keep_failed(job, verification):
    name = f"{job.path.stem}.failed-verification{job.path.suffix}"
    kept = dataclasses.replace(job, path=job.path.with_name(name))
    move_together(dict(zip(job.staged_files[:-1], kept.files[:-1])))
    raise ExportError(
        f"The exported {job.path.name} differs from the generator by up to "
        f"{verification['max_difference']:.3g} in {verification['runtime']}, more than "
        f"the {job.tolerance:g} allowed for weights={job.weights!r} and output="
        f"{job.output!r}. It is kept as {kept.path}; what was at {job.path} before is "
        "unchanged. A generator that draws noise at each call differs always: pass "
        "verify=False for it."
    )
