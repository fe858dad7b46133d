"""Java's start-up archive of Kafka's classes, loaded and linked in advance (an AOT cache, JEP 514).

With it a start costs less than half: 1.8 s of processor time instead of 4.2 s. Java writes the archive when a
process that records it ends in order. Writing takes from a few seconds to half a minute, so nobody may wait
for it: see recording.py.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import uuid
from collections.abc import Iterable, Sequence
from pathlib import Path

# Java ignores an archive that does not fit, with warnings that would hide Kafka's own messages.
QUIET = "-Xlog:aot*=error,cds*=error"


class StartArchive:
    """The archive in `folder` for a `command` (Java, flags, class path) that loads classes from `files`.

    Java refuses an archive if any of these has changed, so another command or a newer file has its own.
    """

    def __init__(self, folder: Path, command: Sequence[str], files: Iterable[Path] = ()) -> None:
        identity = [*command, *(str(file.stat().st_mtime_ns) for file in files)]
        key = hashlib.sha256("\0".join(identity).encode()).hexdigest()[:12]
        self._path = folder / f"start-{key}.aot"
        self._part = self._path.with_suffix(f".{uuid.uuid4().hex}.part")
        self._lock: int | None = None

    def flags(self) -> list[str]:
        """Return the Java flags that use the archive, or an empty list if it does not exist."""
        if not self._path.exists():
            return []
        return [QUIET, f"-XX:AOTCache={self._path}", "-XX:+VerifySharedSpaces"]

    def record_flags(self) -> list[str]:
        """Reserve the archive until `close()`, and return the Java flags that record it when Java ends.

        Return an empty list if the archive exists, another process records it, or the folder cannot be
        written.
        """
        try:
            lock = os.open(self._path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o644)
        except OSError:  # a read-only cache still works, without an archive
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
        """End the reservation; put the recorded archive in place if `keep`, and remove it otherwise."""
        if self._lock is None:
            return
        if keep and self._part.exists():
            self._part.replace(self._path)
        self._remove_parts()
        os.close(self._lock)
        self._lock = None

    def _remove_parts(self) -> None:
        """Remove the files of a killed recording, and the `.part.config` that Java writes beside its own."""
        for part in self._path.parent.glob(f"{self._path.stem}.*.part*"):
            part.unlink(missing_ok=True)
