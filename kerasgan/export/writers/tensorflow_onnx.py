"""An ONNX file from TensorFlow, through tf2onnx."""

from kerasgan.export.writers import onnx_graph


def write(network, job):
    """Writes `job.staged` at the opset asked for."""
    raw = job.scratch / "raw.onnx"
    network.export(str(raw), format="onnx", opset_version=job.opset, verbose=False)
    onnx_graph.finish(raw, job)
