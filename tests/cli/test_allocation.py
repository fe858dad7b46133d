"""A command that reads much of the log takes its memory from the system once, not again for each answer."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

from streams.cli.allocation import keep_freed_memory

PROGRAM = """
import resource
import sys

from streams.cli.allocation import keep_freed_memory

if sys.argv[1] == "keep":
    keep_freed_memory()
bytes(2**22)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(50):
    first, second = bytearray(b"x") * 2**22, bytearray(b"x") * 2**22
    del first, second
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(how: str) -> int:
    """Return how many pages a process takes that fills and frees eight megabytes fifty times."""
    return int(subprocess.check_output([sys.executable, "-c", PROGRAM, how]))


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library decides for itself")
def test_freed_memory_is_used_again():
    kept, returned = faults("keep"), faults("return")

    assert kept < 10_000
    assert returned > 4 * kept


def test_another_c_library_is_left_alone(monkeypatch):
    monkeypatch.setattr("ctypes.CDLL", lambda _: object())

    keep_freed_memory()
