"""Death at a chosen moment of a piece of work, for tests on Linux."""

import os
import sys

# What the audit hooks of Python tell of a file system; fsync has none.
_EVENTS = {"open", "os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.chmod"}
_EVENTS |= {"os.truncate", "ctypes.dlsym", "shutil.rmtree", "tempfile.mkstemp"}


def die_at(moment, work):
    """Calls `work` in a child that ends itself before the n-th touch of the disk.

    Args:
        moment: which opening, rename, sync or removal the child does not live to do,
            from 1 on.
        work: function without arguments.

    Returns:
        Whether the child died there; else it had done its work.
    """
    child = os.fork()
    if child == 0:
        _live(moment, work)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code in (0, 9), code
    return code == 9


def _live(moment, work):
    left = [moment]

    def count(event, arguments):
        if event in _EVENTS and not _reads(event, arguments):
            left[0] -= 1
            if left[0] == 0:
                os._exit(9)

    synced = os.fsync

    def fsync(handle):
        count("os.rename", ())
        synced(handle)

    try:
        os.fsync = fsync
        sys.addaudithook(count)
        work()
        os._exit(0)
    except BaseException as error:
        print(error, file=sys.stderr)
        os._exit(1)


def _reads(event, arguments):
    """Modules and libraries are opened too; reading harms nothing."""
    if event != "open":
        return False
    path, mode, _ = arguments
    return str(path).endswith((".py", ".pyc", ".so")) or mode in ("r", "rb")
