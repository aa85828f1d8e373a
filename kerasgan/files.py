"""Writing files so that a failure leaves what was there before."""

import contextlib
import ctypes
import functools
import hashlib
import json
import os
import pathlib
import re
import shutil
import sys
import tempfile
import uuid

try:
    import fcntl
except ImportError:  # Windows has none: nothing abandoned is removed there.
    fcntl = None  # type: ignore[assignment]

CACHE_DIR_VARIABLE = "KERASGAN_CACHE_DIR"


def cache_folder() -> pathlib.Path:
    """`KERASGAN_CACHE_DIR`, or the platform's folder for what can be made anew."""
    if chosen := os.environ.get(CACHE_DIR_VARIABLE):
        return pathlib.Path(chosen).expanduser()
    home = pathlib.Path.home()
    folders = {
        "win32": os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local",
        "darwin": home / "Library" / "Caches",
    }
    default = os.environ.get("XDG_CACHE_HOME") or home / ".cache"
    return pathlib.Path(folders.get(sys.platform, default)) / "kerasgan"


@contextlib.contextmanager
def atomic_path(path, *, values=None):
    """Gives a path beside `path` to write to; moves it there on success.

    The file is synced before it takes the place of the old one, so that a full
    disk or a kill at any moment leaves either the old file or the new one.

    Args:
        path: the file's.
        values: how many float32 values it is to hold, for the error on a full disk.
    """
    path = pathlib.Path(path)
    # The suffix stays: Keras picks its format by it.
    name = f".{path.name.split('.')[0]}-{os.getpid()}."
    suffix = path.name[path.name.index(".") :] if "." in path.name else ""
    handle, temporary = tempfile.mkstemp(prefix=name, suffix=suffix, dir=path.parent)
    os.close(handle)
    try:
        yield temporary
        with open(temporary, "rb+") as file:
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except BaseException as error:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        if isinstance(error, OSError) and error.errno and error.filename is None:
            # A full disk, which Python says without a name.
            raise OSError(
                error.errno,
                f"{path}{of_about(values)} could not be written: "
                f"{os.strerror(error.errno)}. What was there before is kept",
            ) from error
        raise


def of_about(values):
    """What room so many float32 values need, for errors; "" where it is unknown."""
    return "" if values is None else f", of about {4 * values / 2**20:.1f} MiB,"


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def beside(path, what):
    """A new hidden name in the folder of `path`, ending in `.what`."""
    return path.parent / f".{path.name}.{uuid.uuid4().hex[:12]}.{what}"


@contextlib.contextmanager
def staging_directory(path):
    """A folder beside `path`, on the same disk, that is gone afterwards.

    What processes that were killed have left of such folders goes first.
    """
    _remove_abandoned(path)
    # mkdir and not mkdtemp: what is in it gets the user's usual permissions.
    directory = beside(path, "new")
    directory.mkdir()
    # Held while this process lives, so that another does not take it for abandoned.
    lock = _lock(directory)
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)
        if lock is not None:
            os.close(lock)


def _remove_abandoned(path):
    name = re.compile(rf"\.{re.escape(path.name)}\.[0-9a-f]{{12}}\.(new|old)")
    for left in path.parent.iterdir() if fcntl else ():
        if not name.fullmatch(left.name):
            continue
        if left.suffix == ".old" and not path.exists():
            # Moved aside, and its successor never came.
            left.rename(path)
        elif (lock := _lock(left)) is not None:
            remove(left)
            os.close(lock)


def _lock(path):
    """A handle that keeps others from a file or folder, `None` if one has it."""
    if fcntl is None:
        return None
    try:
        # A pipe would be waited for.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return None
    return handle


def move_together(moves):
    """Renames files and folders over what is there; all of them or none.

    Args:
        moves: dict of a path to its new path, all on one disk. Contents are synced
            first, so a full disk shows before anything is moved.
    """
    for source in moves:
        sync_tree(source)
    undo, old_paths = [], []
    try:
        for source, target in moves.items():
            if target.exists() and _exchange(source, target):
                undo.append(functools.partial(_exchange, source, target))
                old_paths.append(source)
                continue
            if target.exists():
                old = beside(target, "old")
                os.rename(target, old)
                undo.append(functools.partial(os.rename, old, target))
                old_paths.append(old)
            os.rename(source, target)
            undo.append(functools.partial(os.rename, target, source))
    except BaseException:
        for step in reversed(undo):
            step()
        raise
    for old in old_paths:
        remove(old)
    for directory in {target.parent for target in moves.values()}:
        sync_directory(directory)


def _exchange(first, second):
    """Swaps two names at once, so that a death leaves neither missing.

    Returns:
        Whether that was done: Linux alone can, and not on every disk.
    """
    try:
        # RENAME_EXCHANGE of renameat2(2), both paths from the working directory.
        rename = ctypes.CDLL(None).renameat2
        return rename(-100, os.fsencode(first), -100, os.fsencode(second), 2) == 0
    except (AttributeError, OSError, TypeError):
        return False


def remove(path):
    """Removes a file or a folder, if it can be."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
        return
    with contextlib.suppress(OSError):
        path.unlink()


def sync_tree(path):
    """Has a file, or a folder with all in it, reach the disk."""
    for item in [*path.rglob("*"), path] if path.is_dir() else [path]:
        if item.is_dir():
            sync_directory(item)
        elif item.is_file():
            _sync(item)


def sync_directory(path):
    """Has a folder's names reach the disk."""
    # Some file systems cannot, and the files themselves are safe.
    with contextlib.suppress(OSError):
        _sync(path)


def _sync(path):
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def file_sha256(path):
    """The file's SHA-256 in hexadecimal digits."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def dump_json(value):
    """`value` as bytes of indented JSON."""
    text = json.dumps(value, indent=2, allow_nan=False, ensure_ascii=False)
    return f"{text}\n".encode()
