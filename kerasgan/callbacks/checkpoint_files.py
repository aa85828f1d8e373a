"""Checkpoints on disk: written so that a death at any moment leaves whole ones."""

import contextlib
import errno
import hashlib
import json
import os
import pathlib
import re
import warnings
from collections.abc import Iterable
from typing import Any

from kerasgan.files import (
    beside,
    dump_json,
    file_sha256,
    move_together,
    of_about,
    remove,
    staging_directory,
)
from kerasgan.training.saving import value_count

MODEL = "model.keras"
MANIFEST = "manifest.json"

_NAME = re.compile(r"step-(\d{9,})")
_LEFTOVER = re.compile(r"\.step-\d+\..*")


class DamagedError(ValueError):
    """A checkpoint that is not what was written; the message says in which way."""


def checkpoint_path(directory: pathlib.Path, step: int) -> pathlib.Path:
    """The folder of the checkpoint of a step."""
    return directory / f"step-{step:09d}"


def list_checkpoints(directory: pathlib.Path) -> dict[int, pathlib.Path]:
    """The checkpoints that are there, by step, the oldest first."""
    if not directory.is_dir():
        return {}
    matches = [_NAME.fullmatch(path.name) for path in directory.iterdir()]
    steps = sorted(int(match[1]) for match in matches if match)
    return {step: checkpoint_path(directory, step) for step in steps}


def write_checkpoint(path: pathlib.Path, gan: Any, facts: dict[str, Any]) -> None:
    """Writes a model beside, its manifest last, and moves both to `path`.

    Raises:
        OSError: if that fails, with the path and the bytes; what was there is there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with staging_directory(path) as new:
            gan.save(new / MODEL)
            file = {
                "bytes": (new / MODEL).stat().st_size,
                "sha256": file_sha256(new / MODEL),
            }
            manifest = {**facts, "files": {MODEL: file}}
            manifest["sha256"] = _digest(manifest)
            (new / MANIFEST).write_bytes(dump_json(manifest))
            move_together({new: path})
    except OSError as error:
        raise OSError(
            error.errno or errno.EIO,
            f"The checkpoint {path}{of_about(value_count(gan))} could not be written: "
            f"{error.strerror or error}. Older checkpoints are kept. Make room there, "
            "and start again to go on from the newest",
        ) from error


def read_manifest(path: pathlib.Path) -> dict[str, Any]:
    """The manifest of a checkpoint, whose files are what it says.

    Raises:
        DamagedError: if they are not.
    """
    try:
        manifest = json.loads((path / MANIFEST).read_bytes())
        declared = manifest["files"][MODEL]
        size, digest = declared["bytes"], declared["sha256"]
        whole = manifest.pop("sha256") == _digest(manifest)
    except OSError as error:
        raise DamagedError(f"{MANIFEST} cannot be read ({error.strerror})") from error
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise DamagedError(f"{MANIFEST} is damaged ({error})") from error
    if not whole:
        raise DamagedError(f"{MANIFEST} is not what was written")
    _check_facts(manifest)
    file = path / MODEL
    # A link would lead outside, a FIFO would be waited for.
    if file.is_symlink() or not file.is_file():
        raise DamagedError(f"{MODEL} is missing")
    if file.stat().st_size != size:
        found = file.stat().st_size
        raise DamagedError(f"{MODEL} has {found} bytes and not {size}")
    if file_sha256(file) != digest:
        raise DamagedError(f"the SHA-256 of {MODEL} is not the manifest's")
    return manifest


def _check_facts(manifest):
    """A digest that fits can be made for anything."""
    steps = manifest.get("steps_per_epoch", 0)
    counts = [manifest.get(name) for name in ("step", "epoch", "batch", "seed")]
    counts.append(1 if steps is None else steps)
    means = manifest.get("means")
    if (
        any(type(count) is not int or not 0 <= count < 2**63 for count in counts)
        or not isinstance(manifest.get("backend"), str)
        or not isinstance(means, dict)
        or not all(isinstance(values, list) for values in means.values())
        or any(type(v) is not float for values in means.values() for v in values)
    ):
        raise DamagedError(f"{MANIFEST} does not say where the training stood")


def _digest(manifest):
    """Of all fields, so that a changed one is noticed."""
    return hashlib.sha256(dump_json(manifest)).hexdigest()


def monitored_values(directory: pathlib.Path) -> dict[int, dict[str, float]]:
    """What the logs of each checkpoint's epoch said; nothing of damaged ones."""
    values = {}
    for step, path in list_checkpoints(directory).items():
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            values[step] = json.loads((path / MANIFEST).read_bytes())["monitored"]
    return values


def newest_checkpoint(
    directory: pathlib.Path,
) -> tuple[pathlib.Path, dict[str, Any]] | None:
    """The newest checkpoint that is whole, and its manifest; `None` if there is none.

    Warns of each newer one that is damaged.

    Raises:
        ValueError: if there are checkpoints and all are damaged.
    """
    reasons = []
    for path in reversed(list_checkpoints(directory).values()):
        try:
            manifest = read_manifest(path)
        except DamagedError as error:
            reasons.append(f"{path}: {error}")
            continue
        for reason in reasons:
            warnings.warn(
                f"A damaged checkpoint is left out, and {path.name} is taken. {reason}."
            )
        return path, manifest
    if reasons:
        raise ValueError(
            "There must be a checkpoint that is whole to go on from. Received: "
            f"{'; '.join(reasons)}. Put back a good copy, or remove {directory} to "
            "start from the beginning."
        )
    return None


def remove_checkpoints(paths: Iterable[pathlib.Path]) -> None:
    """Removes checkpoints so that a death on the way leaves none in part."""
    for path in paths:
        hidden = beside(path, "old")
        os.rename(path, hidden)
        remove(hidden)


def remove_leftovers(directory: pathlib.Path) -> None:
    """Removes what a killed process was writing or removing."""
    for path in directory.iterdir() if directory.is_dir() else ():
        if _LEFTOVER.fullmatch(path.name):
            remove(path)
