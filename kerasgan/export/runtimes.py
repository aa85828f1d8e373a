"""Loads an exported file in its own runtime and compares it with the generator.

This file runs alone, as `python -P runtimes.py job.json`, and keeps kerasgan and, but
for a `.keras` file, Keras from being imported: what loads here needs neither. So it
reads the fields of a `kerasgan.export.job.Job` without that class.
"""

import json
import pathlib
import sys
import types

import numpy as np

# Beside the job: inputs and the images that the generator makes of them, and what the
# comparison found.
REFERENCE, FOUND = "reference.npz", "found.json"


def tf_saved_model(job):
    import tensorflow as tf

    # The signature lives only as long as what was loaded.
    loaded = tf.saved_model.load(job.staged)
    serve = loaded.signatures["serving_default"]

    def run(inputs, loaded=loaded):
        tensors = {name: tf.constant(value) for name, value in inputs.items()}
        return serve(**tensors)["images"].numpy()

    return run, f"tensorflow {tf.__version__}"


def onnx(job):
    import onnxruntime

    session = onnxruntime.InferenceSession(
        job.staged, providers=["CPUExecutionProvider"]
    )

    def run(inputs):
        return session.run(["images"], inputs)[0]

    return run, f"onnxruntime {onnxruntime.__version__}"


def litert(job):
    from importlib.metadata import version

    from ai_edge_litert.interpreter import Interpreter

    generate = Interpreter(job.staged).get_signature_runner("serving_default")

    def run(inputs):
        return generate(**inputs)["images"]

    return run, f"ai-edge-litert {version('ai-edge-litert')}"


def torch(job):
    import torch

    generator = torch.export.load(job.staged).module()

    def run(inputs):
        with torch.no_grad():
            return generator(*map(torch.from_numpy, inputs.values())).numpy()

    return run, f"torch {torch.__version__}"


def openvino(job):
    import openvino

    # Where the processor has bfloat16, OpenVINO would compute in that.
    settings = {"INFERENCE_PRECISION_HINT": "f32"}
    generator = openvino.Core().compile_model(job.staged, "CPU", settings)

    def run(inputs):
        return generator(inputs)["images"]

    return run, f"openvino {openvino.__version__.partition('-')[0]}"


def keras(job):
    import functools
    import importlib

    import keras

    known = {}
    for name, module, qualified in job.custom_objects:
        imported = importlib.import_module(module)
        known[name] = functools.reduce(getattr, qualified.split("."), imported)
    network = keras.models.load_model(job.staged, custom_objects=known, compile=False)

    def run(inputs):
        argument = inputs if len(inputs) > 1 else next(iter(inputs.values()))
        return keras.ops.convert_to_numpy(network(argument, training=False))

    return run, f"keras {keras.__version__} on {keras.backend.backend()}"


RUNTIMES = {
    "tf_saved_model": tf_saved_model,
    "onnx": onnx,
    "litert": litert,
    "torch": torch,
    "openvino": openvino,
    "keras": keras,
}


def largest_difference(run, inputs, images):
    """The largest difference on a batch; infinity for a wrong shape, type or NaN."""
    given = np.asarray(run(inputs))
    if given.shape != images.shape or given.dtype != images.dtype:
        return float("inf")
    difference = np.abs(given.astype("float64") - images.astype("float64")).max()
    return float("inf") if np.isnan(difference) else float(difference)


def forbid_imports(job):
    """Makes `import` fail for what the file must not need."""
    # A user's own layers may be built on kerasgan.
    forbidden = [] if job.custom_objects else ["kerasgan"]
    # TensorFlow imports Keras by itself where it is installed, and goes on without.
    forbidden += [] if job.format == "keras" else ["keras"]
    sys.modules.update(dict.fromkeys(forbidden))


def main(job_path):
    """Writes `{"runtime", "differences", "imported"}` beside the job."""
    path = pathlib.Path(job_path)
    job = types.SimpleNamespace(**json.loads(path.read_text()))
    forbid_imports(job)
    run, runtime = RUNTIMES[job.format](job)
    names = [each["name"] for each in job.inputs]
    differences = {}
    with np.load(path.with_name(REFERENCE)) as reference:
        for batch in job.batches:
            inputs = {name: reference[f"{batch}/inputs/{name}"] for name in names}
            images = reference[f"{batch}/images"]
            differences[str(batch)] = largest_difference(run, inputs, images)
    found = {
        "runtime": runtime,
        # Infinity is no JSON, so numbers go as text.
        "differences": {b: repr(d) for b, d in differences.items()},
        "imported": [m for m in ("kerasgan", "keras") if sys.modules.get(m)],
    }
    path.with_name(FOUND).write_text(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1])
