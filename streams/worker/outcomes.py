"""Logs the outcome of each article: one line, with its trace if it has one, and never with its text."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from streams.dead import OFFSET
from streams.errors import EnrichmentError, Unexpected
from streams.headers import Header, text_of, trace_id_of
from streams.logs import ARTICLES
from streams.records import Outgoing, Record

if TYPE_CHECKING:
    from streams.worker.passage import Carriage

log = logging.getLogger("wireroom.delivery")
done_log = logging.getLogger(ARTICLES)


def log_outcomes(
    records: Sequence[Record],
    letters: Sequence[Outgoing],
    fields: Mapping[str, object],
    began: Mapping[int, str] = MappingProxyType({}),
    carriage: Carriage | None = None,
) -> None:
    """Log each of `records`, which were committed, with `fields`.

    Those that became `letters` are warnings. The others are for debugging, or where a setting asks for them:
    there are many.
    `began` has the traces that began at this stage, by the offset of the record. The records that `carriage`
    took through other stages tell the last of these.
    """
    for letter in letters:
        offset, reason = text_of(letter.headers, OFFSET), type(letter.dead).__name__
        why = {"offset": offset, "reason": reason, "why": describe(letter.dead)}
        trace = trace_field(letter.headers, began.get(letter.source) if letter.source is not None else None)
        log.warning("article buried", extra={**fields, **why, **trace})
    if done_log.isEnabledFor(logging.DEBUG):
        buried = {text_of(letter.headers, OFFSET) for letter in letters}
        carried = {record.offset for record in carriage.records} if carriage is not None else set()
        for record in records:
            if str(record.offset) not in buried:
                done = {"offset": record.offset, **trace_field(record.headers, began.get(record.offset))}
                if carriage is not None and record.offset in carried:
                    done["through"] = carriage.stages[-1].name
                done_log.debug("article done", extra={**fields, **done})


def describe(error: EnrichmentError | None) -> str:
    """Return why an article was buried.

    An error that is a bug of ours may quote the article, so only its class is named: the dead letter has all.
    """
    return str(error).partition(":")[0] if isinstance(error, Unexpected) else str(error)


def trace_field(headers: Sequence[Header], began: str | None = None) -> dict[str, str]:
    """Return the field of a log line for the trace of an article, if it has one.

    That is the trace that its `headers` belong to, or the one that `began` with it.
    """
    trace_id = began or trace_id_of(headers)
    return {"trace_id": trace_id} if trace_id else {}
