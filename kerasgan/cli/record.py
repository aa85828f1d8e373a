"""What a run of `kerasgan train` settled and did, as `summary.json` holds it."""

import dataclasses
import hashlib
import json
import pathlib
from collections.abc import Callable
from typing import Any, get_type_hints

import keras

from kerasgan.checks import shown
from kerasgan.files import atomic_path, dump_json

SUMMARY = "summary.json"
_DIGEST = "sha256"


@dataclasses.dataclass(frozen=True, kw_only=True)
class RunRecord:
    """One run.

    Args:
        preset: the name or directory that was given.
        data: the name or folder that was given.
        images: how many there are.
        images_crc32: of all their bytes.
        steps: taken so far.
        target_steps: to take in all.
        epochs: `steps` in passes over the images.
        batch_size, seed, dtype: as settled when the run began.
        backend, keras, kerasgan, machine, date: of the last session.
        seconds: spent training, in all sessions.
        finished: whether all was done, the preset written included.
    """

    preset: str
    data: str
    images: int
    images_crc32: int
    steps: int
    target_steps: int
    epochs: float
    batch_size: int
    seed: int
    dtype: str
    backend: str
    keras: str
    kerasgan: str
    machine: str
    date: str
    seconds: float
    finished: bool

    def facts(self) -> dict[str, Any]:
        """The fields, as JSON holds them."""
        return dataclasses.asdict(self)


def write_record(folder: pathlib.Path, record: RunRecord) -> None:
    """Puts a record into a run's folder."""
    with atomic_path(folder / SUMMARY) as path:
        facts = record.facts()
        text = dump_json({**facts, _DIGEST: _digest(facts)})
        pathlib.Path(path).write_bytes(text)


class RecordWriter(keras.callbacks.Callback):
    """Brings a run's record up to date after each epoch.

    Args:
        folder: the run's.
        record: function giving the record as it is.
    """

    def __init__(self, folder: pathlib.Path, record: Callable[[], RunRecord]) -> None:
        super().__init__()
        self.folder, self.record = folder, record

    def on_epoch_end(self, epoch, logs=None):
        write_record(self.folder, self.record())


def read_record(folder: pathlib.Path) -> RunRecord:
    """The record of a run's folder.

    Raises:
        ValueError: if the file is not what `write_record` writes.
    """
    path = folder / SUMMARY
    try:
        return _parse(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise ValueError(
            f"{path} is damaged: {error}. Received: {path.stat().st_size} bytes. Put "
            "back a good copy to go on with the run, or train into another --out."
        ) from error


def _digest(facts):
    """Of all fields, so that a changed one is noticed."""
    return hashlib.sha256(dump_json(facts)).hexdigest()


def _parse(data):
    # A JSONDecodeError and a UnicodeDecodeError are ValueErrors that name the place.
    values = json.loads(data)
    if not isinstance(values, dict):
        raise ValueError("it holds no object")
    types = get_type_hints(RunRecord)
    for name, wanted in types.items():
        if name not in values:
            raise ValueError(f"{name!r} is missing")
        allowed = (int, float) if wanted is float else wanted
        value = values[name]
        if not isinstance(value, allowed) or isinstance(value, bool) != (
            wanted is bool
        ):
            raise ValueError(f"{name!r} must be of type {wanted.__name__}")
    # The first release wrote none. A later version may know more.
    if (digest := values.pop(_DIGEST, None)) not in (None, _digest(values)):
        raise ValueError(f"{_DIGEST} is {shown(digest)}, which other values had")
    return RunRecord(**{name: values[name] for name in types})
