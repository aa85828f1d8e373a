"""The folder of a run: who writes in it, and what a killed process left there."""

import os
import pathlib
import re
from types import TracebackType

from kerasgan.cli.record import SUMMARY, RunRecord, read_record
from kerasgan.files import atomic_path, remove

try:
    import fcntl
except ImportError:  # Windows has none: there, nobody is kept out.
    fcntl = None  # type: ignore[assignment]

CHECKPOINTS = "checkpoints"
# What version 0.1.0 wrote.
OLD_CHECKPOINT = "checkpoint.keras"
HISTORY = "history.csv"
GRID = "grid.png"
PRESET = "preset"
SAMPLES = "samples"
MONITOR = "monitor"

_OURS = (CHECKPOINTS, OLD_CHECKPOINT, HISTORY, GRID, PRESET, SAMPLES, SUMMARY)
_OLD = re.compile(rf"\.{PRESET}\.[0-9a-f]+\.old")


class FolderLock:
    """Keeps a second process from writing into the folder of a run.

    The lock ends with the process, however that ends, and leaves no file.

    Args:
        out: the folder; it need not exist yet.
    """

    def __init__(self, out: pathlib.Path) -> None:
        self.out = out
        self._handle: int | None = None

    def __enter__(self) -> "FolderLock":
        self.take()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def take(self) -> None:
        """Locks the folder where it exists.

        Raises:
            ValueError: if another process holds it.
        """
        if fcntl is None or self._handle is not None or not self.out.is_dir():
            return
        handle = os.open(self.out, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            raise ValueError(
                "--out must be a folder that no other training writes to. Received: "
                f"{self.out}, which another `kerasgan train` is writing to. Wait for "
                "it or end it, or choose another --out."
            ) from None
        except OSError:
            # Some network disks lock no folders.
            os.close(handle)
            return
        self._handle = handle


def earlier_record(out: pathlib.Path, *, resume: bool) -> RunRecord | None:
    """The record of the run that a folder holds, if it holds one.

    Raises:
        ValueError: if the folder may not be used: it holds a run and `resume` is
            false, or it holds something else.
    """
    if not out.is_dir():
        return None
    if (out / SUMMARY).exists():
        if resume:
            return read_record(out)
        raise ValueError(
            f"--out holds a run already. Received: {out}. Pass --resume to go on with "
            "it, or choose another --out."
        )
    if any(not path.name.startswith(".") for path in out.iterdir()):
        raise ValueError(
            "--out must be a new or empty folder, or with --resume one that "
            f"`kerasgan train` wrote. Received: {out}, which holds other files."
        )
    return None


def make_folder(out: pathlib.Path) -> None:
    """Makes the folder, and shows that it can be written to.

    Raises:
        ValueError: if it cannot.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        with atomic_path(out / ".write-test") as path:
            pathlib.Path(path).touch()
        (out / ".write-test").unlink()
    except OSError as error:
        raise ValueError(
            "--out must be a folder that can be written to. Received: "
            f"{out} ({error.strerror})."
        ) from error


def remove_leftovers(out: pathlib.Path) -> None:
    """Removes what a killed process was writing, under the names it hides it with.

    A preset that was moved aside, and whose successor never came, goes back first.
    Nothing else in the folder is touched, and a folder that is missing is none.
    """
    if not out.is_dir():
        return
    for path in sorted(out.iterdir()):
        if _OLD.fullmatch(path.name) and not (out / PRESET).exists():
            path.rename(out / PRESET)
    names = "|".join(re.escape(name.split(".")[0]) for name in _OURS)
    leftover = re.compile(rf"\.(({names})[.-]|write-test).*")
    for folder in (out, out / SAMPLES, out / MONITOR):
        for path in folder.iterdir() if folder.is_dir() else ():
            if leftover.fullmatch(path.name) or _is_ours_alone(folder, path):
                remove(path)


def _is_ours_alone(folder, path):
    return folder.name in (SAMPLES, MONITOR) and path.name.startswith(".")
