"""Memory and CPU time of a process, from Linux's /proc."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


class ProcessUse(NamedTuple):
    """What a process uses now."""

    resident_bytes: int
    cpu_seconds: float


def use_of(pid: int | None) -> ProcessUse | None:
    """Return what the process `pid` uses, or None if it does not run or the system does not tell.

    See proc_pid_stat(5) and proc_pid_statm(5).
    """
    if pid is None:
        return None
    folder = Path(f"/proc/{pid}")
    try:
        _, resident, *_ = (folder / "statm").read_bytes().split()
        fields = (folder / "stat").read_bytes().rpartition(b")")[2].split()
    except (OSError, ValueError):
        return None
    user, system = int(fields[11]), int(fields[12])
    return ProcessUse(int(resident) * PAGE_BYTES, (user + system) / TICKS_PER_SECOND)
