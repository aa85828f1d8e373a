"""The last steps of an ONNX file: ends, smaller weights, metadata."""

import numpy as np
import onnx
from onnx import numpy_helper

# Smaller tensors hold shapes and constants of formulas, where float16 saves nothing.
_SMALLEST = 64


def finish(raw, job):
    """Turns what a converter wrote into the file to keep.

    Args:
        raw: path of the converter's file, in the scratch folder. Its inputs have
            their names.
        job: the `Job`.
    """
    if job.weights == "int8":
        raw = _in_int8(raw)
    model = onnx.load(raw)
    _name_ends(model.graph, [each["name"] for each in job.inputs])
    _remove_traces(model)
    if job.weights == "float16":
        _weights_in_float16(model.graph)
    onnx.helper.set_model_props(model, {"kerasgan": job.metadata})
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, job.staged)


def _name_ends(graph, names):
    """Puts the inputs in order, calls the output `images` and the free axis `batch`."""
    inputs = sorted(graph.input, key=lambda end: names.index(end.name))
    del graph.input[:]
    graph.input.extend(inputs)
    (images,) = graph.output
    for node in graph.node:
        for names_of in (node.input, node.output):
            for i, name in enumerate(names_of):
                names_of[i] = "images" if name == images.name else name
    images.name = "images"
    for end in (*graph.input, images):
        end.type.tensor_type.shape.dim[0].dim_param = "batch"
    del graph.value_info[:]


def _remove_traces(model):
    """Removes the writing machine's paths and source lines."""
    for part in (model, model.graph, *model.graph.node):
        part.doc_string = ""
        del part.metadata_props[:]


def _weights_in_float16(graph):
    """Stores large weights in float16, cast back where the model is loaded.

    What is computed stays float32, so the file runs wherever the plain one does.
    """
    casts = []
    for tensor in graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.size < _SMALLEST:
            continue
        name = tensor.name
        half = numpy_helper.from_array(values.astype("float16"), f"{name}_float16")
        tensor.CopyFrom(half)
        casts.append(
            onnx.helper.make_node(
                "Cast",
                [half.name],
                [name],
                name=f"{name}_cast",
                to=onnx.TensorProto.FLOAT,
            )
        )
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)


def _in_int8(raw):
    # Needed for this alone, and slow to import.
    from onnxruntime.quantization import QuantType, quantize_dynamic

    small = raw.with_name("int8.onnx")
    # onnxruntime's convolution of integers takes unsigned weights alone on a CPU.
    quantize_dynamic(raw, small, weight_type=QuantType.QUInt8)
    return small
