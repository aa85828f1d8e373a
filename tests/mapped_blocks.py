"""Blocks of memory that are mappings of their own, lost when they are freed."""

import ctypes
import sys

MEGABYTE = 2**20


def block_is_mapped(megabytes=1000):
    """Whether the C library gives a block of this size a mapping of its own."""
    library = ctypes.CDLL(None)
    library.malloc.restype = ctypes.c_void_p
    library.free.argtypes = [ctypes.c_void_p]
    block = library.malloc(ctypes.c_size_t(megabytes * MEGABYTE))
    # glibc marks such a block in the size that stands before it.
    size = ctypes.c_size_t.from_address(block - ctypes.sizeof(ctypes.c_size_t)).value
    library.free(block)
    return bool(size & 2)


if __name__ == "__main__":
    from kerasgan.training.memory import freed_memory_kept

    with freed_memory_kept():
        pass
    print(*(block_is_mapped(int(size)) for size in sys.argv[1:]))
