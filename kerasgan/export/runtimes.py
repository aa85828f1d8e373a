"""Loads an exported file in its own runtime and compares it with the generator.

This file runs alone, as `python -P runtimes.py job.json`, and keeps kerasgan and, but
for a `.keras` file, Keras from being imported: what loads here needs neither.
"""

import json
import pathlib
import sys

import numpy as np


def tf_saved_model(path, job):
    import tensorflow as tf

    # The signature lives only as long as what was loaded.
    loaded = tf.saved_model.load(path)
    serve = loaded.signatures["serving_default"]

    def run(latents, loaded=loaded):
        return serve(latents=tf.constant(latents))["images"].numpy()

    return run, f"tensorflow {tf.__version__}"


def onnx(path, job):
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])

    def run(latents):
        return session.run(["images"], {"latents": latents})[0]

    return run, f"onnxruntime {onnxruntime.__version__}"


def litert(path, job):
    from importlib.metadata import version

    from ai_edge_litert.interpreter import Interpreter

    generate = Interpreter(path).get_signature_runner("serving_default")

    def run(latents):
        return generate(latents=latents)["images"]

    return run, f"ai-edge-litert {version('ai-edge-litert')}"


def torch(path, job):
    import torch

    generator = torch.export.load(path).module()

    def run(latents):
        with torch.no_grad():
            return generator(torch.from_numpy(latents)).numpy()

    return run, f"torch {torch.__version__}"


def openvino(path, job):
    import openvino

    # Where the processor has bfloat16, OpenVINO would compute in that.
    settings = {"INFERENCE_PRECISION_HINT": "f32"}
    generator = openvino.Core().compile_model(path, "CPU", settings)

    def run(latents):
        return generator({"latents": latents})["images"]

    return run, f"openvino {openvino.__version__.partition('-')[0]}"


def keras(path, job):
    import functools
    import importlib

    import keras

    known = {}
    for name, module, qualified in job["custom_objects"]:
        imported = importlib.import_module(module)
        known[name] = functools.reduce(getattr, qualified.split("."), imported)
    network = keras.models.load_model(path, custom_objects=known, compile=False)

    def run(latents):
        return keras.ops.convert_to_numpy(network(latents, training=False))

    return run, f"keras {keras.__version__} on {keras.backend.backend()}"


RUNTIMES = {
    "tf_saved_model": tf_saved_model,
    "onnx": onnx,
    "litert": litert,
    "torch": torch,
    "openvino": openvino,
    "keras": keras,
}


def largest_difference(run, latents, images):
    """The largest difference on a batch; infinity for a wrong shape, type or NaN."""
    given = np.asarray(run(latents))
    if given.shape != images.shape or given.dtype != images.dtype:
        return float("inf")
    difference = np.abs(given.astype("float64") - images.astype("float64")).max()
    return float("inf") if np.isnan(difference) else float(difference)


def forbid_imports(job):
    """Makes `import` fail for what the file must not need."""
    # A user's own layers may be built on kerasgan.
    forbidden = [] if job["custom_objects"] else ["kerasgan"]
    # TensorFlow imports Keras by itself where it is installed, and goes on without.
    forbidden += [] if job["format"] == "keras" else ["keras"]
    sys.modules.update(dict.fromkeys(forbidden))


def main(job_path):
    """Writes `{"runtime", "differences", "imported"}` where the job says."""
    job = json.loads(pathlib.Path(job_path).read_text())
    forbid_imports(job)
    run, runtime = RUNTIMES[job["format"]](job["path"], job)
    with np.load(job["reference"]) as reference:
        differences = {
            str(batch): largest_difference(
                run, reference[f"latents_{batch}"], reference[f"images_{batch}"]
            )
            for batch in job["batches"]
        }
    found = {
        "runtime": runtime,
        "differences": differences,
        "imported": [m for m in ("kerasgan", "keras") if sys.modules.get(m)],
    }
    # Infinity is no JSON, so numbers go as text.
    found["differences"] = {b: repr(d) for b, d in differences.items()}
    pathlib.Path(job["result"]).write_text(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1])
