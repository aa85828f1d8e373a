"""Writing files so that a failure leaves what was there before."""

import contextlib
import os
import pathlib
import tempfile


@contextlib.contextmanager
def atomic_path(path):
    """Gives a path beside `path` to write to; moves it there on success.

    The file is synced before it takes the place of the old one, so that a full
    disk or a kill at any moment leaves either the old file or the new one.
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
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask
