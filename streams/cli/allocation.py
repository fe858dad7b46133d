"""The memory of a command that reads much of the log."""

from __future__ import annotations

import contextlib
import ctypes

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # mallopt(3)
_LARGE_BYTES = 64 * 2**20
_KEPT_BYTES = 4 * _LARGE_BYTES


def keep_freed_memory() -> None:
    """Let this process keep memory that it frees, where the C library is glibc.

    A fetch has megabytes, in several copies. By default glibc returns each to the system and takes new pages
    for the next, which is half of the CPU time of a trace. Only for processes that end soon.
    """
    with contextlib.suppress(OSError, TypeError, AttributeError):  # another system, or another C library
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_MMAP_THRESHOLD, _LARGE_BYTES)
        mallopt(_TRIM_THRESHOLD, _KEPT_BYTES)
