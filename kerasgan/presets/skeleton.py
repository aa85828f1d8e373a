"""Networks as shapes: what a config would build, before anything is allocated."""

import concurrent.futures
import contextlib
import dataclasses
import inspect
import random
import re

import keras

from kerasgan.presets.schema import LARGEST_NETWORK
from kerasgan.registry import get_network

ROLES = ("generator", "discriminator")


@dataclasses.dataclass(frozen=True)
class Skeleton:
    """Names and shapes of a network's variables.

    Args:
        shapes: dict of variable name (`"003_dense/kernel"`) to shape.
        parameters: number of values in all of them.
    """

    shapes: dict
    parameters: int


def build_network(spec):
    """The network of a checked `{"builder": ..., "arguments": ...}`."""
    arguments = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in spec["arguments"].items()
    }
    return get_network(spec["builder"])(**arguments)


def build_skeletons(config, policy, place):
    """What the config's networks would hold, without allocating it.

    Keras defers a variable's initialisation inside a `StatelessScope` and keeps
    the deferred ones in a list of the thread, where the next scope's end would
    initialise them: of a refused preset, too. So the networks are built in a
    thread of their own, whose list ends with it. Layer names and Python's random
    state stay as they were.

    Args:
        config: a checked config.
        policy: dtype policy or its name.
        place: the config's `Place`.

    Returns:
        A dict of role to `Skeleton`.

    Raises:
        PresetError: if a builder refuses its arguments, or a network is too large.
    """
    state = random.getstate()
    try:
        with concurrent.futures.ThreadPoolExecutor(max_workers=1) as pool:
            return pool.submit(_skeletons, config, policy, place).result()
    finally:
        # Initialisers without a seed draw one from Python's generator.
        random.setstate(state)


def _skeletons(config, policy, place):
    skeletons = {}
    with dtype_policy(policy), keras.StatelessScope(initialize_variables=False):
        for role in ROLES:
            skeletons[role] = _skeleton(config[role], place.at(role))
    return skeletons


def _skeleton(spec, place):
    try:
        network = build_network(spec)
    # Builders are the user's own as well, and may fail in any way.
    except Exception as error:
        raise place.at("arguments").error(
            f"the builder {spec['builder']!r} refuses them: {str(error).rstrip('.')}",
            None,
            "Change the arguments, in the file or in the call.",
        ) from error
    if not network.built:
        raise place.at("builder").error(
            "must return a built model, such as a Functional one",
            (type(network).__name__,),
            f"Build it inside the function that registers {spec['builder']!r}.",
        )
    parameters = network.count_params()
    if parameters > LARGEST_NETWORK:
        raise place.at("arguments").error(
            f"the network must have at most {LARGEST_NETWORK} parameters",
            (parameters,),
            "Make it smaller.",
        )
    shapes = {name: tuple(v.shape) for name, v in named_variables(network)}
    return Skeleton(shapes, parameters)


@contextlib.contextmanager
def dtype_policy(policy):
    """Sets Keras's dtype policy for a block, and puts the old one back."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def named_variables(model):
    """A model's weights under names that no counter changes.

    Keras numbers layers over the whole process (`dense_3`), so a name here is made
    of the layer's position among those with weights, its class, and the variable's
    name. Layers without weights do not count: adding a dropout renames nothing.

    Args:
        model: a built `keras.Model`.

    Returns:
        List of `("003_dense/kernel", variable)`. Seed states are not in it.
    """
    named, seen = [], set()
    owners = [layer for layer in _leaves(model) if layer.weights]
    for index, owner in enumerate([*owners, model]):
        fresh = [v for v in owner.weights if id(v) not in seen]
        seen.update(map(id, fresh))
        prefix = f"{index:03d}_{_snake(type(owner).__name__)}"
        if owner is model:
            # Variables that a subclassed model holds itself.
            prefix = "model"
        named += _numbered(prefix, fresh)
    return named


def _leaves(model):
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from _leaves(layer)
        else:
            yield layer


def _numbered(prefix, variables):
    names = {}
    for variable in variables:
        # Keras numbers variables that were given no name over the whole process.
        stem = re.sub(r"(\w+_)?variable(_\d+)?", "variable", variable.name)
        name, count = f"{prefix}/{stem}", 1
        while name in names:
            count += 1
            name = f"{prefix}/{stem}.{count}"
        names[name] = variable
    return list(names.items())


def _snake(name):
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", re.sub(r"\W", "", name)).lower()


def builder_parameters(spec):
    """The argument names of a spec's builder."""
    return inspect.signature(get_network(spec["builder"])).parameters
