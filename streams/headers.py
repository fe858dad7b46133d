"""Record headers: CloudEvents 1.0 in Kafka's binary mode, and the headers that stages pass on."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

if TYPE_CHECKING:
    from streams.events import RawArticle

Header = tuple[str, bytes | None]

PUBLISH_SOURCE = "wireroom/publish"
REPLAYS = "wireroom.replays"
PASSED = "wireroom.passed"  # of a record whose article was carried on to the stages that follow
ERROR_PREFIX = "__streams.errors."  # the names of Kafka Streams' dead letters, KIP-1034

CONTENT_TYPE = "application/json"
_OURS = frozenset({"ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time", "content-type"})
# A dataschema describes the event that it came with. REPLAYS and PASSED tell of the record that has them.
_NOT_PASSED_ON = _OURS | {"ce_dataschema", REPLAYS, PASSED}
# Version 00 of the W3C's trace context ends with the flags; later versions may append fields.
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_IDS = "(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})"
_TRACEPARENT = re.compile(f"(?:(00)|(?!00|ff)[0-9a-f]{{2}})-{_IDS}(?(1)|(?:-[ -~]{{0,200}})?)")

TRACEPARENT, TRACESTATE = "traceparent", "tracestate"


class TraceContext(NamedTuple):
    """A trace and the span in it that an event comes from, in hex digits as in the W3C's trace context."""

    trace_id: str  # 32 digits
    span_id: str  # 16 digits
    flags: str  # 2 digits; the lowest bit says that the trace is recorded


def raw_headers(article: RawArticle, now: datetime) -> list[tuple[str, bytes]]:
    """Return the headers of `article` when it is published at `now`, a time with a time zone."""
    return _cloud_event(
        article.ce_type,
        source_of(article.publisher),
        ce_id=event_id(article.key, article.to_bytes()).encode(),
        ce_time=rfc3339(now).encode(),
    )


def passed_on(
    headers: Iterable[Header], ce_type: str, ce_source: str, default_id: str, timestamp: int
) -> list[Header]:
    """Return the headers of a result of the record that carried `headers`.

    Id and time stay those of the raw event. If the record has none, `default_id` and the `timestamp` of the
    record, in milliseconds since the epoch, take their places. Unknown headers, such as traceparent, follow
    in their order, with duplicates. Raises OverflowError or ValueError if no calendar has such a time.
    """
    ce_id = ce_time = b""
    others: list[Header] = []
    for header in headers:
        name, value = header
        if name == "ce_id":
            ce_id = value or ce_id  # the last of several headers with one name counts
        elif name == "ce_time":
            ce_time = value or ce_time
        elif _is_passed_on(name):
            others.append(header)
    if not ce_time:
        ce_time = rfc3339(datetime.fromtimestamp(max(timestamp, 0) / 1000, UTC)).encode()
    return [*_cloud_event(ce_type, ce_source, ce_id=ce_id or default_id.encode(), ce_time=ce_time), *others]


def arrival_ms(headers: Iterable[Header], timestamp: int) -> int:
    """Return when the raw event of a record arrived, in milliseconds since the epoch.

    That is the header `ce_time`, but not later than the `timestamp` of the record: the clock of a publisher
    may be wrong. Without a valid `ce_time` it is the `timestamp`.
    """
    written = None
    for name, value in headers:
        if name == "ce_time":
            written = value or written  # the last of several headers with one name counts
    published = seconds_of(written) if written else None
    if published is None:
        return max(timestamp, 0)
    return round(published * 1000) if timestamp < 0 else min(round(published * 1000), timestamp)


@lru_cache(maxsize=10_000)  # an article comes by once for each stage
def seconds_of(written: bytes) -> float | None:
    """Return the RFC 3339 time `written` in seconds since the epoch, or None if it is not one."""
    try:
        time = datetime.fromisoformat(written.decode())
    except ValueError:
        return None
    return ((time if time.tzinfo else time.replace(tzinfo=UTC)) - _EPOCH).total_seconds()


def event_id(key: bytes, value: bytes) -> str:
    """Return 32 hex digits that identify an event: the same article published twice has the same id."""
    return hashlib.sha256(key + b"\x00" + value).hexdigest()[:32]


def source_of(publisher: str | None) -> str:
    """Return the `ce_source` of an article: its publisher as a URI reference, or ours without a publisher."""
    return quote(publisher.strip(), safe="/:@") if publisher and publisher.strip() else PUBLISH_SOURCE


def rfc3339(time: datetime) -> str:
    """Return `time` in UTC with milliseconds, such as 2026-03-01T12:00:00.000Z."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def text_of(headers: Sequence[Header], name: str) -> str | None:
    """Return the last header called `name` as text, or None if there is none or it is null."""
    for key, value in reversed(headers):
        if key == name:
            return None if value is None else value.decode("utf-8", "backslashreplace")
    return None


def trace_id_of(headers: Sequence[Header]) -> str | None:
    """Return the trace that `headers` belong to, in 32 hex digits; None without a valid `traceparent`."""
    context = trace_context_of(headers)
    return context.trace_id if context else None


def trace_context_of(headers: Sequence[Header]) -> TraceContext | None:
    """Return the trace context of `headers`; None without a valid `traceparent`."""
    text = text_of(headers, TRACEPARENT)
    match = _TRACEPARENT.fullmatch(text) if text else None
    return TraceContext(match[2], match[3], match[4]) if match else None


def continue_trace(headers: Sequence[Header], context: TraceContext) -> list[Header]:
    """Return `headers` with a `traceparent` that says `context` in place of their own.

    A `tracestate` is kept if their own `traceparent` has the same trace: it belongs to that.
    """
    replaced = {TRACEPARENT} if trace_id_of(headers) == context.trace_id else {TRACEPARENT, TRACESTATE}
    kept = [header for header in headers if header[0] not in replaced]
    return [*kept, (TRACEPARENT, f"00-{'-'.join(context)}".encode())]


@lru_cache(maxsize=1024)
def _is_passed_on(name: str) -> bool:
    return not (name in _NOT_PASSED_ON or name.lower() in _NOT_PASSED_ON or name.startswith(ERROR_PREFIX))


def _cloud_event(ce_type: str, ce_source: str, *, ce_id: bytes, ce_time: bytes) -> list[tuple[str, bytes]]:
    version, kind, source, content = _constant(ce_type, ce_source)
    return [version, ("ce_id", ce_id), kind, source, ("ce_time", ce_time), content]


@lru_cache(maxsize=1024)
def _constant(ce_type: str, ce_source: str) -> tuple[tuple[str, bytes], ...]:
    return (
        ("ce_specversion", b"1.0"),
        ("ce_type", ce_type.encode()),
        ("ce_source", ce_source.encode()),
        ("content-type", CONTENT_TYPE.encode()),
    )
