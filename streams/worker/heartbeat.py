"""A worker's heartbeat: a small file that says that it moves. `wireroom health` reads it.

This module is light to import, because a health check runs all the time. A worker with an instance writes to
the file of that instance. Any other worker writes to a file of its own process, so that one that hangs is not
hidden by another that beats.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import tempfile
import time
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

log = logging.getLogger("wireroom.worker")

HEARTBEAT_SECONDS = 2.0
NAME_CHARACTERS = 80  # of a group and of an instance; a file name has room for 255


class Heartbeat(NamedTuple):
    """The last report of a worker."""

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
        pass  # it runs, as another user
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()  # see proc_pid_stat(5)
    except OSError:
        return 0
    state, *fields = stat.rpartition(b")")[2].split()
    return None if state in (b"Z", b"X") else int(fields[18])


class HeartbeatWriter:
    """Writes the heartbeat of this process to `path`; `wireroom health` fails while it cannot."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._pid = os.getpid()
        self._began = process_began(self._pid) or 0
        self._warned = False

    def beat(self, busy_seconds: float, delivered: int) -> None:
        """Write a heartbeat; warn once if that fails, until it succeeds again."""
        heartbeat = Heartbeat(time.time(), self._pid, self._began, busy_seconds, delivered)
        try:
            write_heartbeat(self._path, heartbeat)
            self._warned = False
        except OSError as error:
            if not self._warned:
                log.warning("cannot write the heartbeat, so `wireroom health` fails", extra={"why": error})
            self._warned = True

    def remove(self) -> None:
        """Remove the file, unless another worker has taken it over."""
        remove_heartbeat(self._path, self._pid)


def heartbeat_file(group: str, instance: str | None) -> Path:
    """Return the file to which this process writes its heartbeat as a worker of `group`."""
    return _folder() / _pattern(group, instance).replace("*", str(os.getpid()))


def heartbeat_files(group: str, instance: str | None) -> Path:
    """Return the pattern of the files that workers of `group` write: one file if they have an instance."""
    return _folder() / _pattern(group, instance)


def read_heartbeats(group: str, instance: str | None) -> dict[Path, Heartbeat]:
    """Return the last heartbeat of each worker of `group` on this machine, dead or alive, by file."""
    heartbeats = {path: read_heartbeat(path) for path in sorted(_folder().glob(_pattern(group, instance)))}
    return {path: heartbeat for path, heartbeat in heartbeats.items() if heartbeat is not None}


def write_heartbeat(path: Path, heartbeat: Heartbeat) -> None:
    """Put `heartbeat` into `path` in one step, so that no reader meets half of it.

    If another worker that began later claims the same instance, it keeps the file.
    """
    other = read_heartbeat(path)
    if other is not None and other.began > heartbeat.began > 0 and other.is_of_a_running_process:
        return
    new = path.with_suffix(f".{heartbeat.pid}.new")
    new.write_text(json.dumps(heartbeat), encoding="utf-8")
    new.replace(path)


def read_heartbeat(path: Path) -> Heartbeat | None:
    """Return the heartbeat in `path`, or None if the file is missing or broken."""
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


def _pattern(group: str, instance: str | None) -> str:
    """Return a file name without wildcards for an instance, else one with a star in place of the pid.

    Quoted names hold neither "@" nor "+" nor a wildcard, so no group's pattern matches another's files.
    """
    if not instance:
        return f"wireroom-{_quoted(group)}+*.heartbeat"
    return f"wireroom-{_quoted(group)}@{_quoted(instance)}.heartbeat"


def _quoted(name: str) -> str:
    """Return `name` as part of a file name; a long name is cut and gets a hash, so that it stays unique."""
    quoted = quote(name, safe="")
    if len(quoted) <= NAME_CHARACTERS:
        return quoted
    return f"{quoted[: NAME_CHARACTERS - 17]}%{hashlib.sha256(name.encode()).hexdigest()[:16]}"
