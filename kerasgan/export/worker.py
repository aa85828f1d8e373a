"""The process that writes a file: `python -m kerasgan.export.worker job.json`."""

import dataclasses
import functools
import importlib
import json
import pathlib
import sys

import keras

from kerasgan.export.processes import PROGRESS


@dataclasses.dataclass(frozen=True)
class Job:
    """What a writer is told.

    Args:
        path: the file or folder to write.
        metadata: JSON text to put into it.
        weights: `"float32"`, `"float16"` or `"int8"`.
        opset: ONNX opset, or `None`.
        scratch: folder for what is in between.
    """

    path: pathlib.Path
    metadata: str
    weights: str
    opset: int | None
    scratch: pathlib.Path


def main(job_path):
    """Loads the generator and calls the writer that the job names."""
    order = json.loads(pathlib.Path(job_path).read_text())
    backend = keras.backend.backend()
    say(f"loading the generator under {backend}")
    network = load_network(order["network"], order["custom_objects"])
    # Keras's exporters want a model that has been called.
    network(keras.ops.zeros((1, network.input_shape[1])), training=False)
    job = Job(
        path=pathlib.Path(order["path"]),
        metadata=order["metadata"],
        weights=order["weights"],
        opset=order["opset"],
        scratch=pathlib.Path(order["scratch"]),
    )
    say(f"writing {job.path.name} under {backend}")
    module, _, function = order["function"].partition(":")
    writer = importlib.import_module(f"kerasgan.export.{module}")
    getattr(writer, function)(network, job)


def load_network(path, custom_objects):
    """The saved generator.

    Args:
        path: a `.keras` file.
        custom_objects: list of `(name, module, qualified name)` to import first.
    """
    known = {}
    for name, module, qualified in custom_objects:
        try:
            imported = importlib.import_module(module)
            known[name] = functools.reduce(getattr, qualified.split("."), imported)
        except (ImportError, AttributeError) as error:
            raise SystemExit(
                f"The generator uses {name!r} from {module}, which this process (Keras "
                f"on {keras.backend.backend()}) cannot import: {error!r}. Put it into "
                "a module that can be imported from the working directory or "
                "PYTHONPATH, and that needs no other framework."
            ) from error
    return keras.models.load_model(path, custom_objects=known, compile=False)


def say(text):
    """A line that the user sees."""
    print(f"{PROGRESS}{text}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
