"""An ONNX file, through PyTorch's exporter."""

import logging
import warnings

import torch

from kerasgan.export.writers import onnx_graph
from kerasgan.export.writers.torch_pt2 import program


def write(network, job):
    """Writes `job.staged` at the opset asked for."""
    raw = job.scratch / "raw.onnx"
    write_onnx(network, job.inputs, raw, job.opset)
    onnx_graph.finish(raw, job)


def write_onnx(network, inputs, path, opset):
    """Writes the network as PyTorch's exporter does.

    Args:
        network: the exported Functional model.
        inputs: the job's.
        path: the file to write.
        opset: ONNX opset.
    """
    # It reports every torchvision operation that it cannot register.
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            program(network, inputs),
            f=str(path),
            input_names=[each["name"] for each in inputs],
            output_names=["images"],
            opset_version=opset,
            external_data=False,
            dynamo=True,
            verbose=False,
        )
