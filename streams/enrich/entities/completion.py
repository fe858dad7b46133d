"""Completion: a name that is marked in one place of an article is marked, and in full, in all places."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick, MatchKind

from streams.enrich.entities.surfaces import is_whole
from streams.enrich.entities.taggers.base import Span
from streams.events import EntityType

COMPLETED_TYPES = (EntityType.PER, EntityType.ORG)
"""Taggers miss people and organisations. Where they leave out a place or an adjective, they have a reason."""

COMPLETED_SCORE = 0.5


class _Occurrence(NamedTuple):
    """A place where a surface form stands in the text, and the mentions that overlap it."""

    start: int
    end: int
    spans: list[Span]


def complete_mentions(
    text: str, spans: list[Span], types: Mapping[str, EntityType], short_forms: Mapping[str, EntityType]
) -> list[Span]:
    """Return `spans` with each name marked, and in full, wherever it stands.

    `types` has the type of each surface form in `spans`, and `short_forms` the types of surnames and acronyms
    that the tagger marked nowhere. A name that the tagger left out more often than it marked it is not added:
    "May" stays a month.
    """
    types = {**types, **short_forms}
    surfaces = [s for s in types if (len(s) > 2 or s.isupper()) and not s.islower()]
    if not surfaces:
        return spans
    marked, unmarked = _find_surfaces(text, spans, surfaces)
    completed = set(spans)
    for index, occurrences in unmarked.items():
        surface = surfaces[index]
        missed = [place for place in occurrences if not place.spans]
        is_trusted = surface in short_forms or marked[index] >= len(missed)
        if types[surface] in COMPLETED_TYPES and is_trusted:
            completed |= {Span(p.start, p.end, types[surface], COMPLETED_SCORE) for p in missed}
        partial = [
            place
            for place in occurrences
            if place.spans and place.start <= place.spans[0].start and place.spans[-1].end <= place.end
        ]
        if marked[index] >= len(partial):
            for place in partial:
                completed -= set(place.spans)
                completed.add(Span(place.start, place.end, types[surface], COMPLETED_SCORE))
    return sorted(completed)


def _find_surfaces(
    text: str, spans: list[Span], surfaces: list[str]
) -> tuple[Counter[int], dict[int, list[_Occurrence]]]:
    """Find `surfaces` in the text. Return, by index, how many are marked as such, and where others stand."""
    marked: Counter[int] = Counter()
    unmarked: dict[int, list[_Occurrence]] = defaultdict(list)
    automaton = AhoCorasick(surfaces, matchkind=MatchKind.LeftmostLongest)
    first = 0
    for index, start, end in automaton.find_matches_as_indexes(text):
        while first < len(spans) and spans[first].end <= start:
            first += 1
        inside = _spans_until(spans, first, end)
        if len(inside) == 1 and inside[0][:2] == (start, end):
            marked[index] += 1
        elif is_whole(text, start, end):
            unmarked[index].append(_Occurrence(start, end, inside))
    return marked, unmarked


def _spans_until(spans: list[Span], first: int, end: int) -> list[Span]:
    """Return the spans from the index `first` on that start before `end`."""
    last = first
    while last < len(spans) and spans[last].start < end:
        last += 1
    return spans[first:last]
