"""Logs the outcome of each article: one line, with its trace if it has one, and never with its text."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from streams.dead import OFFSET
from streams.errors import EnrichmentError, Unexpected
from streams.headers import Header, text_of, trace_id_of
from streams.records import Outgoing, Record

log = logging.getLogger("wireroom.delivery")


def log_outcomes(
    records: Sequence[Record], letters: Sequence[Outgoing], fields: Mapping[str, object]
) -> None:
    """Log each of `records`, which were committed, with `fields`.

    Those that became `letters` are warnings. The others are for debugging: there are too many of them.
    """
    for letter in letters:
        offset, reason = text_of(letter.headers, OFFSET), type(letter.dead).__name__
        why = {"offset": offset, "reason": reason, "why": describe(letter.dead)}
        log.warning("article buried", extra={**fields, **why, **trace_field(letter.headers)})
    if log.isEnabledFor(logging.DEBUG):
        buried = {text_of(letter.headers, OFFSET) for letter in letters}
        for record in records:
            if str(record.offset) not in buried:
                done = {"offset": record.offset, **trace_field(record.headers)}
                log.debug("article done", extra={**fields, **done})


def describe(error: EnrichmentError | None) -> str:
    """Return why an article was buried.

    An error that is a bug of ours may quote the article, so only its class is named: the dead letter has all.
    """
    return str(error).partition(":")[0] if isinstance(error, Unexpected) else str(error)


def trace_field(headers: Sequence[Header]) -> dict[str, str]:
    """Return the field of a log line for the trace that `headers` belong to, if they belong to one."""
    trace_id = trace_id_of(headers)
    return {"trace_id": trace_id} if trace_id else {}
