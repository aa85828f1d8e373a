"""A `.pt2` program, which PyTorch writes."""

import inspect
import warnings

import torch

from kerasgan.export.formats import METADATA_NAME
from kerasgan.networks.inputs import as_argument


class _Generator(torch.nn.Module):
    """The network in inference mode, its inputs as arguments by name and in order."""

    def __init__(self, network, names):
        super().__init__()

        def forward(*tensors):
            inputs = dict(zip(names, tensors, strict=True))
            return network(as_argument(inputs), training=False)

        # From it PyTorch takes the arguments' names.
        forward.__signature__ = inspect.Signature(
            [
                inspect.Parameter(n, inspect.Parameter.POSITIONAL_OR_KEYWORD)
                for n in names
            ]
        )
        # Not as an attribute that PyTorch sees: Keras computes with tensors taken from
        # the parameters, which the program holds in any case, and would hold the
        # parameters beside.
        object.__setattr__(self, "forward", forward)


def write(network, job):
    """A `torch.export` program; the metadata is an extra file in it."""
    extra_files = {METADATA_NAME: job.metadata}
    torch.export.save(program(network, job.inputs), job.staged, extra_files=extra_files)


def program(network, inputs):
    """The network as an exported program that takes the inputs in their order.

    Args:
        network: the exported Functional model.
        inputs: the job's.

    Returns:
        A `torch.export.ExportedProgram`, whose free sizes are the inputs' `None`.
    """
    # An example of one image would fix the batch at 1.
    examples = tuple(
        torch.zeros(
            [2 if size is None else size for size in each["shape"]],
            dtype=getattr(torch, each["dtype"]),
        )
        for each in inputs
    )
    free = torch.export.Dim.DYNAMIC
    free_sizes = {
        each["name"]: {i: free for i, size in enumerate(each["shape"]) if size is None}
        for each in inputs
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exported = torch.export.export(
            _Generator(network, list(free_sizes)).eval(),
            examples,
            dynamic_shapes=free_sizes,
            strict=False,
        )
    for node in exported.graph.nodes:
        # The writing machine's paths.
        node.meta.pop("stack_trace", None)
    return exported
