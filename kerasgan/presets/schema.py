"""What a preset's two JSON files may hold. Every object is closed."""

import inspect
import re
import types
import typing

from kerasgan.checks import (
    LARGEST_INTEGER,
    boolean,
    choice,
    free_object,
    integer,
    line,
    nullable,
    number,
    record,
    sequence,
    unknown_key,
)
from kerasgan.registry import get_network, registered_models

FORMAT_VERSION = 1
WEIGHTS_FILE = "model.safetensors"
DTYPES = ("float32", "bfloat16", "float16", "mixed_bfloat16", "mixed_float16")
LARGEST_NETWORK = 2**30
LARGEST_NUMBER = 1e6
NO_AUGMENTATION = {"horizontal_flip": False, "crop_padding": 0, "rotation": 0.0}

_UPGRADE = "A newer kerasgan may read it: pip install --upgrade kerasgan."


def check_config(config, place):
    """Checks a preset's config.

    Args:
        config: parsed JSON.
        place: where it came from, a `Place`.

    Raises:
        PresetError: at the first field that is not allowed.
    """
    _check_version(config, place)
    _CONFIG(config, place)
    model = registered_models()[config["model"]]
    record(*model.Recipe.schema())(config["compile"], place.at("compile"))
    arguments = config.get("arguments", {})
    record({}, model.preset_arguments)(arguments, place.at("arguments"))


def check_metadata(metadata, place):
    """Checks a preset's metadata; arguments and errors as `check_config`."""
    _check_version(metadata, place)
    _METADATA(metadata, place)


def _check_version(value, place):
    if not isinstance(value, dict):
        raise place.error("must be an object", (value,))
    version = value.get("format_version", FORMAT_VERSION)
    if type(version) is not int or version != FORMAT_VERSION:
        raise place.at("format_version").error(
            f"must be {FORMAT_VERSION}", (version,), _UPGRADE
        )


def check_network(value, place):
    """Allows a registered builder's name with arguments that fit it."""
    record({"builder": line(64), "arguments": lambda *_: None})(value, place)
    try:
        builder = get_network(value["builder"])
    except ValueError as error:
        raise place.at("builder").error(str(error).rstrip("."), None, "") from None
    check_arguments(value["arguments"], builder, place.at("arguments"))


def check_arguments(arguments, builder, place):
    """Allows the builder's own argument names with values of their kinds."""
    if not isinstance(arguments, dict):
        raise place.error("must be an object", (arguments,))
    parameters = inspect.signature(builder).parameters
    for name in arguments:
        if name not in parameters:
            raise unknown_key(name, parameters, place)
    hints = _type_hints(builder)
    for name, parameter in parameters.items():
        if name in arguments:
            _check_argument(arguments[name], place.at(name))
            _check_kind(arguments[name], parameter, hints.get(name), place.at(name))
        elif parameter.default is parameter.empty:
            raise place.at(name).error("is missing, and the builder has no default")


def _check_argument(value, place, *, flat=False):
    if isinstance(value, list) and not flat:
        if len(value) > 64:
            raise place.error("must be a list of at most 64 items", (value,))
        for index, item in enumerate(value):
            _check_argument(item, place.at(index), flat=True)
    elif isinstance(value, str):
        line(64)(value, place)
    elif type(value) is int:
        integer(-LARGEST_INTEGER, LARGEST_INTEGER)(value, place)
    elif type(value) is float:
        # The builder knows more; this holds for one that does not look.
        number(-LARGEST_NUMBER, LARGEST_NUMBER)(value, place)
    elif value is not None and type(value) not in (bool, float):
        raise place.error(
            "must be a bool, a number, a string, null, or a flat list of those",
            (value,),
        )


def _check_kind(value, parameter, hint, place):
    kinds = _kinds(hint)
    if kinds is None and parameter.default not in (None, parameter.empty):
        kinds = _kinds(type(parameter.default))
    if kinds is None or parameter.default is None and value is None:
        return
    if type(value) not in kinds:
        names = " or ".join(sorted(kind.__name__ for kind in kinds))
        names = names.replace("NoneType", "null")
        raise place.error(f"must be of the kind {names}", (value,))


def _kinds(hint):
    """JSON's types that fit a type hint; `None` where the hint does not tell."""
    simple = {bool: {bool}, int: {int}, float: {int, float}, str: {str}}
    if isinstance(hint, type) and hint in simple:
        return simple[hint]
    if hint is type(None):
        return {type(None)}
    origin = typing.get_origin(hint) or hint
    if origin in (typing.Union, types.UnionType):
        parts = [_kinds(part) for part in typing.get_args(hint)]
        return None if None in parts else set().union(*parts)
    if isinstance(origin, type) and origin in (tuple, list):
        return {list}
    return None


def _type_hints(builder):
    try:
        return typing.get_type_hints(builder)
    except (NameError, TypeError, AttributeError):
        return {}


def _check_training(value, place):
    lengths = {"epochs": integer(1, 10**6), "steps": integer(1, 10**9)}
    record({"batch_size": integer(1, 65536)}, lengths)(value, place)
    if ("epochs" in value) == ("steps" in value):
        raise place.error("must have either epochs or steps", (value,))


def _check_sha256(value, place):
    if not isinstance(value, str) or not re.fullmatch("[0-9a-f]{64}", value):
        raise place.error("must be 64 hexadecimal digits in lower case", (value,))


def _check_weights_file(value, place):
    # One name only: no path, so nothing outside the directory can be named.
    if value != WEIGHTS_FILE:
        raise place.error(f"must be {WEIGHTS_FILE!r}", (value,))


def _check_url(value, place):
    line(500)(value, place)
    if not value.startswith("https://"):
        raise place.error("must begin with https://", (value,))


_AUGMENTATION = record(
    {
        "horizontal_flip": boolean,
        "crop_padding": integer(0, 64),
        "rotation": number(0, 0.5),
    }
)


def check_augmentation(value, place):
    """Allows the arguments of `kerasgan.augment.augmentation`, one of them set."""
    _AUGMENTATION(value, place)
    if not any(value.values()):
        raise place.error("must ask for something, or be null", (value,))


check_ema_decay = nullable(number(0, 1, above=True, below=True))
check_dtype = choice(*DTYPES)

_CONFIG = record(
    {
        "format_version": choice(FORMAT_VERSION),
        "model": lambda value, place: choice(*registered_models())(value, place),
        "dtype": check_dtype,
        "generator": check_network,
        "discriminator": check_network,
        "ema_decay": check_ema_decay,
        "augmentation": nullable(check_augmentation),
        "compile": lambda *_: None,
        "training": _check_training,
    },
    # Of the model's constructor, where it has some.
    {"arguments": lambda *_: None},
)

_SIZE = integer(0, LARGEST_NETWORK)
_METADATA = record(
    {
        "format_version": choice(FORMAT_VERSION),
        "library_version": line(64),
        "description": line(200, empty=False),
        "source": line(2000),
        "deviations": sequence(line(1000), 64),
        "weights": nullable(
            record(
                {
                    "file": _check_weights_file,
                    "bytes": integer(8, 2**36),
                    "sha256": _check_sha256,
                },
                # Where a file that the package does not hold is fetched from.
                {"url": _check_url},
            )
        ),
        "parameters": record({"generator": _SIZE, "discriminator": _SIZE}),
        "training": nullable(free_object(deepest=6, most=10000)),
    }
)
