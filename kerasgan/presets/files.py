"""A preset's directory: reading its JSON and checking its weights file."""

import json
import math
import pathlib

from kerasgan.files import file_sha256
from kerasgan.presets.errors import Place
from kerasgan.presets.schema import WEIGHTS_FILE, check_config, check_metadata

CONFIG_FILE = "config.json"
METADATA_FILE = "metadata.json"
LARGEST_CONFIG = 64 * 1024
LARGEST_METADATA = 256 * 1024

_COPY = "Copy the folder with what its links point to (cp -rL), and load the copy."


def read_config(directory):
    """The checked config of the preset in `directory`.

    Raises:
        PresetError: if the file is missing, a link, too large, no JSON or not allowed.
    """
    path = pathlib.Path(directory, CONFIG_FILE)
    config = _read_json(path, LARGEST_CONFIG)
    check_config(config, Place(str(path)))
    return config


def read_metadata(directory):
    """The checked metadata; errors as `read_config`."""
    path = pathlib.Path(directory, METADATA_FILE)
    metadata = _read_json(path, LARGEST_METADATA)
    check_metadata(metadata, Place(str(path)))
    return metadata


def check_weights_file(directory, declared):
    """Compares the weights file with what the metadata declares.

    Args:
        directory: the preset's directory.
        declared: the metadata's `"weights"` object.

    Returns:
        The file's path.

    Raises:
        PresetError: if the file is missing, a link, or its size or hash is another.
    """
    path = pathlib.Path(directory, WEIGHTS_FILE)
    place = Place(str(path))
    action = (
        "The file is damaged or is another preset's: copy the preset again, or "
        "pass load_weights=False to start untrained."
    )
    _check_no_link(path, place)
    if not path.is_file():
        raise place.error("the weights file is missing", None, action)
    size = path.stat().st_size
    if size != declared["bytes"]:
        problem = f"must have {declared['bytes']} bytes, as {METADATA_FILE} says"
        raise place.error(problem, (size,), action)
    digest = file_sha256(path)
    if digest != declared["sha256"]:
        problem = f"must have the SHA-256 {declared['sha256']} of {METADATA_FILE}"
        raise place.error(problem, (digest,), action)
    return path


def _check_no_link(path, place):
    """Raises for a link, through which a preset could name any file of the machine."""
    if path.is_symlink():
        raise place.error("must be a file of the folder, and no link", None, _COPY)


def _read_json(path, largest):
    place = Place(str(path))
    text = _read_bounded(path, largest, place)
    try:
        return json.loads(
            text.decode("utf-8"),
            object_pairs_hook=_unique,
            parse_constant=_no_constant,
            parse_float=_finite,
        )
    except (ValueError, RecursionError) as error:
        raise place.error(f"is not valid JSON ({error})") from None


def _read_bounded(path, largest, place):
    _check_no_link(path, place)
    # is_file also keeps a pipe or a device from blocking the read.
    if not path.is_file():
        raise place.error(
            "the file is missing",
            None,
            "A preset is a directory with config.json and metadata.json: check the "
            "path, or write one with save_to_preset.",
        )
    try:
        with open(path, "rb") as file:
            text = file.read(largest + 1)
    except OSError as error:
        raise place.error(f"cannot be read ({error.strerror})") from error
    if len(text) > largest:
        raise place.error(f"must have at most {largest} bytes")
    return text


def _unique(pairs):
    seen = {}
    for key, value in pairs:
        if key in seen:
            raise ValueError(f"duplicate key {key[:80]!r}")
        seen[key] = value
    return seen


def _no_constant(name):
    raise ValueError(f"{name} is not a JSON number")


def _finite(text):
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"the number {text[:40]} is too large")
    return value
