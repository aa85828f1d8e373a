"""A SavedModel, which TensorFlow writes."""

import tensorflow as tf

from kerasgan.export.formats import METADATA_NAME
from kerasgan.networks.inputs import as_argument


def write(network, job):
    """A SavedModel to call as Keras's own exports, and by a signature with names.

    `serve(latents)`, or `serve({"latents": ..., "labels": ...})`, gives the images; the
    signature `serving_default` takes each input by name and gives
    `{"images": ...}`. The metadata lies in `assets.extra`, the folder that TensorFlow
    leaves to others.
    """
    write_saved_model(network, job.inputs, job.staged)
    extra = job.staged / "assets.extra"
    extra.mkdir()
    (extra / METADATA_NAME).write_text(job.metadata)


def write_saved_model(network, inputs, folder):
    """Writes the network alone.

    Args:
        network: the exported Functional model.
        inputs: the job's.
        folder: the path to write to.
    """
    # Not Keras's ExportArchive, which stores every weight twice.
    module = tf.Module()
    module.weights = [variable.value for variable in network.variables]
    specs = {
        each["name"]: tf.TensorSpec(each["shape"], each["dtype"], name=each["name"])
        for each in inputs
    }
    module.serve = tf.function(
        lambda inputs: network(inputs, training=False),
        input_signature=[as_argument(specs)],
    )
    by_name = tf.function(
        lambda **tensors: {"images": module.serve(as_argument(tensors))}
    )
    signatures = {"serving_default": by_name.get_concrete_function(**specs)}
    tf.saved_model.save(module, str(folder), signatures=signatures)
