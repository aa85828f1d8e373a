"""A LiteRT file, which TensorFlow writes."""

import zipfile

import keras
import tensorflow as tf

from kerasgan.export.formats import METADATA_NAME
from kerasgan.export.writers.tensorflow_saved_model import write_saved_model


def write(network, job):
    """A LiteRT file of built-in operations alone, with a signature.

    The metadata is an associated file: a zip archive behind the model, as in
    TensorFlow Lite's own metadata format.
    """
    folder = job.scratch / "saved_model"
    write_saved_model(_with_fixed_sizes(network), job.inputs, folder)
    converter = tf.lite.TFLiteConverter.from_saved_model(str(folder))
    if job.weights == "float16":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_types = [tf.float16]
    job.staged.write_bytes(converter.convert())
    with zipfile.ZipFile(job.staged, "a") as archive:
        archive.writestr(METADATA_NAME, job.metadata)


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
