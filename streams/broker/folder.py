"""A broker's folder on disk: its lock, its properties file, and the trace that a crash leaves."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from streams.errors import BrokerError

CLEAN_SHUTDOWN = ".kafka_cleanshutdown"  # Kafka leaves this file in its log directory when it stops in order


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[int]:
    """Create and lock `folder`, and yield the lock's descriptor; a process that inherits it keeps the lock.

    Raises BrokerError if another broker runs on the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _take(lock, folder)
        yield lock
    finally:
        os.close(lock)


def _take(lock: int, folder: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise BrokerError(f"another broker runs on {folder}: stop it or choose another folder") from error


def write_properties(path: Path, properties: Mapping[str, str]) -> None:
    """Write `properties` to `path` in the format that Kafka reads."""
    path.write_text("".join(f"{key}={value}\n" for key, value in properties.items()))


def has_crashed(logs: Path) -> bool:
    """Return True if the broker that last kept its records in `logs` did not stop in order."""
    return (logs / "meta.properties").exists() and not (logs / CLEAN_SHUTDOWN).exists()
