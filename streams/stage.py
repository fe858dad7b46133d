"""One stage's work on records: decode, apply, forward or bury. Knows no Kafka client; runs anywhere.

This is the only try/except around a step. What can never succeed becomes a dead letter among the results, in
the order of its input, so that neighbours are not held up and nothing is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol

from pydantic import ValidationError

from streams.dead import dead_letter_headers, replays_of
from streams.errors import (
    ArticleTooLarge,
    EnrichmentError,
    InvalidEvent,
    InvalidJson,
    Tombstone,
    UndecodableEvent,
    Unexpected,
)
from streams.events import ArticleEvent, CleanArticle
from streams.headers import Header, passed_on, rfc3339


class Record(Protocol):
    """A record as a Kafka client reads it; `timestamp` in milliseconds since the epoch."""

    @property
    def topic(self) -> str: ...  # noqa: D102
    @property
    def partition(self) -> int: ...  # noqa: D102
    @property
    def offset(self) -> int: ...  # noqa: D102
    @property
    def timestamp(self) -> int: ...  # noqa: D102
    @property
    def key(self) -> bytes | None: ...  # noqa: D102
    @property
    def value(self) -> bytes | None: ...  # noqa: D102
    @property
    def headers(self) -> Sequence[Header]: ...  # noqa: D102


class Outgoing(NamedTuple):
    """A record to be sent; `dead` where it is a dead letter, with the reason for the log."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: list[Header]
    dead: EnrichmentError | None = None


Step = Callable[[Sequence[Any]], Sequence[CleanArticle]]


@dataclass(frozen=True)
class Stage:
    """What one stage reads, does and writes.

    `step` takes a list of events and gives as many results in the same order; it is called again with single
    events when it raises, to find the one that cannot be processed. `to` names the topics of a result.
    """

    name: str
    reads: type[ArticleEvent]
    step: Step
    to: Callable[[Any], Sequence[str]]
    dead: str
    max_bytes: int = 24_000_000

    def work(self, records: Sequence[Record], now: Callable[[], datetime] | None = None) -> list[Outgoing]:
        """What becomes of RECORDS: results and dead letters in the order of their input. Never raises."""
        outcomes: list[Any] = [self._decoded(record) for record in records]
        events = [(place, event) for place, event in enumerate(outcomes) if isinstance(event, ArticleEvent)]
        for (place, _), result in zip(events, self._apply([event for _, event in events]), strict=True):
            outcomes[place] = result
        outgoing: list[Outgoing] = []
        for record, outcome in zip(records, outcomes, strict=True):
            if not isinstance(outcome, EnrichmentError):
                outcome = self._forward(record, outcome)
            if isinstance(outcome, EnrichmentError):
                outgoing.append(self.bury(record, outcome, now))
            else:
                outgoing.extend(outcome)
        return outgoing

    def bury(
        self, record: Record, error: EnrichmentError, now: Callable[[], datetime] | None = None
    ) -> Outgoing:
        """The dead letter for RECORD: key, bytes and headers untouched, the reason in added headers."""
        headers = dead_letter_headers(
            record.headers,
            error=error,
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            stage=self.name,
            at=rfc3339(now() if now else datetime.now(UTC)),
            replays=replays_of(record.headers),
        )
        return Outgoing(self.dead, record.key, record.value, headers, dead=error)

    def _decoded(self, record: Record) -> ArticleEvent | EnrichmentError:
        if record.value is None:
            return Tombstone(f"record {where(record)} has no value; articles are not deleted over the wire")
        try:
            return self.reads.model_validate_json(record.value)
        except ValidationError as error:
            return why_invalid(record.value, self.reads.__name__, error)
        except Exception as error:  # noqa: BLE001 - a fault of ours must not stop the partition
            return unexpected(error)

    def _apply(self, events: list[ArticleEvent]) -> Sequence[CleanArticle | EnrichmentError]:
        if not events:
            return []
        try:
            results = self.step(events)
            if len(results) == len(events):
                return results
            raise RuntimeError(f"{self.name} gave {len(results)} results for {len(events)} articles")
        except EnrichmentError as error:
            if len(events) == 1:
                return [error]
        except Exception as error:  # noqa: BLE001 - the same
            if len(events) == 1:
                return [unexpected(error)]
        return [result for event in events for result in self._apply([event])]

    def _forward(self, record: Record, result: CleanArticle) -> list[Outgoing] | EnrichmentError:
        try:
            if record.key is not None and record.key != result.key:
                result = result.warned("key_mismatch")
            value = result.to_bytes()
            if len(value) > self.max_bytes:
                raise ArticleTooLarge(f"{len(value):,} bytes after {self.name}; at most {self.max_bytes:,}")
            headers = passed_on(
                record.headers,
                result.ce_type,
                f"wireroom/{self.name}",
                default_id=where(record),
                default_time=rfc3339(datetime.fromtimestamp(max(record.timestamp, 0) / 1000, UTC)),
            )
            return [Outgoing(topic, result.key, value, headers) for topic in self.to(result)]
        except EnrichmentError as error:
            return error
        except Exception as error:  # noqa: BLE001 - the same
            return unexpected(error)


def where(record: Record) -> str:
    """Names a record on its broker: topic-partition-offset."""
    return f"{record.topic}-{record.partition}-{record.offset}"


def why_invalid(value: bytes, event: str, error: ValidationError) -> EnrichmentError:
    """Why VALUE is no EVENT: not UTF-8, no JSON, or which field is wrong and how."""
    try:
        value.decode()
    except UnicodeDecodeError as undecodable:
        return UndecodableEvent(f"not UTF-8: byte 0x{value[undecodable.start]:02x} at {undecodable.start}")
    first, *others = error.errors(include_url=False, include_input=False)
    if first["type"] == "json_invalid":
        return InvalidJson(first["msg"])
    field = ".".join(str(part) for part in first["loc"])
    more = f" (and {len(others)} more)" if others else ""
    return InvalidEvent(f"no {event}: {field + ': ' if field else ''}{first['msg']}{more}")


def unexpected(error: Exception) -> Unexpected:
    """A fault of ours as a reason; keeps the traceback as its cause."""
    wrapped = Unexpected(f"{type(error).__name__}: {error}")
    wrapped.__cause__ = error
    return wrapped
