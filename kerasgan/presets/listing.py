"""Which presets there are, and which directory a name means."""

import difflib
import os
import pathlib

from kerasgan.presets.errors import PresetError
from kerasgan.presets.files import CONFIG_FILE, read_metadata

_ROOT = pathlib.Path(__file__).parent
DEFAULT_SLUG = "dcgan"


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
    slug = class_slug(cls)
    if slug is None:
        raise PresetError(
            f"{cls.__name__} ships no presets. Classes that do: "
            f"{', '.join(_class_names())}. Use one of those, or list_presets()."
        )
    return {name: _summary(slug, name) for name in preset_names(slug)}


def preset_slugs():
    """The slugs of the model classes with built-in presets, sorted."""
    return sorted(path.name for path in _ROOT.iterdir() if _preset_folders(path))


def preset_names(slug):
    """The names of a model class's built-in presets, sorted.

    Args:
        slug: the class's short name, such as `"dcgan"`.
    """
    return [path.name for path in _preset_folders(_ROOT / slug)]


def _preset_ids():
    return [f"{s}/{name}" for s in preset_slugs() for name in preset_names(s)]


def class_slug(cls):
    """The slug of the nearest model class that `cls` is or inherits from."""
    for base in cls.__mro__:
        for slug, model in _models().items():
            if base is model:
                return slug
    return None


def resolve_class(cls, slug, place):
    """The class to build a config of model `slug` with.

    Args:
        cls: the class whose `from_preset` was called, or `None`.
        slug: the config's model.
        place: the config's model field, a `Place`.

    Raises:
        PresetError: if the preset is another class's.
    """
    model = _models()[slug]
    if cls is None or issubclass(model, cls):
        return model
    if class_slug(cls) == slug:
        return cls
    raise place.error(
        f"this is a preset of {model.__name__}, not of {cls.__name__}",
        (slug,),
        f"Use kerasgan.{model.__name__}.from_preset, or kerasgan.from_preset.",
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
    slug = (class_slug(cls) if cls else None) or DEFAULT_SLUG
    for known in preset_slugs():
        for preset in preset_names(known):
            if name == f"{known}/{preset}" or (known == slug and name == preset):
                return _ROOT / known / preset, True
    separators = [s for s in (os.sep, os.altsep) if s]
    if any(s in name for s in separators) or pathlib.Path(name, CONFIG_FILE).exists():
        return _existing(name, slug), False
    raise _unknown(name, slug)


def _existing(name, slug):
    directory = pathlib.Path(name)
    if not directory.is_dir():
        raise _unknown(name, slug)
    return directory


def _unknown(name, slug):
    names = preset_names(slug) + _preset_ids()
    near = difflib.get_close_matches(name[:80], names, n=3)
    hint = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
    return PresetError(
        "There is no built-in preset and no preset directory of that name."
        f"{hint} Received: {name[:200]!r}. Built-in presets: "
        f"{', '.join(_preset_ids())}. A directory's path needs a separator "
        "('./name') or a config.json inside."
    )


def _summary(slug, name):
    metadata = read_metadata(_ROOT / slug / name)
    weights = " (trained weights)" if metadata["weights"] else ""
    return metadata["description"] + weights


def _preset_folders(path):
    if not path.is_dir():
        return []
    return sorted(p for p in path.iterdir() if (p / CONFIG_FILE).is_file())


def _models():
    # The model classes import this package.
    from kerasgan.models import MODELS

    return MODELS


def _class_names():
    return [model.__name__ for model in _models().values()]
