"""Names that data may use: of models and of network builders.

A preset is data: it stores a model's and a builder's name and arguments, never a
function. Nothing here imports a model.
"""

import difflib
import functools
import inspect
import re
import weakref
from collections.abc import Callable

import keras
import numpy as np

_NAME = re.compile(r"[a-z0-9_-]{1,64}")
_MODELS: dict[str, type] = {}
_BUILDERS: dict[str, Callable] = {}
_SPECS: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()


def register_model(name):
    """Class decorator that gives a `GAN` subclass a name for presets and files.

    The class becomes usable in presets (`"model": name`), and its built-in presets are
    those in the folder of that name. It is registered with Keras as well, so that
    `.keras` files find it.

    Args:
        name: string of lower-case letters, digits, "-" and "_", at most 64
            characters, not taken by another class.

    Returns:
        A decorator that gives the class back.

    Raises:
        ValueError: if `name` is malformed or belongs to another class.

    Example:

    ```python
    @kerasgan.register_model("my-gan")
    class MyGAN(kerasgan.GAN):
        ...
    ```
    """
    _check_name(name)

    def decorate(cls):
        _check_free(_MODELS, name, cls)
        _MODELS[name] = cls
        package = cls.__module__.partition(".")[0]
        return keras.saving.register_keras_serializable(package)(cls)

    return decorate


def registered_models():
    """A dict of name to registered class, by name."""
    return dict(sorted(_MODELS.items()))


def model_name(cls):
    """The name of the nearest registered class that `cls` is or inherits from.

    Args:
        cls: a class.

    Returns:
        A string, or `None`.
    """
    names = {model: name for name, model in _MODELS.items()}
    return next((names[base] for base in cls.__mro__ if base in names), None)


def register_network(name):
    """Decorator that registers a network builder under `name`.

    The builder becomes usable in presets. Calling it also records, beside the
    returned model, the name and all arguments (defaults included), which
    `network_spec` gives back and `save_to_preset` writes.

    Args:
        name: string of lower-case letters, digits, "-" and "_", at most 64
            characters, not taken by another builder.

    Returns:
        A decorator. It takes a function whose arguments are all keyword-only
        and which returns a built `keras.Model`, and returns that function
        wrapped. Arguments that are not bool, int, float, string, `None` or a
        flat sequence of those work, but leave the model without a record.
        A preset gives sequences to the builder as tuples.

    Raises:
        ValueError: if `name` is malformed or belongs to another builder, or the
            builder takes positional or variable arguments.
        TypeError: when the wrapped builder returns no `keras.Model`.

    Example:

    ```python
    @kerasgan.register_network("tiny-discriminator")
    def tiny_discriminator(*, image_shape=(28, 28, 1), units=16):
        images = keras.Input(image_shape)
        x = keras.layers.Flatten()(images)
        x = keras.layers.Dense(units, activation="relu")(x)
        return keras.Model(images, keras.layers.Dense(1)(x))
    ```
    """
    _check_name(name)

    def decorate(builder):
        _check_signature(name, builder)
        _check_free(_BUILDERS, name, builder)
        _BUILDERS[name] = _recording(name, builder)
        return _BUILDERS[name]

    return decorate


def get_network(name):
    """The builder registered under `name`.

    Args:
        name: string.

    Returns:
        The wrapped builder; `inspect.signature` of it shows its arguments.

    Raises:
        ValueError: if nothing is registered under that name; near names are listed.
    """
    if isinstance(name, str) and name in _BUILDERS:
        return _BUILDERS[name]
    near = difflib.get_close_matches(str(name)[:64], _BUILDERS, n=3)
    hint = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
    raise ValueError(
        f"No network builder of that name is registered.{hint} "
        f"Registered: {', '.join(network_names()) or 'none'}. "
        f"Received: name={str(name)[:80]!r}. Import the module that registers it "
        "with @kerasgan.register_network first."
    )


def network_names():
    """The registered names, sorted."""
    return sorted(_BUILDERS)


def network_spec(model):
    """What built a model.

    Args:
        model: any object.

    Returns:
        `{"builder": name, "arguments": {...}}` with JSON values, or `None` for a
        model that no registered builder returned in this process.
    """
    spec = _SPECS.get(model) if isinstance(model, keras.Model) else None
    if spec is None:
        return None
    return {"builder": spec["builder"], "arguments": _copied(spec["arguments"])}


def restore_network_spec(model, spec):
    """Records on a model, read back from a file say, what had built it.

    The builder need not be registered at this moment, so that a model file opens
    without it; `save_to_preset` looks it up.

    Args:
        model: a `keras.Model`.
        spec: what `network_spec` gave for the original, or `None` to do nothing.
    """
    if spec is not None:
        arguments = {key: json_value(v) for key, v in spec["arguments"].items()}
        _SPECS[model] = {"builder": str(spec["builder"]), "arguments": arguments}


def json_value(value):
    """`value` as JSON knows it: tuples become lists, NumPy scalars Python's.

    Args:
        value: bool, int, float, string, `None`, a NumPy scalar, or a flat list or
            tuple of those.

    Returns:
        The same as plain Python values.

    Raises:
        TypeError: for anything else.
    """
    if isinstance(value, (list, tuple)):
        return [_json_scalar(item) for item in value]
    return _json_scalar(value)


def _json_scalar(value):
    if isinstance(value, np.generic):
        value = value.item()
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            return kind(value)
    if value is None:
        return None
    raise TypeError(
        "Expected a bool, int, float, string, None, or a flat list or tuple of "
        f"those. Received: {type(value).__name__}."
    )


def _copied(arguments):
    return {k: list(v) if isinstance(v, list) else v for k, v in arguments.items()}


def _check_signature(name, builder):
    for parameter in inspect.signature(builder).parameters.values():
        if parameter.kind is not inspect.Parameter.KEYWORD_ONLY:
            raise ValueError(
                "A registered network builder takes keyword-only arguments, so "
                "that a preset can name each. Put '*' before the first argument "
                f"and avoid *args and **kwargs. Received: argument '{parameter}' "
                f"of the builder for {name!r}."
            )


def _check_name(name):
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ValueError(
            "A registered name is 1 to 64 lower-case letters, digits, '-' or '_'. "
            f"Received: name={name!r}. Choose such a name."
        )


def _check_free(table, name, value):
    taken = table.get(name)
    if taken is not None and _origin(taken) != _origin(value):
        raise ValueError(
            f"The name {name!r} belongs to {'.'.join(_origin(taken))}. "
            f"Received: {'.'.join(_origin(value))}. Choose another name."
        )


def _origin(value):
    # A reloaded module registers the same function again as a new object.
    return value.__module__, value.__qualname__


def _recording(name, builder):
    signature = inspect.signature(builder)

    @functools.wraps(builder)
    def build(**arguments):
        bound = signature.bind(**arguments)
        bound.apply_defaults()
        model = builder(**bound.arguments)
        if not isinstance(model, keras.Model):
            raise TypeError(
                f"The network builder {name!r} must return a keras.Model. "
                f"Received: {type(model).__name__}."
            )
        _record(model, name, bound.arguments)
        return model

    return build


def _record(model, name, arguments):
    try:
        values = {key: json_value(value) for key, value in arguments.items()}
    except TypeError:
        _SPECS.pop(model, None)
    else:
        _SPECS[model] = {"builder": name, "arguments": values}
