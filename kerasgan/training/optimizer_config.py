"""Configs of Keras's optimizers that every backend can read."""

import keras


def serialize(value):
    """As Keras's; optimizers inside are named by their public classes.

    On PyTorch, Keras's own config of `keras.optimizers.Adam` names a class that trains
    PyTorch's tensors alone: no other backend could go on from it.
    """
    return portable(keras.saving.serialize_keras_object(value))


def deserialize(config, custom_objects=None):
    """As Keras's, also of a config that an earlier version wrote on PyTorch."""
    return keras.saving.deserialize_keras_object(
        portable(config), custom_objects=custom_objects
    )


def portable(config):
    """The config with the public classes of Keras's optimizers, at any depth."""
    if isinstance(config, (list, tuple)):
        return type(config)(portable(each) for each in config)
    if not isinstance(config, dict):
        return config
    config = {key: portable(value) for key, value in config.items()}
    if _of_keras(config.get("module")) and _is_optimizer(config.get("class_name")):
        config |= {"module": "keras.optimizers", "registered_name": None}
    return config


def _of_keras(module):
    return isinstance(module, str) and module.split(".")[0] == "keras"


def _is_optimizer(name):
    found = getattr(keras.optimizers, name, None) if isinstance(name, str) else None
    return isinstance(found, type) and issubclass(found, keras.optimizers.Optimizer)
