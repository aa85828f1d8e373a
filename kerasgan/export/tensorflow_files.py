"""What TensorFlow writes: SavedModel, LiteRT, and sources for ONNX and OpenVINO."""

import zipfile

import keras
import tensorflow as tf

from kerasgan.export import onnx_files, openvino_files
from kerasgan.export.formats import METADATA_NAME


def saved_model(network, job):
    """A SavedModel whose `serving_default` maps `latents` to `images`.

    The metadata lies in `assets.extra`, the folder that TensorFlow leaves to others.
    """
    _write_saved_model(network, job.path)
    extra = job.path / "assets.extra"
    extra.mkdir()
    (extra / METADATA_NAME).write_text(job.metadata)


def litert(network, job):
    """A LiteRT file of built-in operations alone, with a signature.

    The metadata is an associated file: a zip archive behind the model, as in
    TensorFlow Lite's own metadata format.
    """
    folder = job.scratch / "saved_model"
    _write_saved_model(_with_fixed_sizes(network), folder)
    converter = tf.lite.TFLiteConverter.from_saved_model(str(folder))
    if job.weights == "float16":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_types = [tf.float16]
    job.path.write_bytes(converter.convert())
    with zipfile.ZipFile(job.path, "a") as archive:
        archive.writestr(METADATA_NAME, job.metadata)


def onnx(network, job):
    """An ONNX file, through tf2onnx."""
    raw = job.scratch / "raw.onnx"
    network.export(str(raw), format="onnx", opset_version=job.opset, verbose=False)
    onnx_files.finish(raw, job)


def openvino(network, job):
    """OpenVINO IR, which OpenVINO reads from a SavedModel."""
    folder = job.scratch / "saved_model"
    _write_saved_model(network, folder)
    openvino_files.finish(folder, job)


def _write_saved_model(network, path):
    # Not Keras's ExportArchive, which stores every weight twice.
    module = tf.Module()
    module.weights = [variable.value for variable in network.variables]
    module.serve = tf.function(
        lambda latents: {"images": network(latents, training=False)},
        input_signature=[tf.TensorSpec(network.input_shape, name="latents")],
    )
    signatures = {"serving_default": module.serve}
    tf.saved_model.save(module, str(path), signatures=signatures)


def _with_fixed_sizes(network):
    """The network with resizing in place of nearest upsampling.

    Keras repeats rows and columns, after which TensorFlow no longer knows the map's
    size, and LiteRT has no convolution for a map of unknown size. For whole factors
    the two give the same numbers.
    """

    def copy(layer):
        upsampling = isinstance(layer, keras.layers.UpSampling2D)
        if not upsampling or layer.interpolation != "nearest":
            return type(layer).from_config(layer.get_config())
        axes = {"channels_last": (1, 3), "channels_first": (2, 4)}[layer.data_format]
        return keras.layers.Resizing(
            *layer.output.shape[slice(*axes)],
            interpolation="nearest",
            data_format=layer.data_format,
        )

    clone = keras.models.clone_model(network, clone_function=copy, recursive=True)
    clone.set_weights(network.get_weights())
    return clone
