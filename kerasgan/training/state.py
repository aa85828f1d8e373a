"""What a saved model holds beyond its weights: random state, counters, config."""

import keras
import numpy as np
from keras import ops

from kerasgan.registry import network_spec, restore_network_spec

_NETWORKS = ("generator", "discriminator")


def rewind(seed_generator):
    """Sets a `keras.random.SeedGenerator` back to where it began."""
    seed, state = seed_generator.get_config()["seed"], seed_generator.state
    state.assign(ops.convert_to_tensor([seed, 0], dtype=state.dtype))


def random_state(gan):
    """The seed states of the model and of every layer in it."""
    weights = {id(v) for v in gan.weights}
    return [v for v in gan.variables if id(v) not in weights]


def save_state(gan, store):
    """Writes the step counter and the random state.

    Keras stores weights alone; a resumed run would draw other latents and masks.
    """
    store["step_counter"] = ops.convert_to_numpy(gan.step_counter)
    for i, state in enumerate(random_state(gan)):
        store[f"random_state_{i}"] = ops.convert_to_numpy(state)


def load_state(gan, store):
    """Reads what `save_state` wrote.

    Raises:
        ValueError: if the model has other layers with random state.
    """
    states = random_state(gan)
    if len(store.keys()) != 1 + len(states):
        raise ValueError(
            f"The file holds {len(store.keys()) - 1} random states, this model has "
            f"{len(states)}. It was saved from a model with other layers."
        )
    gan.step_counter.assign(store["step_counter"][()])
    for i, state in enumerate(states):
        value = np.asarray(store[f"random_state_{i}"])
        state.assign(ops.convert_to_tensor(value, dtype=state.dtype))


def model_config(gan):
    """A GAN's config: its networks, its arguments, and what built the networks."""
    serialize = keras.saving.serialize_keras_object
    return {
        "name": gan.name,
        "generator": serialize(gan.generator),
        "discriminator": serialize(gan.discriminator),
        "latent_dim": gan.latent_dim,
        "ema_decay": gan.ema_decay,
        "augmentation": gan.augmentation and serialize(gan.augmentation),
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
