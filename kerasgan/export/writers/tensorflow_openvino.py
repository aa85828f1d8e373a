"""OpenVINO IR from TensorFlow, whose SavedModel OpenVINO reads."""

from kerasgan.export.writers import openvino_ir
from kerasgan.export.writers.tensorflow_saved_model import write_saved_model


def write(network, job):
    """Writes `job.staged` and the weights beside it."""
    folder = job.scratch / "saved_model"
    write_saved_model(network, job.inputs, folder)
    openvino_ir.finish(folder, job)
