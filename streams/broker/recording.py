"""Record the start-up archive beside a broker that stays up, while nobody waits for it.

A second Kafka starts in a temporary folder at the lowest priority, and stops. Java then writes the archive.
When the first broker stops, the recording ends too; the next broker that stays up records instead.
"""

from __future__ import annotations

import contextlib
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from streams.broker.node import EmbeddedBroker
from streams.errors import BrokerError

POLL_SECONDS = 0.05


class ArchiveRecorder:
    """Record the archive under `cache` in the background, until it is complete or the `with` block ends."""

    def __init__(self, cache: Path) -> None:
        self._cache = cache
        self._broker: EmbeddedBroker | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._record, name="archive", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        while self._thread.is_alive():
            if self._broker:
                self._broker.abort()  # in each round: it may not have started yet
            self._thread.join(POLL_SECONDS)

    def _record(self) -> None:
        # Without an archive Kafka starts more slowly and works all the same, so errors are ignored.
        with (
            contextlib.suppress(BrokerError, OSError),
            tempfile.TemporaryDirectory(prefix="wireroom-archive-", ignore_cleanup_errors=True) as folder,
        ):
            self._broker = EmbeddedBroker(Path(folder), cache=self._cache, records_archive=True)
            if not self._ended.is_set():
                self._broker.start()
                self._broker.stop()
