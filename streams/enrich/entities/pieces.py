"""Pieces of names: what the rules share that join the mentions of one name."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from operator import attrgetter

from streams.enrich.entities.linking.tables import LARGE_CITY, IdentityTables
from streams.enrich.entities.surfaces import key_of
from streams.enrich.entities.taggers.base import Span
from streams.events import EntityType

JOINED_SCORE = 0.8

CAPITALISED = r"[^\W\d_a-zß-öø-ÿ][\w'’]*"
GENITIVE = re.compile(r"['’]s$")

_start = attrgetter("start")


def replace_spans(spans: Sequence[Span], joined: Sequence[Span]) -> list[Span]:
    """Return `joined`, the first of those that overlap, and the `spans` that overlap none of them."""
    chosen: list[Span] = []
    for span in sorted(joined, key=lambda s: (s.start, -s.end)):
        if not chosen or span.start >= chosen[-1].end:
            chosen.append(span)
    return sorted([*chosen, *(s for s in spans if not overlapping(chosen, s.start, s.end))])


def overlapping(spans: Sequence[Span], start: int, end: int) -> list[Span]:
    """Return those of the `spans`, which are in text order, that overlap a stretch."""
    first = bisect_left(spans, start, key=_start)
    if first and spans[first - 1].end > start:
        first -= 1
    last = first
    while last < len(spans) and spans[last].start < end:
        last += 1
    return list(spans[first:last])


def full_name_words(text: str, spans: Sequence[Span]) -> set[str]:
    """Return the words of all people whom the text names with more than one word."""
    return {
        word
        for span in spans
        if span.type is EntityType.PER and " " in text[span.start : span.end]
        for word in text[span.start : span.end].split()
    }


def is_known_place(surface: str, tables: IdentityTables) -> bool:
    """Return True for a country, a state, a people or a large city."""
    key = key_of(surface)
    is_large = any(city.population >= LARGE_CITY for city in tables.cities.get(key, ()))
    return is_large or key in tables.territories or key in tables.demonyms
