"""What PyTorch writes: `.pt2` and ONNX."""

import logging
import warnings

import torch

from kerasgan.export import onnx_files, openvino_files
from kerasgan.export.formats import DEFAULT_OPSET, METADATA_NAME


class _Generator(torch.nn.Module):
    """The network in inference mode, with its argument named."""

    def __init__(self, network):
        super().__init__()
        # Hidden from PyTorch: Keras computes with tensors taken from the parameters,
        # which the program holds in any case, and would hold the parameters beside.
        object.__setattr__(self, "network", network)

    def forward(self, latents):
        return self.network(latents, training=False)


def pt2(network, job):
    """A `torch.export` program; the metadata is an extra file in it."""
    program = _program(network)
    torch.export.save(program, job.path, extra_files={METADATA_NAME: job.metadata})


def onnx(network, job):
    """An ONNX file, through PyTorch's exporter."""
    raw = job.scratch / "raw.onnx"
    _write_onnx(network, raw, job.opset)
    onnx_files.finish(raw, job)


def openvino(network, job):
    """OpenVINO IR, which OpenVINO reads from ONNX."""
    raw = job.scratch / "raw.onnx"
    _write_onnx(network, raw, DEFAULT_OPSET)
    openvino_files.finish(raw, job)


def _program(network):
    # An example of one image would fix the batch at 1.
    latents = torch.zeros(2, network.input_shape[1])
    free_batch = {"latents": {0: torch.export.Dim.DYNAMIC}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.export.export(
            _Generator(network).eval(),
            (latents,),
            dynamic_shapes=free_batch,
            strict=False,
        )
    for node in program.graph.nodes:
        # The writing machine's paths.
        node.meta.pop("stack_trace", None)
    return program


def _write_onnx(network, path, opset):
    # It reports every torchvision operation that it cannot register.
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            _program(network),
            f=str(path),
            input_names=["latents"],
            output_names=["images"],
            opset_version=opset,
            external_data=False,
            dynamo=True,
            verbose=False,
        )
