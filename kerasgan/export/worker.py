"""The process that writes a file: `python -m kerasgan.export.worker job.json`."""

import functools
import importlib
import sys

import keras

from kerasgan.export.job import Job
from kerasgan.export.processes import PROGRESS


def main(job_path):
    """Loads the generator and calls the writer that the job names."""
    job = Job.read(job_path)
    backend = keras.backend.backend()
    say(f"loading the generator under {backend}")
    network = load_network(job.network, job.custom_objects)
    call_once(network)
    say(f"writing {job.path.name} under {backend}")
    importlib.import_module(f"kerasgan.export.writers.{job.writer}").write(network, job)


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


def call_once(network):
    """Keras's exporters want a model that has been called."""

    def zeros(tensor):
        sizes = [1 if size is None else size for size in tensor.shape]
        return keras.ops.zeros(sizes, tensor.dtype)

    network(keras.tree.map_structure(zeros, network.input), training=False)


def say(text):
    """A line that the user sees."""
    print(f"{PROGRESS}{text}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
