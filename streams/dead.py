"""Dead letters: records that no stage could read, kept as they came, with the reason in their headers.

Key, bytes and headers stay untouched. Added are the headers of Kafka Streams' dead letters (KIP-1034) and the
stage, the time and how often the record was replayed; every value is text.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from streams.errors import Unexpected
from streams.headers import ERROR_PREFIX, REPLAYS, Header, rfc3339, text_of

EXCEPTION = f"{ERROR_PREFIX}exception"
MESSAGE = f"{ERROR_PREFIX}message"
STACKTRACE = f"{ERROR_PREFIX}stacktrace"
TOPIC = f"{ERROR_PREFIX}topic"
PARTITION = f"{ERROR_PREFIX}partition"
OFFSET = f"{ERROR_PREFIX}offset"
STAGE = "wireroom.stage"
AT = "wireroom.at"

# Headers count towards the broker's record limit: what is added to a record of nearly that size stays small.
MESSAGE_CHARACTERS = 1_000
STACKTRACE_CHARACTERS = 8_000


@dataclass(frozen=True)
class DeadLetter:
    """A record of the dead letter topic; `timestamp` is in milliseconds since the epoch."""

    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: list[Header]

    @property
    def id(self) -> str:
        """Where it lies on the dead letter topic: partition-offset."""
        return f"{self.partition}-{self.offset}"

    @property
    def reason(self) -> str:
        """The error's class."""
        return text_of(self.headers, EXCEPTION) or "unknown"

    @property
    def message(self) -> str:
        """The error's message."""
        return text_of(self.headers, MESSAGE) or ""

    @property
    def stacktrace(self) -> str | None:
        """Where a fault of ours happened."""
        return text_of(self.headers, STACKTRACE)

    @property
    def stage(self) -> str:
        """The stage that could not read it."""
        return text_of(self.headers, STAGE) or "unknown"

    @property
    def topic(self) -> str | None:
        """The topic that it came from; None where no header says so."""
        return text_of(self.headers, TOPIC)

    @property
    def origin(self) -> tuple[int | None, int | None]:
        """Partition and offset on that topic."""
        return _number(self.headers, PARTITION), _number(self.headers, OFFSET)

    @property
    def at(self) -> str:
        """When it died, RFC 3339; where no header says so, when it was written."""
        written = datetime.fromtimestamp(max(self.timestamp, 0) / 1000, UTC)
        return text_of(self.headers, AT) or rfc3339(written)

    @property
    def replays(self) -> int:
        """How often it was replayed before it died."""
        return replays_of(self.headers)


def dead_letter_headers(
    headers: Iterable[Header],
    *,
    error: BaseException,
    topic: str,
    partition: int,
    offset: int,
    stage: str,
    at: str,
    replays: int,
) -> list[Header]:
    """The headers of the dead letter for the record at OFFSET of PARTITION of TOPIC that carried HEADERS.

    Those of an earlier death are replaced, all others are kept in their order. An `Unexpected` error brings
    its stack trace along.
    """
    reasons = {
        EXCEPTION: type(error).__name__,
        MESSAGE: str(error)[:MESSAGE_CHARACTERS],
        TOPIC: topic,
        PARTITION: str(partition),
        OFFSET: str(offset),
        STAGE: stage,
        AT: at,
        REPLAYS: str(replays),
    }
    if isinstance(error, Unexpected):
        trace = "".join(traceback.format_exception(error))
        reasons[STACKTRACE] = trace[-STACKTRACE_CHARACTERS:]
    added: list[Header] = [(name, text.encode("utf-8", "backslashreplace")) for name, text in reasons.items()]
    return [*original_headers(headers), *added]


def original_headers(headers: Iterable[Header]) -> list[Header]:
    """HEADERS as they were before the record died."""
    return [header for header in headers if not _is_added(header[0])]


def replayed_headers(headers: Sequence[Header]) -> list[Header]:
    """HEADERS of a dead letter as it goes back to where it came from: as they were, and one more replay."""
    return [*original_headers(headers), (REPLAYS, str(replays_of(headers) + 1).encode())]


def replays_of(headers: Sequence[Header]) -> int:
    """How often the record that carries HEADERS was replayed; 0 where the header is missing or no number."""
    return _number(headers, REPLAYS) or 0


def _number(headers: Sequence[Header], name: str) -> int | None:
    digits = text_of(headers, name) or ""
    return int(digits) if digits.isascii() and digits.isdigit() else None


def _is_added(name: str) -> bool:
    return name.startswith(ERROR_PREFIX) or name in {STAGE, AT, REPLAYS}
