"""From a preset to a model: everything checked before anything is allocated."""

import dataclasses
import os
import pathlib
from typing import Any

import keras

from kerasgan.augment import augmentation
from kerasgan.checks import boolean, integer, nullable, unknown_key
from kerasgan.presets.errors import Place
from kerasgan.presets.fetching import weights_folder
from kerasgan.presets.files import (
    CONFIG_FILE,
    METADATA_FILE,
    check_weights_file,
    read_config,
    read_metadata,
)
from kerasgan.presets.listing import find_preset, resolve_class
from kerasgan.presets.schema import (
    DTYPES,
    NO_AUGMENTATION,
    check_augmentation,
    check_config,
    check_dtype,
    check_ema_decay,
)
from kerasgan.presets.skeleton import (
    ROLES,
    build_network,
    build_skeletons,
    builder_parameters,
    dtype_policy,
)
from kerasgan.presets.weights import (
    assign_tensors,
    check_header,
    holds_average,
    needed_shapes,
)
from kerasgan.registry import json_value

_SETTINGS = {
    "dtype": check_dtype,
    "ema_decay": check_ema_decay,
    "augmentation": nullable(check_augmentation),
    "seed": nullable(integer(0, 2**31 - 1)),
}
_SCRATCH = "Pass load_weights=False to start untrained."


@dataclasses.dataclass(frozen=True)
class _Plan:
    """A preset that passed every check and can be built."""

    config: dict
    place: Place
    policy: object
    weights: pathlib.Path | None
    ema_weights: bool
    seed: int | None


def load_preset(
    cls: type | None,
    name: str | os.PathLike,
    *,
    load_weights: bool | None = None,
    **overrides: Any,
) -> Any:
    """A model from a built-in preset's name or a preset directory.

    No Keras deserializer, pickle or other code from the preset runs. The order is:
    config, metadata, size and SHA-256 of the weights file, its header against the
    names, shapes and dtypes that the networks need; only then is memory allocated
    for variables.

    `"dtype": "float32"` in a built-in preset stands for the user's own choice: under
    `keras.config.set_dtype_policy("mixed_bfloat16")` the networks are built with
    that. A `dtype` override, another dtype in the config, and whatever a preset
    directory says are kept.

    Args:
        cls: the GAN class to build, or `None` for the preset's own.
        name: name (`"mnist-28"`), id (`"dcgan/mnist-28"`), or a directory that
            `save_to_preset` wrote; a built-in name comes before a directory of that
            name, and a `pathlib.Path` always is a directory.
        load_weights: `None` takes trained weights where the preset has them, `True`
            insists on them, `False` starts from scratch.
        **overrides: arguments of the generator's and discriminator's builders
            (`latent_dim`, `image_shape`; one that both have goes to both,
            `generator_filters` and `discriminator_filters` go to one), of the class
            (`num_classes`), and `dtype`, `ema_decay`, `augmentation`, `seed`.
            Sequences are given to builders as tuples.

    Returns:
        A GAN, not compiled, whose `preset` is the config with the overrides.

    Raises:
        PresetError: if the preset does not exist, is not allowed, damaged or another
            class's, an override is unknown or out of its range, or the weights do
            not fit.
    """
    directory, built_in = find_preset(cls, name)
    plan, target = _checked(cls, directory, built_in, load_weights, overrides)
    return _build(plan, target)


def build_config(
    config: dict, place: Place, *, largest: int, seed: int | None = None
) -> Any:
    """An untrained model of a preset's config that came without a directory.

    Args:
        config: parsed JSON; it is checked as a preset's file is.
        place: where it came from.
        largest: how many values both networks may have.
        seed: as the class takes it.

    Raises:
        PresetError: as `load_preset`, before memory is allocated.
    """
    check_config(config, place)
    target = resolve_class(None, config["model"], place.at("model"))
    skeletons = build_skeletons(config, config["dtype"], place)
    count = sum(skeleton.parameters for skeleton in skeletons.values())
    if count > largest:
        problem = f"the networks must have at most {largest} values"
        raise place.error(problem, (count,))
    return _build(_Plan(config, place, config["dtype"], None, False, seed), target)


def _build(plan, target):
    with dtype_policy(plan.policy):
        networks = {role: build_network(plan.config[role]) for role in ROLES}
        if plan.weights:
            assign_tensors(plan.weights, networks)
        gan = _made(plan, target, networks)
    if plan.ema_weights:
        assign_tensors(plan.weights, {"ema_generator": gan.ema_generator})
    return gan


def _made(plan, target, networks):
    arguments = plan.config.get("arguments", {})
    augmentation = _augmentation(plan.config["augmentation"], plan.seed)
    try:
        return target(
            **networks,
            ema_decay=plan.config["ema_decay"],
            augmentation=augmentation,
            seed=plan.seed,
            preset=plan.config,
            **arguments,
        )
    # Each part may be right, and the parts not fit together.
    except ValueError as error:
        problem = f"no model can be made of it: {str(error).rstrip('.')}"
        action = "Change it, in the file or in the call."
        raise plan.place.error(problem, None, action) from error


def from_preset(
    name: str | os.PathLike, *, load_weights: bool | None = None, **overrides: Any
) -> Any:
    """A model from a built-in preset's id or a preset directory, of its own class.

    Args:
        name: id such as `"dcgan/mnist-28"`, a bare name for DCGAN's, or a directory
            that `save_to_preset` wrote.
        load_weights, **overrides: as in `GAN.from_preset`.

    Returns:
        A GAN of the preset's class.

    Raises:
        PresetError: as `GAN.from_preset`.
    """
    return load_preset(None, name, load_weights=load_weights, **overrides)


def _checked(cls, directory, built_in, load_weights, overrides):
    _check_load_weights(load_weights)
    config = read_config(directory)
    place = Place(str(directory / CONFIG_FILE))
    target = resolve_class(cls, config["model"], place.at("model"))
    metadata = read_metadata(directory)
    weights = _weights_file(directory, metadata, load_weights, built_in)
    merged, place = _override(config, overrides, place, target.preset_arguments)
    policy = _policy(merged, built_in and "dtype" not in overrides, place)
    skeletons = build_skeletons(merged, policy, place)
    _check_parameters(config, merged, metadata, skeletons, directory)
    averaged = config["ema_decay"] is not None
    ema_weights = averaged and weights is not None and holds_average(weights)
    if weights:
        _check_fit(weights, ema_weights, merged, skeletons, overrides)
    seed = overrides.get("seed")
    return _Plan(merged, place, policy, weights, ema_weights, seed), target


def _check_load_weights(load_weights):
    if load_weights is not None:
        boolean(load_weights, Place("from_preset", "load_weights", _SCRATCH))


def _weights_file(directory, metadata, load_weights, built_in):
    if load_weights is False:
        return None
    if declared := metadata["weights"]:
        # A directory of someone else's makes no machine fetch anything.
        folder = weights_folder(directory, declared) if built_in else directory
        return check_weights_file(folder, declared)
    if load_weights:
        place = Place(str(directory / METADATA_FILE), "weights")
        raise place.error(
            "this preset ships no weights, and load_weights=True asks for them",
            (None,),
            "Leave load_weights out, train with gan.fit, and keep the result with "
            "gan.save_to_preset.",
        )
    return None


def _override(config, overrides, place, arguments):
    """The config with the overrides, and the place to blame for it."""
    if not overrides:
        return config, place
    call = Place(f"The overrides of {place.file}", action="Change the call.")
    merged = {**config}
    for role in ROLES:
        merged[role] = {**config[role], "arguments": {**config[role]["arguments"]}}
    if "arguments" in config:
        merged["arguments"] = {**config["arguments"]}
    targets = _override_targets(config)
    for name, value in overrides.items():
        value = _plain(value, call.at(name))
        if name == "augmentation" and isinstance(value, dict):
            value = {**NO_AUGMENTATION, **value}
        if name in _SETTINGS:
            _SETTINGS[name](value, call.at(name))
            if name != "seed":
                merged[name] = value
        elif name in arguments:
            merged["arguments"] = {**merged.get("arguments", {}), name: value}
        elif name not in targets:
            raise unknown_key(name, {**targets, **_SETTINGS, **arguments}, call)
        for role, argument in targets.get(name, ()):
            merged[role]["arguments"][argument] = value
    check_config(merged, call)
    return merged, call


def _override_targets(config):
    """Keyword -> the (role, builder argument) pairs that it sets.

    `filters` sets both builders' argument of that name, `generator_filters` the
    generator's alone.
    """
    targets = {}
    for role in ROLES:
        for argument in builder_parameters(config[role]):
            targets.setdefault(argument, []).append((role, argument))
            targets[f"{role}_{argument}"] = [(role, argument)]
    return targets


def _plain(value, place):
    try:
        if isinstance(value, dict):
            return {key: json_value(item) for key, item in value.items()}
        return json_value(value)
    except TypeError as error:
        problem = f"cannot be part of a preset: {error}".rstrip(".")
        raise place.error(problem, None, "Pass such a value.") from None


def _policy(config, take_users, place):
    if not take_users or config["dtype"] != "float32":
        return config["dtype"]
    policy = keras.config.dtype_policy()
    if policy.name not in DTYPES:
        raise place.at("dtype").error(
            f"Keras's dtype policy must be one of {', '.join(DTYPES)}",
            (policy.name,),
            "Choose another with keras.config.set_dtype_policy, or pass dtype=.",
        )
    config["dtype"] = policy.name
    return policy


def _check_parameters(config, merged, metadata, skeletons, directory):
    place = Place(str(directory / METADATA_FILE), "parameters")
    for role in ROLES:
        changed = config[role]["arguments"] != merged[role]["arguments"]
        declared, count = metadata["parameters"][role], skeletons[role].parameters
        if not changed and declared != count:
            raise place.at(role).error(
                f"must be {count}, which {CONFIG_FILE} builds", (declared,)
            )


def _check_fit(path, ema_weights, merged, skeletons, overrides):
    if ema_weights and merged["ema_decay"] is None:
        raise Place(str(path), "ema_generator").error(
            "the weights hold a moving average, which ema_decay=None would drop",
            None,
            f"Keep ema_decay. {_SCRATCH}",
        )
    needed = needed_shapes(skeletons, average=ema_weights)
    names = ", ".join(sorted(set(overrides) - set(_SETTINGS)))
    action = "The files of this preset do not belong together. "
    if names:
        action = f"The weights do not fit the overrides ({names}). "
    check_header(path, needed, action + _SCRATCH)


def _augmentation(arguments, seed):
    return None if arguments is None else augmentation(**arguments, seed=seed)
