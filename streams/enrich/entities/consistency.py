"""Document consistency: what a name is in one place of an article, it is in all.

A tagger sees a window of words; an article is written by one hand. One string gets one label, a surname takes
the label of the full name, an acronym that of what it stands for, and a name found once is marked wherever it
stands. On newspaper articles this is worth about one point of F1 to a good tagger and ten to a weak one.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise

from ahocorasick_rs import AhoCorasick, MatchKind

from streams.enrich.entities.mentions import Span
from streams.enrich.entities.surfaces import trimmed
from streams.events import EntityType

_ACRONYM_OF = re.compile(r"\s*\(\s*(?:the\s+)?[“\"']?$")

# Taggers miss people and organisations; a place or an adjective that they left was mostly left with reason.
CARRIED = (EntityType.PER, EntityType.ORG)
CARRIED_SCORE = 0.5


def consistent(text: str, spans: Sequence[Span]) -> list[Span]:
    """SPANS trimmed to the names, one type per name, and the same names marked where they were missed."""
    spans = trimmed(text, spans)
    if not spans:
        return []
    types = _types(text, spans)
    spans = [
        s if types[text[s.start : s.end]] is s.type else s._replace(type=types[text[s.start : s.end]])
        for s in spans
    ]
    return _completed(text, spans, types)


def _types(text: str, spans: Sequence[Span]) -> dict[str, EntityType]:
    """The type of each surface form: that with the most score, then what longer forms say of shorter ones."""
    votes: dict[str, dict[EntityType, float]] = defaultdict(lambda: defaultdict(float))
    for span in spans:
        votes[text[span.start : span.end]][span.type] += span.score
    types = {surface: max(v, key=lambda t: v[t]) for surface, v in votes.items()}
    people: dict[str, float] = defaultdict(float)
    for surface, type_ in types.items():
        words = surface.split()
        if type_ is EntityType.PER and len(words) > 1:
            people[words[-1]] += votes[surface][type_]
    for surface, weight in people.items():
        if surface in types and types[surface] is not EntityType.PER:
            against = votes[surface][types[surface]]
            if weight >= against:
                types[surface] = EntityType.PER
    for full, acronym in pairwise(spans):
        if acronym.start - full.end < 8 and _ACRONYM_OF.match(text, full.end, acronym.start):
            short = text[acronym.start : acronym.end]
            if short.isupper():
                types[short] = types[text[full.start : full.end]]
    return types


def _completed(text: str, spans: list[Span], types: dict[str, EntityType]) -> list[Span]:
    """SPANS, with names that are marked in one place marked, and as long, in every other.

    A name is carried over only where the tagger marked it at least as often as not: "May" stays a month.
    """
    surfaces = [s for s in types if (len(s) > 2 or s.isupper()) and not s.islower()]
    if not surfaces:
        return spans
    marked: Counter[int] = Counter()
    other: dict[int, list[tuple[int, int, list[Span]]]] = defaultdict(list)
    automaton = AhoCorasick(surfaces, matchkind=MatchKind.LeftmostLongest)
    position = 0
    for index, start, end in automaton.find_matches_as_indexes(text):
        while position < len(spans) and spans[position].end <= start:
            position += 1
        inner = _inside(spans, position, end)
        if len(inner) == 1 and inner[0][:2] == (start, end):
            marked[index] += 1
        elif is_whole(text, start, end):
            other[index].append((start, end, inner))
    completed = set(spans)
    for index, places in other.items():
        type_ = types[surfaces[index]]
        missed = [place for place in places if not place[2]]
        if type_ in CARRIED and marked[index] >= len(missed):
            completed |= {Span(start, end, type_, CARRIED_SCORE) for start, end, _ in missed}
        cut = [(start, end, i) for start, end, i in places if i and start <= i[0].start and i[-1].end <= end]
        if marked[index] >= len(cut):
            for start, end, inner in cut:
                completed -= set(inner)
                completed.add(Span(start, end, type_, CARRIED_SCORE))
    return sorted(completed)


def _inside(spans: list[Span], position: int, end: int) -> list[Span]:
    """The spans from POSITION on that begin before END."""
    last = position
    while last < len(spans) and spans[last].start < end:
        last += 1
    return spans[position:last]


def is_whole(text: str, start: int, end: int) -> bool:
    """Whether the stretch stands alone: no letter, digit or hyphen makes it part of a longer word."""
    before = text[start - 1] if start else " "
    after = text[end] if end < len(text) else " "
    return not (before.isalnum() or before in "-_@#/" or after.isalnum() or after in "_@$")
