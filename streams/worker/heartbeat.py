"""A worker's heartbeat: a small file that says it moves. Light to import: a health check runs all the time.

A worker with an instance writes to the file of that instance. All others write to a file for each process,
so that one that hangs is not hidden by another that beats.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from streams.settings import Settings

HEARTBEAT_SECONDS = 2.0
NAME_CHARACTERS = 80  # of a group and of an instance; a file name has room for 255


class Heartbeat(NamedTuple):
    """What a worker last said of itself."""

    at: float  # seconds since the epoch
    pid: int
    began: int  # when the process began, in clock ticks since the boot; 0 where the system does not tell
    busy_seconds: float  # how long the slowest lane has had its batch in hand
    delivered: int  # records committed since the start

    @property
    def is_of_a_running_process(self) -> bool:
        """Return False if the process has ended, even if another one has its pid now."""
        began = process_began(self.pid)
        return began is not None and (began == self.began or 0 in (began, self.began))


def process_began(pid: int) -> int | None:
    """Return when `pid` began, in clock ticks since the boot.

    Return 0 if the system does not tell, and None if the process has ended.
    """
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except PermissionError:
        pass  # it runs, and is another user's
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()  # see proc_pid_stat(5)
    except OSError:
        return 0
    state, *fields = stat.rpartition(b")")[2].split()
    return None if state in (b"Z", b"X") else int(fields[18])


def heartbeat_file(settings: Settings) -> Path:
    """Return the file to which this process writes its heartbeat as a worker of `settings`."""
    return _folder() / _pattern(settings).replace("*", str(os.getpid()))


def heartbeat_files(settings: Settings) -> Path:
    """Return the pattern of the files that workers of `settings` write: one file if they have an instance."""
    return _folder() / _pattern(settings)


def read_heartbeats(settings: Settings) -> dict[Path, Heartbeat]:
    """Return the last heartbeat of each worker of `settings` on this machine, dead or alive, by file."""
    heartbeats = {path: read_heartbeat(path) for path in sorted(_folder().glob(_pattern(settings)))}
    return {path: heartbeat for path, heartbeat in heartbeats.items() if heartbeat is not None}


def write_heartbeat(path: Path, heartbeat: Heartbeat) -> None:
    """Put `heartbeat` into `path` in one step, so that no reader meets half of it.

    A worker that began later and claims the same instance keeps the file.
    """
    other = read_heartbeat(path)
    if other is not None and other.began > heartbeat.began > 0 and other.is_of_a_running_process:
        return
    new = path.with_suffix(f".{heartbeat.pid}.new")
    new.write_text(json.dumps(heartbeat), encoding="utf-8")
    new.replace(path)


def read_heartbeat(path: Path) -> Heartbeat | None:
    """Return the last heartbeat, or None if there is none that can be read."""
    try:
        return Heartbeat(*json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def remove_heartbeat(path: Path, pid: int) -> None:
    """Remove `path` if process `pid` wrote it."""
    heartbeat = read_heartbeat(path)
    if heartbeat is not None and heartbeat.pid == pid:
        with contextlib.suppress(OSError):
            path.unlink()


def _folder() -> Path:
    return Path(os.environ.get("TMPDIR", tempfile.gettempdir()))


def _pattern(settings: Settings) -> str:
    """Return a name without wildcards for an instance, else one with a star in place of the pid.

    Quoted names hold neither "@" nor "+" nor a wildcard, so no group's pattern matches another's files.
    """
    group = _quoted(settings.group)
    if not settings.instance:
        return f"wireroom-{group}+*.heartbeat"
    return f"wireroom-{group}@{_quoted(settings.instance)}.heartbeat"


def _quoted(name: str) -> str:
    """Return `name` fit for a part of a file name; a long one is cut, and its hash tells it from others."""
    quoted = quote(name, safe="")
    if len(quoted) <= NAME_CHARACTERS:
        return quoted
    return f"{quoted[: NAME_CHARACTERS - 17]}%{hashlib.sha256(name.encode()).hexdigest()[:16]}"
