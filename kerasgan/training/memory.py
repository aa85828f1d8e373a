"""Memory that one step frees and the next step takes again."""

import contextlib
import ctypes
import os
import platform

from kerasgan import _backends

# Options of glibc's `mallopt`, from <malloc.h>.
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _MMAP_MAX = -1, -3, -4
_KEEP = ((_MMAP_MAX, 0), (_TRIM_THRESHOLD, 2**31 - 1))
# What glibc settles at by itself once a program has freed a block of 32 MB.
_GIVE_BACK = (
    (_MMAP_MAX, 65536),
    (_MMAP_THRESHOLD, 32 * 2**20),
    (_TRIM_THRESHOLD, 64 * 2**20),
)
_users = 0


@contextlib.contextmanager
def freed_memory_kept():
    """Within, freed memory stays with the process; at the end the rest goes back.

    glibc returns large blocks to the system when they are freed, and the system hands
    them out again page by page, zeroed: on a CPU, up to 30,000 page faults a step.
    Does nothing on other C libraries, on GPUs, on TensorFlow, or where the environment
    says how to allocate (`MALLOC_*`, `GLIBC_TUNABLES`).
    """
    global _users
    library = _adjustable_library()
    if library is None:
        yield
        return
    if _users == 0:
        _set(library, _KEEP)
    _users += 1
    try:
        yield
    finally:
        _users -= 1
        if _users == 0:
            _set(library, _GIVE_BACK)
            library.malloc_trim(0)


def _adjustable_library():
    gains = _backends.KEEP_MEMORY and _backends.on_cpu()
    if not gains or platform.libc_ver()[0] != "glibc":
        return None
    chosen = any(name.startswith("MALLOC_") for name in os.environ)
    if chosen or "glibc.malloc" in os.environ.get("GLIBC_TUNABLES", ""):
        return None
    return ctypes.CDLL(None)


def _set(library, options):
    for option, value in options:
        library.mallopt(option, value)
