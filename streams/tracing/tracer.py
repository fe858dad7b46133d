"""The tracer of a process whose traces are on: the spans of articles that it sends, handles or works on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from opentelemetry import context as contexts
from opentelemetry import trace
from opentelemetry.trace import SpanKind

from streams import __version__
from streams.headers import Header, continue_trace
from streams.records import Record
from streams.tracing.interface import Handling, LaneTracer, Sending, Tracer
from streams.tracing.lanes import OpenTelemetryLaneTracer
from streams.tracing.spans import (
    DESTINATION,
    GROUP,
    OFFSET,
    OPERATION_NAME,
    OPERATION_TYPE,
    PARTITION,
    STAGE,
    SYSTEM,
    carried_by,
    end_span,
    message,
    parent_of,
    processing,
    under,
)


class OpenTelemetryTracer(Tracer):
    """Makes the spans of a process with the tracers of `provider`."""

    def __init__(self, provider: trace.TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("wireroom", __version__)

    def close(self) -> None:
        """Send the spans that wait, within the provider's limit of time."""
        shutdown: Any = getattr(self._provider, "shutdown", None)
        if shutdown is not None:
            shutdown()

    def lane(self, stage: str, topic: str, partition: int, group: str) -> LaneTracer:
        """Return the tracer of the lane of `stage` that reads a `partition` of `topic` for `group`."""
        place = {SYSTEM: "kafka", DESTINATION: topic, PARTITION: str(partition), GROUP: group, STAGE: stage}
        return OpenTelemetryLaneTracer(self._tracer, topic, place)

    def send(self, topic: str, key: bytes, value: bytes, headers: Sequence[Header]) -> Sending:
        """Begin the span of an article that is sent to `topic`, a child of the caller's span."""
        attributes = {
            SYSTEM: "kafka",
            DESTINATION: topic,
            OPERATION_NAME: "send",
            OPERATION_TYPE: "send",
            **message(key, value, headers),
        }
        carried = parent_of(headers)
        span = self._tracer.start_span(
            f"send {topic}",
            context=under(carried) if carried else None,
            kind=SpanKind.PRODUCER,
            attributes=attributes,
        )
        return OpenTelemetrySending(span, headers if carried else continue_trace(headers, carried_by(span)))

    def handle(self, record: Record, group: str | None) -> Handling:
        """Begin the span of `record` in the hands of a subscriber, and make it the current span."""
        attributes = {
            SYSTEM: "kafka",
            DESTINATION: record.topic,
            PARTITION: str(record.partition),
            **processing(record),
            **({GROUP: group} if group else {}),
        }
        carried = parent_of(record.headers)
        span = self._tracer.start_span(
            f"process {record.topic}",
            context=under(carried) if carried else None,
            kind=SpanKind.CONSUMER,
            attributes=attributes,
        )
        return OpenTelemetryHandling(span)


class OpenTelemetrySending(Sending):
    """The span of an article that is sent."""

    def __init__(self, span: trace.Span, headers: Sequence[Header]) -> None:
        super().__init__(headers)
        self._span = span

    def acknowledged(self, partition: int, offset: int) -> None:
        """End the span with the place of the article in the log."""
        self._span.set_attributes({PARTITION: str(partition), OFFSET: offset})
        self._span.end()

    def failed(self, error: BaseException) -> None:
        """End the span with the class of `error`."""
        end_span(self._span, error)


class OpenTelemetryHandling(Handling):
    """The span of a record in the hands of a subscriber.

    It is the current span meanwhile, so that the subscriber's own spans become its children.
    """

    def __init__(self, span: trace.Span) -> None:
        self._span: trace.Span | None = span
        self._token = contexts.attach(trace.set_span_in_context(span))

    def end(self, error: BaseException | None = None) -> None:
        """End the span, unless it has ended."""
        span, self._span = self._span, None
        if span is None:
            return
        if trace.get_current_span() is span:  # not so if the subscriber went on in another thread or task
            contexts.detach(self._token)
        end_span(span, error)
