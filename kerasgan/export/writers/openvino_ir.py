"""OpenVINO IR from what OpenVINO reads by itself: a SavedModel or ONNX."""

import openvino


def finish(source, job):
    """Writes `job.staged` (.xml) and the .bin beside it.

    The metadata is in the model's runtime information, under `kerasgan`.

    Args:
        source: path of a SavedModel or an ONNX file with the inputs' names.
        job: the `Job`.
    """
    # Not openvino.convert_model: that reports each conversion to its maker.
    model = openvino.Core().read_model(source)
    for each in job.inputs:
        model.input(each["name"]).get_tensor().set_names({each["name"]})
    (images,) = model.outputs
    images.get_tensor().set_names({"images"})
    model.set_rt_info(job.metadata, "kerasgan")
    openvino.save_model(model, job.staged, compress_to_fp16=job.weights == "float16")
