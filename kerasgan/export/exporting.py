"""One export from arguments to files in their place."""

import dataclasses
import json
import pathlib
import tempfile

import keras
import numpy as np
from keras import ops

from kerasgan.export import keras_file, runtimes
from kerasgan.export.formats import FORMATS, sidecar
from kerasgan.export.metadata import make_metadata, size_of, write_sidecar
from kerasgan.export.processes import package_version, run_process, write_job
from kerasgan.export.report import ExportError, ExportResult
from kerasgan.export.request import make_request
from kerasgan.export.stock import custom_objects_of, exported_network
from kerasgan.files import move_together, staging_directory
from kerasgan.images import to_uint8
from kerasgan.networks.checks import all_layers
from kerasgan.training.state import random_state

BATCHES = (1, 7)
_SEED = 0
_IN_UNITS_OF = {"float32": np.asarray, "uint8": to_uint8}
# What pip calls a framework.
_DISTRIBUTIONS = {
    "tensorflow": ("tensorflow", "tensorflow_cpu"),
    "torch": ("torch",),
}


def export_generator(
    gan,
    path,
    format=None,
    *,
    output="float32",
    weights="float32",
    opset=None,
    overwrite=False,
    verify=True,
    verbose=True,
    batches=BATCHES,
):
    """Writes a GAN's generator alone, to run without kerasgan.

    The file is written beside its place, loaded in its own runtime in a process
    without kerasgan, compared with the generator, and only then moved to its place.

    Args:
        gan: the GAN. Its moving average is written where it has one.
        path: file, or folder for a SavedModel. Missing parent folders are made. A JSON
            file of the same name and `.json` is put beside it.
        format: name in `FORMATS`, or `None` for what the suffix says.
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
        An `ExportResult`.

    Raises:
        ValueError: for an argument that is not allowed, or a generator not built.
        FileExistsError: if `path` exists and `overwrite` is not true.
        ImportError: if a package is missing, with the extra that brings it.
        ExportError: if writing fails, or the largest difference is above the
            tolerance: 1e-4 for float32 weights, 0.02 for float16 and 0.5 for int8,
            in units of [-1, 1].
    """
    request = make_request(
        path,
        format,
        output=output,
        weights=weights,
        opset=opset,
        overwrite=overwrite,
        verify=verify,
    )
    batches = tuple(batches) if verify else ()
    try:
        request.path.parent.mkdir(parents=True, exist_ok=True)
        with (
            staging_directory(request.path) as staging,
            tempfile.TemporaryDirectory(prefix="kerasgan-export-") as scratch,
        ):
            export = _Export(
                gan, request, staging, pathlib.Path(scratch), batches, verbose
            )
            return export.run()
    except OSError as error:
        raise ExportError(
            f"{request.path} cannot be written ({error.strerror or error}). What was "
            "there before is unchanged. Free space or choose another place."
        ) from error


@dataclasses.dataclass(frozen=True)
class _Export:
    """The steps, and what they share."""

    gan: object
    request: object
    staging: pathlib.Path
    scratch: pathlib.Path
    batches: tuple
    verbose: bool

    def run(self):
        live = self._live_network()
        network = exported_network(
            live, self.gan.latent_dim, output=self.request.output
        )
        custom_objects = custom_objects_of(network)
        network.save(self.scratch / "generator.keras")
        metadata = make_metadata(self.gan, live, self.request)
        writer = self._write(metadata, custom_objects)
        verification = None
        if self.batches:
            self._save_reference(live, network)
            verification = self._verify(custom_objects)
        return self._finish(metadata, writer, verification)

    def _live_network(self):
        ema = self.gan.ema_generator
        return self.gan.generator if ema is None else ema

    @property
    def _staged(self):
        return self.staging / self.request.path.name

    def _say(self, text):
        if self.verbose:
            print(text, flush=True)

    def _write(self, metadata, custom_objects):
        """Writes the file into the staging folder; gives who wrote it."""
        saved, text = self.scratch / "generator.keras", json.dumps(metadata)
        writer = self.request.writer
        if writer is None:
            keras_file.write(saved, self._staged, text)
            return f"keras {keras.__version__}"
        job = {
            "network": str(saved),
            "custom_objects": custom_objects,
            "function": writer.function,
            "path": str(self._staged),
            "metadata": text,
            "weights": self.request.weights,
            "opset": self.request.opset,
            "scratch": str(self.scratch),
        }
        job_path = write_job(self.scratch / "write.json", job)
        run_process(
            ["-m", "kerasgan.export.worker", job_path],
            backend=writer.backend,
            task=f"writing {self.request.path.name} under {writer.backend}",
            verbose=self.verbose,
        )
        return f"{writer.backend} {package_version(*_DISTRIBUTIONS[writer.backend])}"

    def _save_reference(self, live, network):
        """Seeded latents and what the live generator makes of them."""
        rng, arrays = np.random.default_rng(_SEED), {}
        for batch in self.batches:
            latents = rng.standard_normal((batch, self.gan.latent_dim), "float32")
            arrays[f"latents_{batch}"] = latents
            arrays[f"images_{batch}"] = self._images(live, network, latents)
        np.savez(self.scratch / "reference.npz", **arrays)

    def _images(self, live, network, latents):
        policies = {layer.compute_dtype for layer in [live, *all_layers(live)]}
        if policies != {"float32"}:
            # The live network computes in less than what is exported.
            return ops.convert_to_numpy(network(latents, training=False))
        # A layer may draw noise in inference too. Copies: on torch a view would change
        # with the variable.
        states = [
            (v, np.array(ops.convert_to_numpy(v))) for v in random_state(self.gan)
        ]
        try:
            images = ops.convert_to_numpy(live(latents, training=False))
        finally:
            for variable, value in states:
                variable.assign(value)
        return _IN_UNITS_OF[self.request.output](images)

    def _verify(self, custom_objects):
        runtime = FORMATS[self.request.format].runtime
        task = f"checking {self.request.path.name} in {runtime}"
        self._say(task)
        job = {
            "format": self.request.format,
            "path": str(self._staged),
            "custom_objects": custom_objects,
            "reference": str(self.scratch / "reference.npz"),
            "batches": self.batches,
            "result": str(self.scratch / "verified.json"),
        }
        job_path = write_job(self.scratch / "verify.json", job)
        run_process(
            # -P keeps the other files of this folder from being found as modules.
            ["-P", runtimes.__file__, job_path],
            backend=keras.backend.backend(),
            task=task,
            verbose=self.verbose,
        )
        found = json.loads(pathlib.Path(job["result"]).read_text())
        found["differences"] = {b: float(d) for b, d in found["differences"].items()}
        return {**found, "tolerance": self.request.tolerance, "seed": _SEED}

    def _finish(self, metadata, writer, verification):
        """Moves the files to their place, or to one that says they are wrong."""
        target = self.request.path
        difference = None
        if verification:
            difference = max(verification["differences"].values())
            verification["max_difference"] = difference
            if not difference <= self.request.tolerance:
                self._keep_failed(difference, verification)
        artefacts = FORMATS[self.request.format].files(self._staged)[:-1]
        metadata = {**metadata, "writer": writer}
        write_sidecar(sidecar(self._staged), metadata, artefacts, verification)
        size = size_of(artefacts)
        move_together(
            dict(zip([*artefacts, sidecar(self._staged)], self.request.files))
        )
        result = ExportResult(
            path=target,
            format=self.request.format,
            output=self.request.output,
            weights=self.request.weights,
            bytes=size,
            writer=writer,
            runtime=verification and verification["runtime"],
            max_difference=difference,
            tolerance=verification and self.request.tolerance,
            batches=self.batches,
            metadata_path=sidecar(target),
        )
        self._say(str(result))
        return result

    def _keep_failed(self, difference, verification):
        path = self.request.path
        kept = path.with_name(f"{path.stem}.failed-verification{path.suffix}")
        files = FORMATS[self.request.format].files
        moves = dict(zip(files(self._staged)[:-1], files(kept)[:-1]))
        move_together(moves)
        raise ExportError(
            f"The exported {path.name} differs from the generator by up to "
            f"{difference:.3g} in {verification['runtime']}, more than the "
            f"{self.request.tolerance:g} allowed for weights="
            f"{self.request.weights!r} and output={self.request.output!r}. It is kept "
            f"as {kept}; what was at {path} before is unchanged. A generator that "
            "draws noise at each call differs always: pass verify=False for it."
        )
