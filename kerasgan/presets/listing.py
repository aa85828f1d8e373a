"""Which presets there are, and which directory a name means."""

import difflib
import os
import pathlib

from kerasgan.presets.errors import PresetError
from kerasgan.presets.files import CONFIG_FILE, read_config, read_metadata
from kerasgan.registry import model_name, registered_models

_ROOT = pathlib.Path(__file__).parent
# Whose presets a bare name means where no class says: the first method's, so that
# names that worked before there were others still do.
DEFAULT_MODEL = "dcgan"


def list_presets(cls=None):
    """The built-in presets.

    Args:
        cls: a GAN class for its own presets by name, or `None` for all by id
            (`"dcgan/mnist-28"`).

    Returns:
        A dict of name or id to one line of description, which says where trained
        weights are shipped.

    Raises:
        PresetError: if `cls` has no presets.
    """
    if cls is None:
        return {i: _summary(*i.split("/")) for i in _preset_ids()}
    model = model_name(cls)
    if model is None:
        classes = [held.__name__ for held in registered_models().values()]
        raise PresetError(
            f"{cls.__name__} ships no presets. Classes that do: "
            f"{', '.join(classes)}. Use one of those, or list_presets()."
        )
    return {name: _summary(model, name) for name in preset_names(model)}


def models_with_presets():
    """The names of the models with built-in presets, sorted."""
    return sorted(path.name for path in _ROOT.iterdir() if _preset_folders(path))


def preset_names(model):
    """The names of a model's built-in presets, sorted.

    Args:
        model: the name that its class is registered by, such as `"dcgan"`.
    """
    return [path.name for path in _preset_folders(_ROOT / model)]


def _preset_ids():
    return [f"{m}/{name}" for m in models_with_presets() for name in preset_names(m)]


def resolve_class(cls, model, place):
    """The class to build a config with.

    Args:
        cls: the class whose `from_preset` was called, or `None`.
        model: the config's model, a registered name.
        place: the config's model field, a `Place`.

    Raises:
        PresetError: if the preset is another class's.
    """
    wanted = registered_models()[model]
    if cls is None or issubclass(wanted, cls):
        return wanted
    if model_name(cls) == model:
        return cls
    raise place.error(
        f"this is a preset of {wanted.__name__}, not of {cls.__name__}",
        (model,),
        f"Use kerasgan.{wanted.__name__}.from_preset, or kerasgan.from_preset.",
    )


def find_preset(cls, name):
    """The directory that a name or path means.

    Built-in names come before directories of the same name.

    Args:
        cls: the class whose `from_preset` was called, or `None`.
        name: `"mnist-28"`, `"dcgan/mnist-28"`, a directory's path as a string, or
            a `pathlib.Path`, which always is a directory.

    Returns:
        `(directory, built_in)`.

    Raises:
        PresetError: if there is no such preset.
    """
    if isinstance(name, os.PathLike):
        return pathlib.Path(name), False
    if not isinstance(name, str) or not name:
        raise PresetError(
            "A preset is named by a string or a pathlib.Path. "
            f"Received: {name!r}. Try one of: {', '.join(_preset_ids())}."
        )
    model = (model_name(cls) if cls else None) or DEFAULT_MODEL
    for known in models_with_presets():
        for preset in preset_names(known):
            if name == f"{known}/{preset}" or (known == model and name == preset):
                return _ROOT / known / preset, True
    separators = [s for s in (os.sep, os.altsep) if s]
    if any(s in name for s in separators) or pathlib.Path(name, CONFIG_FILE).exists():
        return _existing(name, model), False
    raise _unknown(name, model)


def built_in_preset(config):
    """The built-in preset that has a config.

    Args:
        config: a model's `preset`, or `None`.

    Returns:
        `(id, directory)`, or `(None, None)`.
    """
    for name in _preset_ids() if config is not None else ():
        directory = _ROOT / name
        if read_config(directory) == config:
            return name, directory
    return None, None


def _existing(name, model):
    directory = pathlib.Path(name)
    if not directory.is_dir():
        raise _unknown(name, model)
    return directory


def _unknown(name, model):
    names = preset_names(model) + _preset_ids()
    near = difflib.get_close_matches(name[:80], names, n=3)
    hint = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
    return PresetError(
        "There is no built-in preset and no preset directory of that name."
        f"{hint} Received: {name[:200]!r}. Built-in presets: "
        f"{', '.join(_preset_ids())}. A directory's path needs a separator "
        "('./name') or a config.json inside."
    )


def _summary(model, name):
    metadata = read_metadata(_ROOT / model / name)
    if not metadata["weights"]:
        return metadata["description"]
    told = ", ".join(["trained weights", *shipped_score(metadata)])
    return f"{metadata['description']} ({told})"


def shipped_score(metadata):
    """`["fd 1.87"]`, the Frechet distance of the shipped weights, or `[]`."""
    scores = (metadata["training"] or {}).get("scores", [])
    return [f"fd {s['value']:.3g}" for s in scores if s["metric"] == "fd"]


def _preset_folders(path):
    if not path.is_dir():
        return []
    return sorted(p for p in path.iterdir() if (p / CONFIG_FILE).is_file())
