"""The spans of the lanes of a worker.

A stage makes one span for each article, from the time when the stage process took it to the commit of its
transaction. The span continues the trace of the record, and the results continue the span. Each try of a
transaction is a span of its own, linked to its articles. The spans of articles end only when their
transaction is committed: whatever is tried again, an article has one span for each stage.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, SpanKind

from streams.headers import Header, continue_trace, trace_context_of
from streams.records import Outgoing, Record
from streams.tracing.interface import Attempt, Chunk, LaneTracer
from streams.tracing.spans import (
    MESSAGES,
    OFFSET,
    OPERATION_NAME,
    OPERATION_TYPE,
    OUTCOME,
    Attributes,
    carried_by,
    end_span,
    parent_of,
    processing,
    under,
)


class OpenTelemetryLaneTracer(LaneTracer):
    """Makes the spans of one lane, which reads `topic` and whose `place` is an attribute of each span."""

    def __init__(self, tracer: trace.Tracer, topic: str, place: Attributes) -> None:
        self._tracer = tracer
        self._topic = topic
        self._place = place
        self._unsettled: OpenTelemetryAttempt | None = None

    def attempt(
        self,
        records: Sequence[Record],
        outgoing: Sequence[Outgoing],
        *,
        began: float,
        chunks: Sequence[Chunk],
    ) -> Attempt:
        """Begin the spans of `records`, and the span of the transaction that is about to begin."""
        starts = start_times(len(records), began, chunks)
        spans = {
            record.offset: self._begin(record, start) for record, start in zip(records, starts, strict=True)
        }
        self._unsettled = OpenTelemetryAttempt(
            spans, self._begin_transaction(records, spans), records, outgoing
        )
        return self._unsettled

    def resumed(self, next_offset: int) -> None:
        """End the spans of the last attempt if its transaction was committed and only the answer was lost."""
        if self._unsettled is not None and self._unsettled.end <= next_offset:
            self._unsettled.settle()
        self._unsettled = None

    def forget(self) -> None:
        """Drop the spans of the last attempt, unless they have ended."""
        self._unsettled = None

    def _begin(self, record: Record, start: int) -> trace.Span:
        return self._tracer.start_span(
            f"process {self._topic}",
            context=under(parent_of(record.headers)),
            kind=SpanKind.CONSUMER,
            attributes={**self._place, **processing(record)},
            start_time=start,
        )

    def _begin_transaction(self, records: Sequence[Record], spans: Mapping[int, trace.Span]) -> trace.Span:
        """Begin the span of a transaction: the root of a trace, with a link to each article's context."""
        links = [
            Link(
                parent_of(record.headers) or spans[record.offset].get_span_context(), {OFFSET: record.offset}
            )
            for record in records
        ]
        operation: Attributes = {OPERATION_NAME: "commit", OPERATION_TYPE: "settle", MESSAGES: len(records)}
        return self._tracer.start_span(
            f"commit {self._topic}",
            context=Context(),
            kind=SpanKind.CLIENT,
            attributes={**self._place, **operation},
            links=links,
        )


class OpenTelemetryAttempt(Attempt):
    """The spans of `records`, by offset, and of one `transaction`, which has to send `outgoing`."""

    def __init__(
        self,
        spans: Mapping[int, trace.Span],
        transaction: trace.Span,
        records: Sequence[Record],
        outgoing: Sequence[Outgoing],
    ) -> None:
        new = {
            record.offset: spans[record.offset]
            for record in records
            if trace_context_of(record.headers) is None
        }
        passed_on = {offset: span for offset, span in spans.items() if offset in new or span.is_recording()}
        super().__init__(list(_continued(outgoing, passed_on)))
        self.trace_ids = {
            offset: carried_by(span).trace_id for offset, span in new.items() if span.is_recording()
        }
        self.end = records[-1].offset + 1
        self._spans = spans
        self._transaction = transaction
        self._letters = {letter.source: letter.dead for letter in outgoing if letter.dead is not None}
        self._is_settled = False

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the span of the transaction, and those of the articles if it was committed."""
        end_span(self._transaction, error)
        if error is None:
            self.settle()

    def settle(self) -> None:
        """End the spans of the articles: their results and dead letters are committed."""
        if self._is_settled:
            return
        self._is_settled = True
        now = time.time_ns()
        for offset, span in self._spans.items():
            reason = self._letters.get(offset)
            span.set_attribute(OUTCOME, "done" if reason is None else "dead")
            end_span(span, reason, now)


def start_times(count: int, began: float, chunks: Sequence[Chunk]) -> list[int]:
    """Return when work on each of `count` records began, in nanoseconds since the epoch.

    The first chunk began at the monotonic time `began`, each other one when the one before it was done. A
    record that was in no chunk has the first time.
    """
    epoch = time.time_ns() - time.monotonic_ns()
    starts: list[int] = []
    start = began
    for records, seconds in chunks:
        starts += [epoch + int(start * 1e9)] * records
        start += seconds
    return (starts + [epoch + int(began * 1e9)] * count)[:count]


def _continued(outgoing: Sequence[Outgoing], spans: Mapping[int, trace.Span]) -> Iterator[Outgoing]:
    """Yield `outgoing`: each result with the `traceparent` of its span, each dead letter as it is."""
    headers: Sequence[Header] = ()
    continued: Sequence[Header] = ()
    for sent in outgoing:
        span = spans.get(sent.source) if sent.source is not None else None
        if span is None or sent.dead is not None:
            yield sent
            continue
        if sent.headers is not headers:  # the results of one article share theirs
            headers, continued = sent.headers, continue_trace(sent.headers, carried_by(span))
        yield sent._replace(headers=continued)
