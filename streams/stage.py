"""The work of one stage on records: decode, apply the step, then forward the result or bury the record.

It knows no Kafka client and runs in any process. This is the only try/except around a step. A record that can
never succeed becomes a dead letter among the results, in the order of the input, so that its neighbours are
not held up and nothing is lost.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

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
from streams.headers import Header, arrival_ms, passed_on, rfc3339
from streams.records import Outgoing, Record, place_of
from streams.wording import describe_invalid

Step = Callable[[Sequence[Any]], Sequence[ArticleEvent]]
Payload = tuple[bytes | None, bytes | None, int]  # key and value of a record, and when its article arrived


class Result(NamedTuple):
    """The event to send for a record, and perhaps another one `beside` it."""

    topics: Sequence[str]
    key: bytes
    value: bytes
    ce_type: str
    beside: Result | None = None


Beside = Callable[[Any, int], tuple[str, ArticleEvent]]
"""Makes of a result, and of the time when its article arrived, an event for another topic.

The time is in milliseconds since the epoch.
"""


@dataclass(frozen=True)
class Stage:
    """What one stage reads, does and writes.

    `step` takes a list of events and returns one result for each, in the same order. When it raises, it is
    called again with single events, to find the one that cannot be processed. `to` returns the topics of a
    result, and `dead` is the topic of dead letters. `max_bytes` limits the event of a result. `beside` makes
    an event of another kind from a result, which is sent in the same transaction. A stage that `has_state`
    sends to the partition that it reads, see streams/stateful.py.
    """

    name: str
    reads: type[ArticleEvent]
    step: Step
    to: Callable[[Any], Sequence[str]]
    dead: str
    max_bytes: int
    beside: Beside | None = None
    has_state: bool = False

    def work(self, records: Sequence[Record], now: Callable[[], datetime] | None = None) -> list[Outgoing]:
        """Return the results and dead letters of `records`, in the order of the input. Never raises."""
        return self.forward(records, self.process(self.payloads(records)), now)

    def payloads(self, records: Sequence[Record]) -> list[Payload]:
        """Return what `process` needs of `records`."""
        if self.beside is None:
            return [(record.key, record.value, 0) for record in records]
        now = int(time.time() * 1000)  # a publisher whose clock is ahead may have written both of its times
        return [
            (record.key, record.value, min(now, arrival_ms(record.headers, record.timestamp)))
            for record in records
        ]

    def process(self, payloads: Sequence[Payload]) -> list[Result | EnrichmentError]:
        """Return the result of each of `payloads`, or the reason why there is none. Never raises.

        This is the enrichment. Its arguments and results can be pickled, so it can run in another process.
        """
        outcomes = self.follow(self.decode(payloads))
        return [
            outcome if isinstance(outcome, EnrichmentError) else self.encode(key, outcome, arrived)[0]
            for (key, _, arrived), outcome in zip(payloads, outcomes, strict=True)
        ]

    def decode(self, payloads: Sequence[Payload]) -> list[ArticleEvent | EnrichmentError]:
        """Return the event of each of `payloads`, or why it is not one."""
        return [self._decoded(value) for _, value, _ in payloads]

    def follow(
        self, events: Sequence[ArticleEvent | EnrichmentError]
    ) -> list[ArticleEvent | EnrichmentError]:
        """Return what the step makes of each of `events`; errors among them stay as they are."""
        outcomes = list(events)
        places = [place for place, event in enumerate(events) if isinstance(event, ArticleEvent)]
        results = self._apply([event for event in events if isinstance(event, ArticleEvent)])
        for place, result in zip(places, results, strict=True):
            outcomes[place] = result
        return outcomes

    def encode(
        self, key: bytes | None, event: ArticleEvent, arrived: int
    ) -> tuple[Result | EnrichmentError, ArticleEvent]:
        """Return the result to send for `event`, or why it cannot be sent, and the event as it is sent.

        `key` is that of the record that it comes from, and `arrived` the time when its article did.
        """
        try:
            if key is not None and key != event.key and isinstance(event, CleanArticle):
                event = event.warned("key_mismatch")
            value = event.to_bytes()
            if len(value) > self.max_bytes:
                raise ArticleTooLarge(
                    f"{len(value):,} bytes after {self.name}, over the limit of {self.max_bytes:,}"
                )
            result = Result(self.to(event), event.key, value, event.ce_type)
            if self.beside is not None:
                topic, other = self.beside(event, arrived)
                beside = Result([topic], other.key, other.to_bytes(), other.ce_type)
                result = result._replace(beside=beside)
        except EnrichmentError as error:
            return error, event
        except Exception as error:  # noqa: BLE001 - our own bug, as in _decoded
            return unexpected(error), event
        return result, event

    def forward(
        self,
        records: Sequence[Record],
        outcomes: Sequence[Result | EnrichmentError],
        now: Callable[[], datetime] | None = None,
    ) -> list[Outgoing]:
        """Return the records to send for `records` with these `outcomes`; needs no models. Never raises."""
        outgoing: list[Outgoing] = []
        for record, outcome in zip(records, outcomes, strict=True):
            if isinstance(outcome, EnrichmentError):
                outgoing.append(self.bury(record, outcome, now))
                continue
            try:
                outgoing += self.to_send(record, outcome, record.headers)
            except Exception as error:  # noqa: BLE001 - such as a timestamp in the year 300,000
                outgoing.append(self.bury(record, unexpected(error), now))
        return outgoing

    def bury(
        self, record: Record, error: EnrichmentError, now: Callable[[], datetime] | None = None
    ) -> Outgoing:
        """Return the dead letter of `record`: as it is, with the reason `error` in added headers."""
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
        return Outgoing(self.dead, record.key, record.value, headers, dead=error, source=record.offset)

    def to_send(
        self, record: Record, result: Result, headers: Sequence[Header], mark: Sequence[Header] = ()
    ) -> list[Outgoing]:
        """Return what to send for `result` of `record`; its headers follow from `headers`, with a `mark`.

        Raises OverflowError or ValueError if no calendar has the time of `record`.
        """
        source = f"wireroom/{self.name}"
        passed = passed_on(headers, result.ce_type, source, place_of(record), record.timestamp)
        passed += mark
        partition = record.partition if self.has_state else None
        made = [
            Outgoing(topic, result.key, result.value, passed, partition, source=record.offset)
            for topic in result.topics
        ]
        return made if result.beside is None else [*made, *self.to_send(record, result.beside, headers)]

    def _decoded(self, value: bytes | None) -> ArticleEvent | EnrichmentError:
        if value is None:
            return Tombstone("the record has no value, and articles are not deleted over the wire")
        try:
            return self.reads.model_validate_json(value)
        except ValidationError as error:
            return why_invalid(value, self.reads.__name__, error)
        except Exception as error:  # noqa: BLE001 - our own bug must not stop the partition
            return unexpected(error)

    def _apply(self, events: list[ArticleEvent]) -> Sequence[ArticleEvent | EnrichmentError]:
        if not events:
            return []
        try:
            results = self.step(events)
            if len(results) == len(events):
                return results
            raise RuntimeError(f"{self.name} returned {len(results)} results for {len(events)} articles")
        except EnrichmentError as error:
            if len(events) == 1:
                return [error]
        except Exception as error:  # noqa: BLE001 - our own bug, as above
            if len(events) == 1:
                return [unexpected(error)]
        return [result for event in events for result in self._apply([event])]


def why_invalid(value: bytes, event: str, error: ValidationError) -> EnrichmentError:
    """Return why `value` is not a valid `event`: not UTF-8, not JSON, or the field that is wrong and how."""
    try:
        value.decode()
    except UnicodeDecodeError as undecodable:
        return UndecodableEvent(f"not UTF-8: byte 0x{value[undecodable.start]:02x} at {undecodable.start}")
    first = error.errors(include_url=False, include_input=False)[0]
    if first["type"] == "json_invalid":
        return InvalidJson(first["msg"])
    return InvalidEvent(f"not a valid {event}: {describe_invalid(error)}")


def unexpected(error: Exception) -> Unexpected:
    """Return `error`, a bug of ours, as a reason.

    The traceback becomes a note, because a note is pickled with the error and a traceback is not.
    """
    wrapped = Unexpected(f"{type(error).__name__}: {error}")
    wrapped.add_note("".join(traceback.format_exception(error)))
    return wrapped
