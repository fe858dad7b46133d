"""The parts of our spans: attributes by OpenTelemetry's conventions for messaging, contexts from headers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import SpanContext, Status, StatusCode, TraceFlags, TraceState

from streams.headers import TRACESTATE, Header, TraceContext, text_of, trace_context_of
from streams.records import Record

# The names are those of the semantic conventions 1.44, where they are not stable yet.
SYSTEM = "messaging.system"
DESTINATION = "messaging.destination.name"
PARTITION = "messaging.destination.partition.id"
OPERATION_NAME = "messaging.operation.name"
OPERATION_TYPE = "messaging.operation.type"
GROUP = "messaging.consumer.group.name"
MESSAGES = "messaging.batch.message_count"
MESSAGE_ID = "messaging.message.id"
BODY_SIZE = "messaging.message.body.size"
KEY = "messaging.kafka.message.key"
OFFSET = "messaging.kafka.offset"
ERROR_TYPE = "error.type"
STAGE = "wireroom.stage"
OUTCOME = "wireroom.outcome"

Attributes = Mapping[str, str | int]

PROCESS: Attributes = {OPERATION_NAME: "process", OPERATION_TYPE: "process"}


def processing(record: Record) -> Attributes:
    """Return the attributes of the span in which `record` is processed."""
    return {
        **PROCESS,
        OFFSET: record.offset,
        **message(record.key, record.value, record.headers),
    }


def message(key: bytes | None, value: bytes | None, headers: Sequence[Header]) -> Attributes:
    """Return the attributes of a message: never its text."""
    attributes: dict[str, str | int] = {BODY_SIZE: len(value or b"")}
    if key is not None:
        attributes[KEY] = key.decode("utf-8", "backslashreplace")
    if message_id := text_of(headers, "ce_id"):
        attributes[MESSAGE_ID] = message_id
    return attributes


def parent_of(headers: Sequence[Header]) -> SpanContext | None:
    """Return the span that `headers` continue, or None if they have no valid `traceparent`."""
    carried = trace_context_of(headers)
    if carried is None:
        return None
    state = text_of(headers, TRACESTATE)
    return SpanContext(
        int(carried.trace_id, 16),
        int(carried.span_id, 16),
        is_remote=True,
        trace_flags=TraceFlags(int(carried.flags, 16)),
        trace_state=TraceState.from_header([state]) if state else None,
    )


def under(parent: SpanContext | None) -> Context:
    """Return the context of a child of `parent`; without one, that of the root of a trace."""
    return trace.set_span_in_context(trace.NonRecordingSpan(parent), Context()) if parent else Context()


def carried_by(span: trace.Span) -> TraceContext:
    """Return `span` as headers carry it."""
    context = span.get_span_context()
    return TraceContext(
        trace.format_trace_id(context.trace_id),
        trace.format_span_id(context.span_id),
        f"{context.trace_flags:02x}",
    )


def end_span(span: trace.Span, error: BaseException | None, now: int | None = None) -> None:
    """End `span`, with the class of `error` if there is one: a message may quote the article."""
    if error is not None:
        reason = type(error).__name__
        span.set_attribute(ERROR_TYPE, reason)
        span.set_status(Status(StatusCode.ERROR, reason))
    span.end(now)
