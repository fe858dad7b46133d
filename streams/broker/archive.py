"""Java's own start-up archive (an AOT cache, JEP 514): Kafka's classes, loaded and linked in advance.

It more than halves the cost of a start: 1.8 instead of 4.2 s of processor time. Java writes it when a process
that records ends in order. That takes from some seconds to half a minute, so nobody may wait for it: see
recording.py.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import uuid
from collections.abc import Iterable, Sequence
from pathlib import Path

# What does not fit is ignored by Java, with warnings that would drown Kafka's own words.
QUIET = "-Xlog:aot*=error,cds*=error"


class StartArchive:
    """The archive in FOLDER of what COMMAND (Java, flags, class path) loads from FILES.

    Java refuses an archive when any of these has changed: another command, or a newer file, has its own.
    """

    def __init__(self, folder: Path, command: Sequence[str], files: Iterable[Path] = ()) -> None:
        identity = [*command, *(str(file.stat().st_mtime_ns) for file in files)]
        key = hashlib.sha256("\0".join(identity).encode()).hexdigest()[:12]
        self._path = folder / f"start-{key}.aot"
        self._part = self._path.with_suffix(f".{uuid.uuid4().hex}.part")
        self._lock: int | None = None

    def flags(self) -> list[str]:
        """Return the flags that use the archive; none if it does not exist."""
        if not self._path.exists():
            return []
        return [QUIET, f"-XX:AOTCache={self._path}", "-XX:+VerifySharedSpaces"]

    def record_flags(self) -> list[str]:
        """Return the flags that record the archive when the process ends, and reserve it until `close()`.

        Return none if the archive exists, another process records it, or the folder cannot be written.
        """
        try:
            lock = os.open(self._path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o644)
        except OSError:  # a cache that can only be read serves as it is
            return []
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            return []
        if self._path.exists():
            os.close(lock)
            return []
        self._lock = lock
        self._remove_parts()
        return [QUIET, f"-XX:AOTCacheOutput={self._part}"]

    def close(self, *, keep: bool) -> None:
        """Put the recorded archive in place if `keep`, and let other processes record it otherwise."""
        if self._lock is None:
            return
        if keep and self._part.exists():
            self._part.replace(self._path)
        self._remove_parts()
        os.close(self._lock)
        self._lock = None

    def _remove_parts(self) -> None:
        """Remove what a killed recording left; Java has a file of its own beside it, with `.config` added."""
        for part in self._path.parent.glob(f"{self._path.stem}.*.part*"):
            part.unlink(missing_ok=True)
