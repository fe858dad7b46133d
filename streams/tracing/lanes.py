"""The spans of the lanes of a worker.

A stage makes one span for each article, from the time when the stage process took it to the commit of its
transaction. The span continues the trace of the record, and the results continue the span. Each try of a
transaction is a span of its own, linked to its articles. The spans of articles end only when their
transaction is committed: whatever is tried again, an article has one span for each stage.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, SpanKind

from streams.records import Outgoing, Record
from streams.tracing.attempts import OpenTelemetryAttempt, Spans
from streams.tracing.interface import NOTHING, Attempt, Chunk, LaneTracer, Passed
from streams.tracing.spans import (
    DESTINATION,
    MESSAGES,
    OFFSET,
    OPERATION_NAME,
    OPERATION_TYPE,
    PROCESS,
    STAGE,
    Attributes,
    message,
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
        passed: Passed = NOTHING,
    ) -> Attempt:
        """Begin the spans of `records`, and the span of the transaction that is about to begin."""
        starts = start_times(len(records), began, chunks)
        spans = {
            record.offset: [self._begin(record, start)] for record, start in zip(records, starts, strict=True)
        }
        inputs = {(sent.source, sent.topic): sent for sent in outgoing}
        earlier = [passed.chunks]
        for carried in passed.followed:
            starts = start_times(len(records), began, chunks, earlier)
            for record, start in zip(records, starts, strict=True):
                before = spans[record.offset]
                if record.offset in passed.offsets and before[0].is_recording():
                    made = inputs[record.offset, carried.topic]
                    before.append(self._begin_next(carried.stage, made, before[-1], start))
            earlier.append(carried.chunks)
        transaction = self._begin_transaction(records, spans)
        topics = [carried.topic for carried in passed.followed]
        self._unsettled = OpenTelemetryAttempt(spans, transaction, records, outgoing, topics)
        return self._unsettled

    def resumed(self, next_offset: int) -> None:
        """End the spans of the last attempt if its transaction was committed and only the answer was lost."""
        if self._unsettled is not None and self._unsettled.end == next_offset:
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

    def _begin_next(self, stage: str, made: Outgoing, before: trace.Span, start: int) -> trace.Span:
        """Begin the span of a `stage` that an article passes: it takes what the stage `before` has `made`.

        It has no offset, since the article was not read from the topic.
        """
        place = {**self._place, DESTINATION: made.topic, STAGE: stage}
        return self._tracer.start_span(
            f"process {made.topic}",
            context=trace.set_span_in_context(before, Context()),
            kind=SpanKind.CONSUMER,
            attributes={**place, **PROCESS, **message(made.key, made.value, made.headers)},
            start_time=start,
        )

    def _begin_transaction(self, records: Sequence[Record], spans: Spans) -> trace.Span:
        """Begin the span of a transaction: the root of a trace, with a link to each article's context."""
        links = [
            Link(
                parent_of(record.headers) or spans[record.offset][0].get_span_context(),
                {OFFSET: record.offset},
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


def start_times(
    count: int, began: float, chunks: Sequence[Chunk], earlier: Sequence[Sequence[Chunk]] = ()
) -> list[int]:
    """Return when work on each of `count` records began, in nanoseconds since the epoch.

    The first chunk began at the monotonic time `began`, each other one when the one before it was done; and
    the work of a stage begins when the `earlier` stages are done with the chunk. A record that was in no
    chunk has the first time.
    """
    epoch = time.time_ns() - time.monotonic_ns()
    starts: list[int] = []
    start = began
    for place, (records, seconds) in enumerate(chunks):
        before = sum(worked[place][1] for worked in earlier if place < len(worked))
        starts += [epoch + int((start + before) * 1e9)] * records
        start += seconds
    return (starts + [epoch + int(began * 1e9)] * count)[:count]
