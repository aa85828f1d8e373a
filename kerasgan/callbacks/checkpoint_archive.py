"""What a `.keras` file may be, looked at before Keras opens it.

A run's folder may come from somebody else. Keras packs nothing in these files, so that
one which would unpack to more than it is can be told by its table of contents.
"""

import io
import json
import pathlib
import zipfile

import h5py

from kerasgan.checks import shown

_CONFIG, _WEIGHTS = "config.json", "model.weights.h5"
_MEMBERS = [_CONFIG, "metadata.json", _WEIGHTS]
_LARGEST_CONFIG = 16 * 2**20


class ArchiveError(ValueError):
    """A file that is no model of ours; the message says in which way."""


def check_archive(path: pathlib.Path) -> None:
    """Looks through a `.keras` file without building or allocating what it says.

    Raises:
        ArchiveError: if it is damaged, holds other members than Keras writes, packed
            ones, links, or arrays that are larger than the file.
    """
    _read(path, _check_arrays)


def saved_preset(path: pathlib.Path) -> dict:
    """The preset that the model in a `.keras` file was made from; nothing is built.

    Raises:
        ArchiveError: as `check_archive`, or if it holds another model.
    """
    config = _read(path, _model_config)
    kind = config.get("class_name") if isinstance(config, dict) else None
    arguments = config.get("config") if isinstance(config, dict) else None
    preset = arguments.get("preset") if isinstance(arguments, dict) else None
    if not isinstance(preset, dict):
        raise ArchiveError(
            f"it must hold a GAN that was made from a preset, and holds {shown(kind)}"
        )
    return preset


def _read(path, function):
    if path.is_symlink() or not path.is_file():
        raise ArchiveError("it is no regular file")
    try:
        with zipfile.ZipFile(path) as archive:
            _check_members(archive.infolist(), path.stat().st_size)
            return function(archive)
    except ArchiveError:
        raise
    # Whatever zipfile, zlib, json and h5py raise for damaged bytes.
    except Exception as error:
        reason = " ".join(str(error).split())[:300] or type(error).__name__
        raise ArchiveError(f"it cannot be read: {reason}") from error


def _check_members(members, size):
    names = sorted(member.filename for member in members)
    # A layer's own files, which are never unpacked here.
    names = [n for n in names if not n.startswith("assets/") or ".." in n]
    if names != _MEMBERS:
        raise ArchiveError(f"it must hold {_MEMBERS}, and holds {shown(names)}")
    for member in members:
        stored = member.compress_type == zipfile.ZIP_STORED
        if not stored or member.file_size != member.compress_size:
            raise ArchiveError(f"{member.filename} is packed, which Keras never does")
    if sum(member.file_size for member in members) > size:
        raise ArchiveError("its members are larger than the file")


def _model_config(archive):
    if archive.getinfo(_CONFIG).file_size > _LARGEST_CONFIG:
        raise ArchiveError(f"{_CONFIG} has more than {_LARGEST_CONFIG} bytes")
    return json.loads(archive.read(_CONFIG))


def _check_arrays(archive):
    data = archive.read(_WEIGHTS)
    with h5py.File(io.BytesIO(data), "r") as file:
        held = sum(_bytes_of(file, name) for name in _names(file))
    if held > len(data):
        raise ArchiveError(
            f"its arrays take {held} bytes, and {_WEIGHTS} has {len(data)}"
        )


def _names(file):
    # Unlike `visit`, this shows links too.
    names = []
    file.visit_links(names.append)
    return names


def _bytes_of(file, name):
    if not isinstance(file.get(name, getlink=True), h5py.HardLink):
        raise ArchiveError(f"{shown(name)} is a link")
    item = file[name]
    if not isinstance(item, h5py.Dataset):
        return 0
    if item.external or item.is_virtual:
        raise ArchiveError(f"{shown(name)} is kept in another file")
    return item.nbytes
