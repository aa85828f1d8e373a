"""From a model to a preset directory, all of it or nothing."""

import json
import os
import pathlib

import safetensors

from kerasgan.augment.basic import RandomMirror, RandomShift, RandomTurn
from kerasgan.checks import boolean, choice, nullable
from kerasgan.files import (
    dump_json,
    file_sha256,
    move_together,
    of_about,
    staging_directory,
)
from kerasgan.presets.errors import Place, PresetError
from kerasgan.presets.files import CONFIG_FILE, METADATA_FILE
from kerasgan.presets.schema import (
    FORMAT_VERSION,
    NO_AUGMENTATION,
    WEIGHTS_FILE,
    check_config,
    check_metadata,
)
from kerasgan.presets.skeleton import ROLES, build_skeletons, named_variables
from kerasgan.presets.weights import (
    collect_tensors,
    parameter_counts,
    without_equal_average,
    write_tensors,
)
from kerasgan.registry import model_name, network_spec
from kerasgan.training.optimizers import optimizer_block
from kerasgan.version import __version__

_FILES = {CONFIG_FILE, METADATA_FILE, WEIGHTS_FILE}
_WHOLE = 'Save the whole model with gan.save("x.keras") instead.'
_ARGUMENTS = "Change the arguments of save_to_preset."
_FREE_METADATA = ("source", "deviations", "training")


def save_preset(
    gan,
    directory: str | os.PathLike,
    *,
    overwrite: bool = False,
    weights: bool = True,
    weights_dtype: str | None = None,
    description: str | None = None,
    training: dict | None = None,
    metadata: dict | None = None,
) -> pathlib.Path:
    """Writes a model as a preset directory, which `from_preset` reads.

    The directory holds `config.json`, `metadata.json` and `model.safetensors`. It is
    written beside its place and moved there when complete, so that a failure leaves
    what was there before. Optimizer state is not in it.

    Args:
        gan: a GAN whose networks were made by registered builders.
        directory: path. Missing parent directories are made.
        overwrite: whether an existing preset may be replaced. A directory that
            holds anything else is never replaced.
        weights: whether `model.safetensors` is written; a preset without starts
            untrained.
        weights_dtype: `"float32"`, `"float16"` or `"bfloat16"` to store all weights
            in; `None` keeps each variable's own.
        description: one line of at most 200 characters.
        training: the recommended batch size and length, such as
            `{"batch_size": 64, "epochs": 30}` or `{"batch_size": 64, "steps": 5000}`.
            Defaults to what the model has from its own preset, or its method's.
        metadata: dict with any of `source` (string), `deviations` (list of strings)
            and `training` (free JSON object).

    Returns:
        The directory as a `pathlib.Path`.

    Raises:
        ValueError: if a network was made by no registered builder, or was changed
            since.
        PresetError: if a value cannot be in a preset, the directory exists, or
            writing fails.
    """
    directory = pathlib.Path(os.path.abspath(directory))
    place = Place(str(directory))
    boolean(weights, Place("save_to_preset", "weights", _ARGUMENTS))
    nullable(choice("float32", "float16", "bfloat16"))(
        weights_dtype, Place("save_to_preset", "weights_dtype", _ARGUMENTS)
    )
    _check_target(directory, overwrite, place)
    training = gan.training_arguments() if training is None else training
    config = _config(gan, training, Place(str(directory / CONFIG_FILE), action=_WHOLE))
    networks = {"generator": gan.generator, "discriminator": gan.discriminator}
    counts = parameter_counts(networks)
    if gan.ema_generator is not None:
        networks["ema_generator"] = gan.ema_generator
    facts = _metadata(gan, counts, description, metadata)
    check_metadata(facts, Place(str(directory / METADATA_FILE), action=_ARGUMENTS))
    tensors = None
    if weights:
        place_of_tensors = Place(str(directory / WEIGHTS_FILE))
        tensors = collect_tensors(networks, weights_dtype, place_of_tensors)
        tensors = without_equal_average(tensors)
    try:
        _write(directory, config, facts, tensors)
    except (OSError, safetensors.SafetensorError) as error:
        held = tensors or {}
        room = of_about(sum(tensor.nbytes for tensor in held.values()) / 4)
        raise place.error(
            f"the preset{room} cannot be written "
            f"({getattr(error, 'strerror', None) or error})",
            None,
            "What was there before is unchanged. Free space or choose another place.",
        ) from error
    return directory


def _check_target(directory, overwrite, place):
    if directory.exists() and not directory.is_dir():
        raise place.error("is a file", None, "Choose a directory.")
    held = set(os.listdir(directory)) if directory.is_dir() else set()
    if held - _FILES:
        raise place.error(
            "holds files that belong to no preset, and is not replaced",
            (sorted(held - _FILES)[:5],),
            "Choose another directory.",
        )
    if held and not overwrite:
        raise place.error(
            "holds a preset already", None, "Pass overwrite=True to replace it."
        )


def _config(gan, training, place):
    model = model_name(type(gan))
    if model is None:
        raise PresetError(
            "A preset stores a model whose class is registered, or inherits from one "
            f"that is. Received: {type(gan).__name__}. Register it with "
            f"@kerasgan.register_model. {_WHOLE}"
        )
    preset = gan.preset or {}
    compiled = compile_block(gan) or preset.get("compile")
    config = {
        "format_version": FORMAT_VERSION,
        "model": model,
        "dtype": _dtype(gan),
        "generator": _spec(gan, "generator"),
        "discriminator": _spec(gan, "discriminator"),
        "ema_decay": gan.ema_decay,
        "augmentation": _augmentation(gan.augmentation),
        "compile": compiled or gan.Recipe.defaults(),
        "training": training,
    }
    if arguments := _model_arguments(gan):
        config["arguments"] = arguments
    try:
        # Keras wraps the containers of a model's attributes; JSON gives plain ones.
        config = json.loads(json.dumps(config))
    except TypeError as error:
        raise place.error(f"cannot be written as JSON ({error})") from None
    check_config(config, place)
    _check_rebuilt(gan, config, place)
    return config


def compile_block(gan):
    """How the model was compiled, as a preset's `compile` block.

    Returns:
        A dict, or `None` if it is not compiled.

    Raises:
        PresetError: for an optimizer that no preset can hold.
    """
    if not gan.compiled:
        return None
    place = Place(f"The optimizers of {type(gan).__name__}", action=_WHOLE)
    block = {name: getattr(gan.recipe, name) for name in gan.Recipe.defaults()}
    for name in ("generator_optimizer", "discriminator_optimizer"):
        block[name] = optimizer_block(getattr(gan.optimizer, name), place.at(name))
    return block


def _model_arguments(gan):
    """The arguments of the constructor that the class has for presets, where set."""
    config = gan.get_config()
    held = {name: config[name] for name in gan.preset_arguments}
    return {name: value for name, value in held.items() if value is not None}


def _spec(gan, role):
    spec = network_spec(getattr(gan, role))
    if spec is None:
        raise ValueError(
            f"The {role} was not made by a registered network builder with plain "
            "arguments, so a preset cannot say how to make it again. Received: "
            f"{role}={getattr(gan, role).name!r}. Build it with a function under "
            f"@kerasgan.register_network. {_WHOLE}"
        )
    return spec


def _augmentation(model):
    """The arguments of `kerasgan.augment.augmentation` that made `model`."""
    if model is None:
        return None
    arguments = dict(NO_AUGMENTATION)
    for layer in getattr(model, "layers", [model]):
        if isinstance(layer, RandomShift):
            arguments["crop_padding"] = layer.crop_padding
        elif isinstance(layer, RandomTurn):
            arguments["rotation"] = layer.rotation
        elif isinstance(layer, RandomMirror):
            arguments["horizontal_flip"] = True
        else:
            raise PresetError(
                "A preset's augmentation is one that kerasgan.augment.augmentation "
                f"makes. Received: a layer {type(layer).__name__}. {_WHOLE}"
            )
    return arguments


def _dtype(gan):
    names = {role: getattr(gan, role).dtype_policy.name for role in ROLES}
    if len(set(names.values())) > 1:
        raise PresetError(
            "A preset has one dtype for both networks. "
            f"Received: {names}. Build both under one policy. {_WHOLE}"
        )
    return names["generator"]


def _check_rebuilt(gan, config, place):
    """A network may have been changed after its builder returned it."""
    skeletons = build_skeletons(config, config["dtype"], place)
    for role in ROLES:
        held = {n: tuple(v.shape) for n, v in named_variables(getattr(gan, role))}
        if held != skeletons[role].shapes:
            different = sorted(set(held.items()) ^ set(skeletons[role].shapes.items()))
            raise ValueError(
                f"The {role} holds other weights than its builder "
                f"{config[role]['builder']!r} makes from the same arguments. "
                f"Received: {different[:4]}. Change the builder's arguments, not the "
                f"network. {_WHOLE}"
            )


def _metadata(gan, counts, description, metadata):
    metadata = dict(metadata or {})
    for key in metadata:
        if key not in _FREE_METADATA:
            raise PresetError(
                f"save_to_preset's metadata may have {', '.join(_FREE_METADATA)}. "
                f"Received: {key!r}. Leave it out; put free facts under 'training'."
            )
    return {
        "format_version": FORMAT_VERSION,
        "library_version": __version__,
        "description": description
        or f"{type(gan).__name__}, written by save_to_preset.",
        "source": "",
        "deviations": [],
        "weights": None,
        "parameters": counts,
        "training": None,
        **metadata,
    }


def _write(directory, config, facts, tensors):
    directory.parent.mkdir(parents=True, exist_ok=True)
    with staging_directory(directory) as temporary:
        if tensors is not None:
            facts["weights"] = _write_weights(temporary / WEIGHTS_FILE, tensors)
        (temporary / CONFIG_FILE).write_bytes(dump_json(config))
        (temporary / METADATA_FILE).write_bytes(dump_json(facts))
        move_together({temporary: directory.resolve()})


def _write_weights(path, tensors):
    """Writes the tensors; gives what the metadata says of the file."""
    write_tensors(path, tensors)
    size, digest = path.stat().st_size, file_sha256(path)
    return {"file": path.name, "bytes": size, "sha256": digest}
