"""The generator as it is exported: a copy, in float32, of stock Keras layers."""

import contextlib
import json
import random
import typing

import keras
import numpy as np
from keras import ops

from kerasgan.export.report import ExportError
from kerasgan.networks.checks import all_layers
from kerasgan.networks.inputs import as_argument, network_inputs
from kerasgan.presets.skeleton import dtype_policy


@typing.runtime_checkable
class HasStockLayer(typing.Protocol):
    """A layer that is a faster form of what Keras has."""

    def stock_layer(self):
        """A new, unbuilt Keras layer of the same function, whose weights are this
        layer's, in the same order."""


@typing.runtime_checkable
class HasStockWeights(HasStockLayer, typing.Protocol):
    """One whose stock layer has other weights: what it computes with, not learns."""

    def stock_weights(self):
        """The stock layer's weights as NumPy arrays, in its order."""


def exported_network(network, input_spec, *, output="float32"):
    """The Functional model that an export writes.

    Args:
        network: the generator, built.
        input_spec: what it takes: the GAN's `generator_input_spec`.
        output: `"float32"` for images in [-1, 1], `"uint8"` for pixels in [0, 255],
            rounded as `generate` rounds.

    Returns:
        A Functional model from the input, or a dict of the inputs by name, that always
        runs in inference mode. The live network is left as it was.
    """
    _check_built(network)
    with dtype_policy("float32"), _random_state_kept():
        copy, pairs = _float32_copy(network)
        inputs = {
            name: keras.Input(each.shape[1:], dtype=each.dtype, name=name)
            for name, each in input_spec.items()
        }
        images = copy(network_inputs(network, inputs), training=False)
        # Now, when the call has built what was not.
        for original, new in pairs:
            weights = stock_weights_of(original)
            new.set_weights([np.asarray(v, "float32") for v in weights])
        images = _FINISH[output](images)
        return keras.Model(as_argument(inputs), images, name="generator")


def stock_weights_of(layer):
    """The weights of a layer as its stock layer takes them."""
    if isinstance(layer, HasStockWeights):
        return layer.stock_weights()
    return weights_of(layer)


def weights_of(network):
    """All weights as NumPy arrays, in the network's order."""
    return [ops.convert_to_numpy(v) for v in network.weights]


def custom_objects_of(network):
    """Classes and functions that a process must import to load a network.

    Args:
        network: the model that `exported_network` gives.

    Returns:
        List of `(name in a saved file, module, qualified name)`.

    Raises:
        ExportError: if one is defined in the running script or notebook.
    """
    text = json.dumps(keras.saving.serialize_keras_object(network), default=str)
    registered = keras.saving.get_custom_objects().items()
    found = {name: value for name, value in registered if f'"{name}"' in text}
    for layer in all_layers(network):
        kind = type(layer)
        if kind.__module__.partition(".")[0] != "keras" and kind not in found.values():
            found[kind.__name__] = kind
    for name, value in found.items():
        if value.__module__ == "__main__":
            raise ExportError(
                "An export is written and checked in processes of its own, which "
                "cannot import what the running script or notebook defines. Received: "
                f"{name!r} from __main__. Move it to a module (a .py file) and import "
                "it from there."
            )
    return [(n, v.__module__, v.__qualname__) for n, v in found.items()]


def _check_built(network):
    layers = [network, *all_layers(network)]
    unbuilt = [layer.name for layer in layers if not layer.built]
    if unbuilt:
        raise ValueError(
            "Only a built generator can be exported. Received: a generator whose "
            f"{unbuilt[0]!r} is not built. Call it once on its inputs, for example "
            "generator(keras.ops.zeros((1, latent_dim)))."
        )


def _float32_copy(network):
    """A copy with weights of its own, and the pairs of old and new layers."""
    pairs = []

    def copy_layer(layer):
        if not isinstance(layer, keras.layers.Layer):
            return layer  # An operation, such as a slice: it has no weights.
        copy = _copy(layer)
        pairs.append((layer, copy))
        return copy

    if isinstance(network, keras.Sequential | keras.Function):
        return (
            keras.models.clone_model(
                network,
                clone_function=copy_layer,
                # Keras refuses it for a Sequential, whose layers have one input.
                call_function=None if _is_sequential(network) else _call,
                recursive=True,
            ),
            pairs,
        )
    # A class of the user's own is copied as one, through its config.
    return copy_layer(network), pairs


def _is_sequential(network):
    return isinstance(network, keras.Sequential)


def _call(layer, *inputs, **arguments):
    """Calls a copied layer; a stock model of several inputs takes them as a list."""
    if isinstance(layer, keras.Function) and len(inputs) > 1:
        return layer(list(inputs), **arguments)
    return layer(*inputs, **arguments)


def _copy(layer):
    if isinstance(layer, HasStockLayer):
        layer = layer.stock_layer()
    return type(layer).from_config(_in_float32(layer.get_config()))


def _in_float32(config):
    """A config with every dtype policy in it, at any depth, replaced."""
    if isinstance(config, dict):
        if config.get("class_name") == "DTypePolicy":
            return {**config, "config": {"name": "float32"}}
        return {key: _in_float32(value) for key, value in config.items()}
    if isinstance(config, (list, tuple)):
        return type(config)(_in_float32(value) for value in config)
    return config


def _pixels(images):
    # As kerasgan.images.to_uint8.
    return ops.cast(ops.clip(ops.round((images + 1.0) * 127.5), 0, 255), "uint8")


_FINISH = {"float32": lambda images: images, "uint8": _pixels}


@contextlib.contextmanager
def _random_state_kept():
    # Keras takes the seeds of initial weights from Python's generator.
    state = random.getstate()
    try:
        yield
    finally:
        random.setstate(state)
