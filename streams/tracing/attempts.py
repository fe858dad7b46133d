"""One try of a transaction: the spans of its articles, what their results carry, and how they end."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType

from opentelemetry import trace

from streams.headers import Header, continue_trace, trace_context_of
from streams.records import Outgoing, Record
from streams.tracing.interface import Attempt
from streams.tracing.spans import OUTCOME, carried_by, end_span

Spans = Mapping[int, list[trace.Span]]
"""The spans of each article, by its offset: of the lane's own stage, and of the stages that it has passed."""


class OpenTelemetryAttempt(Attempt):
    """The spans of `records`, by offset and in the order of the stages, and of one `transaction`.

    The transaction has to send `outgoing`; `topics` are those between the stages.
    """

    def __init__(
        self,
        spans: Spans,
        transaction: trace.Span,
        records: Sequence[Record],
        outgoing: Sequence[Outgoing],
        topics: Sequence[str],
    ) -> None:
        new = {
            record.offset: spans[record.offset][0]
            for record in records
            if trace_context_of(record.headers) is None
        }
        passed_on = {
            offset: stages for offset, stages in spans.items() if offset in new or stages[0].is_recording()
        }
        super().__init__(list(_continued(outgoing, passed_on, topics)))
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
        for offset, spans in self._spans.items():
            reason = self._letters.get(offset)
            for span in spans:
                span.set_attribute(OUTCOME, "done" if reason is None else "dead")
                end_span(span, reason, now)


def _continued(
    outgoing: Sequence[Outgoing], spans: Mapping[int, Sequence[trace.Span]], topics: Sequence[str]
) -> Iterator[Outgoing]:
    """Yield `outgoing`: each result with the `traceparent` of its stage's span, each dead letter as it is.

    The stages of an article are divided by `topics`; what goes to another topic is of its last stage.
    """
    stages = {topic: place for place, topic in enumerate(topics)}
    headers: Sequence[Header] = ()
    continued: Sequence[Header] = ()
    for sent in outgoing:
        made_by = spans.get(sent.source, ()) if sent.source is not None else ()
        if not made_by or sent.dead is not None:
            yield sent
            continue
        if sent.headers is not headers:  # the results that a stage has made of an article share theirs
            span = made_by[min(stages.get(sent.topic, len(topics)), len(made_by) - 1)]
            headers, continued = sent.headers, continue_trace(sent.headers, carried_by(span))
        yield sent._replace(headers=continued)
