"""Document consistency: what a name is in one place of an article, it is in all.

A tagger sees a window of words; an article is written by one hand. One string gets one label, a surname takes
the label of the full name, an acronym that of what it stands for, and a name found once is marked wherever it
stands. On newspaper articles this is worth about one point of F1 to a good tagger and ten to a weak one.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

from ahocorasick_rs import AhoCorasick, MatchKind

from streams.enrich.entities.mentions import Span
from streams.enrich.entities.surfaces import trimmed
from streams.events import EntityType

_ACRONYM_OF = re.compile(r"\s*\(\s*(?:the\s+)?[“\"']?$")
_COMMON = re.compile(r"\w+")


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
    """SPANS and every other place where one of their surface forms stands as whole words."""
    surfaces = [surface for surface in types if len(surface) > 2 or surface.isupper()]
    if not surfaces:
        return spans
    matches = AhoCorasick(surfaces, matchkind=MatchKind.LeftmostLongest).find_matches_as_indexes(text)
    added: list[Span] = []
    position = 0
    found: dict[int, list[tuple[int, int]]] = defaultdict(list)
    known: dict[int, int] = defaultdict(int)
    for index, start, end in matches:
        while position < len(spans) and spans[position].end <= start:
            position += 1
        if position < len(spans) and spans[position].start < end:
            known[index] += spans[position].start == start and spans[position].end == end
        elif is_whole(text, start, end):
            found[index].append((start, end))
    for index, places in found.items():
        surface = surfaces[index]
        # One word that is a name here and mostly not elsewhere, such as "May", stays as the tagger left it.
        if " " in surface or known[index] >= len(places):
            added += [Span(start, end, types[surface], 0.5) for start, end in places]
    return sorted([*spans, *added]) if added else spans


def is_whole(text: str, start: int, end: int) -> bool:
    """Whether the stretch stands alone: no letter, digit or hyphen makes it part of a longer word."""
    before = text[start - 1] if start else " "
    after = text[end] if end < len(text) else " "
    return not (before.isalnum() or before in "-_@#/" or after.isalnum() or after in "_@")
