"""Dead letters: records that a stage could not process, unchanged, with the reason in added headers.

Key, bytes and headers stay as they were. Added are the headers of Kafka Streams' dead letters (KIP-1034), and
the stage, the time and the number of replays. Every added value is text.
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

# Headers count towards the broker's limit for a record: a record of nearly that size must still fit.
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
    headers: Sequence[Header]

    @property
    def id(self) -> str:
        """The place of the letter on its topic: partition-offset."""
        return f"{self.partition}-{self.offset}"

    @property
    def reason(self) -> str:
        """The class of the error."""
        return text_of(self.headers, EXCEPTION) or "unknown"

    @property
    def message(self) -> str:
        """The message of the error."""
        return text_of(self.headers, MESSAGE) or ""

    @property
    def stacktrace(self) -> str | None:
        """The stack trace of an error that is a bug of ours."""
        return text_of(self.headers, STACKTRACE)

    @property
    def stage(self) -> str:
        """The stage that could not process the record."""
        return text_of(self.headers, STAGE) or "unknown"

    @property
    def topic(self) -> str | None:
        """The topic that the record came from; None if no header says so."""
        return text_of(self.headers, TOPIC)

    @property
    def origin(self) -> tuple[int | None, int | None]:
        """The partition and offset of the record on that topic; None where no header says so."""
        return _number(self.headers, PARTITION), _number(self.headers, OFFSET)

    @property
    def at(self) -> str:
        """The time of death, RFC 3339; the time of writing if no header says so."""
        written = datetime.fromtimestamp(max(self.timestamp, 0) / 1000, UTC)
        return text_of(self.headers, AT) or rfc3339(written)

    @property
    def replays(self) -> int:
        """The number of times that the record was replayed before it died."""
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
    """Return the headers of the dead letter for a record that carried `headers`.

    The headers of an earlier death are replaced, all others are kept in their order. `topic`, `partition` and
    `offset` are the place of the record. An `Unexpected` error adds its stack trace.
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
    """Return `headers` as they were before the record died."""
    return [header for header in headers if not _is_added(header[0])]


def replayed_headers(headers: Sequence[Header]) -> list[Header]:
    """Return the headers for a replay: `headers` as before the record died, and one more replay."""
    return [*original_headers(headers), (REPLAYS, str(replays_of(headers) + 1).encode())]


def replays_of(headers: Sequence[Header]) -> int:
    """Return how often the record with `headers` was replayed; 0 if no header says so in digits."""
    return _number(headers, REPLAYS) or 0


def _number(headers: Sequence[Header], name: str) -> int | None:
    digits = text_of(headers, name) or ""
    return int(digits) if digits.isascii() and digits.isdigit() else None


def _is_added(name: str) -> bool:
    return name.startswith(ERROR_PREFIX) or name in {STAGE, AT, REPLAYS}
