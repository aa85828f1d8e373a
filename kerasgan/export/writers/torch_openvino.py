"""OpenVINO IR from PyTorch, whose ONNX OpenVINO reads."""

from kerasgan.export.formats import DEFAULT_OPSET
from kerasgan.export.writers import openvino_ir
from kerasgan.export.writers.torch_onnx import write_onnx


def write(network, job):
    """Writes `job.staged` and the weights beside it."""
    raw = job.scratch / "raw.onnx"
    write_onnx(network, job.inputs, raw, DEFAULT_OPSET)
    openvino_ir.finish(raw, job)
