"""Degrees: "Laura Quist, R.N." has a degree and no second name."""

from __future__ import annotations

import re
from collections.abc import Sequence

from streams.enrich.entities.lexicon import word_list
from streams.enrich.entities.linking.tables import IdentityTables
from streams.enrich.entities.surfaces import key_of
from streams.enrich.entities.taggers.base import Span
from streams.events import EntityType

_DEGREES = word_list("degrees")
_DEGREE = "|".join(sorted(map(re.escape, _DEGREES), key=len, reverse=True))
_DEGREES_AFTER = re.compile(
    rf",?\s+(?P<degree>{_DEGREE}|(?:[A-Z][A-Za-z]{{0,2}}\.){{2,5}})(?P<pause>\.?(?:[,;:)\n]|$)|\.(?=\s))?"
    r"(?(pause)|(?=\s+[a-z(]|\s+[A-Z][a-z]+\s[a-z]))"
)
_DEGREES_AT_END = re.compile(rf"(?:,\s+(?:{_DEGREE})\.?)+$")


def without_degrees(text: str, spans: Sequence[Span], tables: IdentityTables) -> list[Span]:
    """Return the spans without "M.D." and "R.N." after a person's name."""
    kept: list[Span] = []
    degrees_end = -1
    for span in spans:
        if span.start < degrees_end or _is_degree(text, span):
            continue
        if span.type is EntityType.PER:
            if "," in text[span.start : span.end] and (
                at_end := _DEGREES_AT_END.search(text, span.start, span.end)
            ):
                span = span._replace(end=at_end.start())
            degrees_end = span.end
            while degree := _DEGREES_AFTER.match(text, degrees_end):
                is_degree = degree["degree"] in _DEGREES and degree["pause"] is not None
                if not is_degree and key_of(degree["degree"]) in tables.territories:
                    break  # "Ann Lee, U.S. envoy", "Ann Lee, D.C. mayor"
                degrees_end = degree.end("degree")
        kept.append(span)
    return kept


def _is_degree(text: str, span: Span) -> bool:
    """Return True for "M.D." in "Ann Lee (M.D., Yale)", which is marked as a name."""
    return text.startswith("(", span.start - 1) and text[span.start : span.end] in _DEGREES
