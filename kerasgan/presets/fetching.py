"""Where a built-in preset's weights lie: in the package, a folder, or the cache."""

import os
import pathlib
import tempfile
from typing import Any

import keras

from kerasgan.files import cache_folder, file_sha256
from kerasgan.presets.errors import Place
from kerasgan.presets.schema import WEIGHTS_FILE

WEIGHTS_DIR_VARIABLE = "KERASGAN_WEIGHTS_DIR"


def weights_folder(directory: pathlib.Path, declared: dict[str, Any]) -> pathlib.Path:
    """The folder that holds the weights file of a built-in preset.

    The package holds small files. A larger one is looked for beside the preset, in
    `KERASGAN_WEIGHTS_DIR`, laid out as `kerasgan/presets` is, and in the cache; it is
    else fetched into that from the URL in `metadata.json`.

    Args:
        directory: the preset's.
        declared: the metadata's `"weights"` object.

    Raises:
        PresetError: if the file is nowhere and cannot be fetched.
    """
    chosen = os.environ.get(WEIGHTS_DIR_VARIABLE)
    folders = [directory]
    if chosen:
        folders.append(pathlib.Path(chosen).expanduser() / _name(directory))
    for folder in folders:
        if (folder / WEIGHTS_FILE).exists():
            return folder
    cached = cache_folder() / "weights" / declared["sha256"]
    if not _is_whole(cached / WEIGHTS_FILE, declared):
        _fetch(cached, directory, declared)
    return cached


def _name(directory):
    """Such as `dcgan/mnist-28`."""
    return pathlib.Path(*directory.parts[-2:])


def _is_whole(path, declared):
    return (
        path.is_file()
        and path.stat().st_size == declared["bytes"]
        and file_sha256(path) == declared["sha256"]
    )


def _fetch(folder, directory, declared):
    url = declared.get("url")
    if url is None:
        raise _missing(directory, declared, "no place to fetch it from is known")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Beside, so that a death on the way leaves no half of it there.
        with tempfile.TemporaryDirectory(dir=folder) as beside:
            path = keras.utils.get_file(
                WEIGHTS_FILE,
                origin=url,
                file_hash=declared["sha256"],
                hash_algorithm="sha256",
                cache_dir=beside,
                cache_subdir="",
            )
            os.replace(path, folder / WEIGHTS_FILE)
    # Of a failed download, Keras raises an `Exception` itself.
    except Exception as error:
        reason = " ".join(str(error).split())
        raise _missing(directory, declared, f"fetching {url} failed: {reason}") from (
            error
        )


def _missing(directory, declared, reason):
    file = _name(directory).as_posix() + "/" + WEIGHTS_FILE
    place = Place(str(directory / WEIGHTS_FILE))
    return place.error(
        f"the weights ({declared['bytes'] / 1e6:.1f} MB) are not part of the package, "
        f"and {reason.rstrip('.')}",
        None,
        f"Set {WEIGHTS_DIR_VARIABLE} to a folder that holds {file}, such as "
        "kerasgan/presets of a checkout, or pass load_weights=False to start "
        "untrained.",
    )
