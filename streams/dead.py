"""Dead letters: records that no stage could read, kept as they came, with the reason in their headers.

Key, bytes and headers stay untouched. Added are the headers of Kafka Streams' dead letters (KIP-1034) and the
stage, the time and how often the record was replayed; every value is text.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Sequence

from streams.errors import Unexpected
from streams.headers import ERROR_PREFIX, REPLAYS, Header, text_of

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


def replays_of(headers: Sequence[Header]) -> int:
    """How often the record that carries HEADERS was replayed; 0 where the header is missing or no number."""
    count = text_of(headers, REPLAYS) or ""
    return int(count) if count.isascii() and count.isdigit() else 0


def _is_added(name: str) -> bool:
    return name.startswith(ERROR_PREFIX) or name in {STAGE, AT, REPLAYS}
