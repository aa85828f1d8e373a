"""What a saved model holds beyond its weights: random state, counters, config."""

import contextlib

import keras
import numpy as np
from keras import ops

from kerasgan.augment.blocks import augmentation_block
from kerasgan.registry import network_spec, restore_network_spec
from kerasgan.training import optimizer_config

_NETWORKS = ("generator", "discriminator")
_RANDOM_STATE = "random_state_"


def random_state(gan):
    """The seed states of the model and of every layer in it."""
    weights = {id(v) for v in gan.weights}
    return [v for v in gan.variables if id(v) not in weights]


@contextlib.contextmanager
def random_state_kept(gan, *, rewound):
    """Within, seeds may move; afterwards they are where they were.

    Args:
        gan: the GAN.
        rewound: whether they begin where they began when the model was made, so that
            networks that draw noise in inference draw the same each time.
    """
    states = random_state(gan)
    # Copies: on torch a view would change with the variable.
    before = [np.array(ops.convert_to_numpy(state)) for state in states]
    try:
        if rewound:
            for state, value in zip(states, before):
                # A seed and how often it was drawn from.
                state.assign(ops.convert_to_tensor(value * [1, 0], dtype=state.dtype))
        yield
    finally:
        for state, value in zip(states, before):
            state.assign(ops.convert_to_tensor(value, dtype=state.dtype))


def own_variables(gan):
    """The variables that the GAN itself holds beside its networks', by name.

    Raises:
        ValueError: if two have one name, under which only one could be saved.
    """
    networks = {id(v) for layer in gan.layers for v in layer.weights}
    own = [v for v in gan.weights if id(v) not in networks]
    named = {v.name: v for v in own}
    if len(named) < len(own):
        raise ValueError(
            "Variables that a GAN adds are saved by name, so each needs one of its "
            f"own. Received: {sorted(v.name for v in own)}. Pass `name=` to "
            "`add_weight`."
        )
    return named


def save_state(gan, store):
    """Writes the variables that the GAN itself holds, and the random state.

    Keras stores weights of layers alone; a resumed run would draw other latents and
    masks.
    """
    for name, variable in own_variables(gan).items():
        store[name] = ops.convert_to_numpy(variable)
    for i, state in enumerate(random_state(gan)):
        store[f"{_RANDOM_STATE}{i}"] = ops.convert_to_numpy(state)


def load_state(gan, store):
    """Reads what `save_state` wrote.

    Raises:
        ValueError: if the model has other variables, or other layers with random
            state.
    """
    own, states = own_variables(gan), random_state(gan)
    held = set(store.keys())
    count = sum(name.startswith(_RANDOM_STATE) for name in held)
    if count != len(states):
        raise ValueError(
            f"The file holds {count} random states, this model has {len(states)}. It "
            "was saved from a model with other layers."
        )
    names = {name for name in held if not name.startswith(_RANDOM_STATE)}
    if names != set(own):
        raise ValueError(
            f"The file holds the variables {sorted(names)}, this model has "
            f"{sorted(own)}. It was saved from another class of model."
        )
    for name, variable in own.items():
        variable.assign(store[name][()])
    for i, state in enumerate(states):
        value = np.asarray(store[f"{_RANDOM_STATE}{i}"])
        state.assign(ops.convert_to_tensor(value, dtype=state.dtype))


def frozen_copy(network):
    """A network of the same weights that nothing trains."""
    copy = keras.models.clone_model(network)
    copy.set_weights(network.get_weights())
    copy.trainable = False
    return copy


def model_config(gan):
    """A GAN's config: its networks, its arguments, and what built the networks."""
    serialize = keras.saving.serialize_keras_object
    return {
        "name": gan.name,
        "generator": serialize(gan.generator),
        "discriminator": serialize(gan.discriminator),
        "latent_dim": gan.latent_dim,
        "num_classes": gan.num_classes,
        "ema_decay": gan.ema_decay,
        "augmentation": gan.augmentation and serialize(gan.augmentation),
        "discriminator_augmentation": augmentation_block(
            gan.discriminator_augmentation
        ),
        "seed": gan.seed,
        "preset": gan.preset,
        "network_specs": {name: network_spec(getattr(gan, name)) for name in _NETWORKS},
        # A Functional model's config leaves its own policy out.
        "network_dtypes": {
            name: getattr(gan, name).dtype_policy.name for name in _NETWORKS
        },
    }


def model_arguments(config, custom_objects=None):
    """The arguments of `GAN.__init__` from such a config."""
    arguments = dict(config)
    for key in (*_NETWORKS, "augmentation"):
        if arguments[key] is not None:
            arguments[key] = keras.saving.deserialize_keras_object(
                arguments[key], custom_objects=custom_objects
            )
    for name, spec in arguments.pop("network_specs").items():
        restore_network_spec(arguments[name], spec)
    for name, policy in arguments.pop("network_dtypes").items():
        arguments[name].dtype_policy = policy
    return arguments


def compile_config(gan):
    """How a GAN was compiled, optimizers included, or `None`."""
    if not gan.compiled:
        return None
    values = {name: getattr(gan.recipe, name) for name in gan.Recipe.defaults()}
    for name in ("generator_optimizer", "discriminator_optimizer"):
        values[name] = getattr(gan.optimizer, name)
    serialize = optimizer_config.serialize
    return {**gan.execution, **{k: serialize(v) for k, v in values.items()}}
