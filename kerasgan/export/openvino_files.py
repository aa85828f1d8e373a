"""OpenVINO IR from what OpenVINO reads by itself: a SavedModel or ONNX."""

import openvino


def finish(source, job):
    """Writes `job.path` (.xml) and the .bin beside it.

    The metadata is in the model's runtime information, under `kerasgan`.
    """
    # Not openvino.convert_model: that reports each conversion to its maker.
    model = openvino.Core().read_model(source)
    (latents,), (images,) = model.inputs, model.outputs
    latents.get_tensor().set_names({"latents"})
    images.get_tensor().set_names({"images"})
    model.set_rt_info(job.metadata, "kerasgan")
    openvino.save_model(model, job.path, compress_to_fp16=job.weights == "float16")
