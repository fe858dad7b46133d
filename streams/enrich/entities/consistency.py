"""Document consistency: what a name is in one place of an article, it is in all.

A tagger sees a window of words; an article is written by one hand. One string gets one label, a surname takes
the label of the full name, an acronym that of what it stands for, and a name found once is marked wherever it
stands. On newspaper articles this is worth about one point of F1 to a good tagger and ten to a weak one.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from ahocorasick_rs import AhoCorasick, MatchKind

from streams.enrich.entities.lexicon import words
from streams.enrich.entities.surfaces import is_whole, key_of, trimmed
from streams.enrich.entities.taggers.base import Span
from streams.events import EntityType

_Votes = dict[str, dict[EntityType, float]]
UsualType = Callable[[str], EntityType | None]

_ACRONYM_OF = re.compile(r"\s*\(\s*(?:the\s+)?[“\"']?$")
_IN_PARENTHESES = re.compile(r"\s*\(([A-Z]{2,7})\)")
NO_SURNAMES = words("openers") | words("titles") | words("roles") | words("generations")
_TITLED = re.compile(
    r"\b(?:" + "|".join(sorted(re.escape(t.title()) for t in words("titles") | words("roles"))) + r")\.? $"
)
_TITLES = re.compile(
    r"(?:(?:"
    + "|".join(sorted(t.title() for t in words("titles") - words("name_parts")))
    + r")\.?\s+)+(?=\S)"
)
ORG_HEADS, LEGAL_FORMS = words("org_heads"), words("corporate")

_SMALL_TAIL = re.compile(r"(?:\s+[a-z]+(?:-[a-z]+)*)+$")
# In a text with this share of capitals, which writes all but this share of its names with them, what is all
# in small letters is no name.
CAPITALS = 0.02
SMALL_NAMES = 0.1

# Votes, in mentions that the tagger is certain of. In newspapers 99 of 100 names that are a country's name
# are the country, 98 of 100 that end in a word such as Ministry an organisation, and as many after a title a
# person.
KNOWN = 2.0
TITLED = 1.0
# How much more the full name tells of a surname's type than the surname's own mentions do. Jordan may still
# be a country beside Michael Jordan: what a table knows is not outvoted that easily.
FULL_NAME = 4.0

# Taggers miss people and organisations; a place or an adjective that they left was left with reason.
CARRIED = (EntityType.PER, EntityType.ORG)
CARRIED_SCORE = 0.5


def consistent(text: str, spans: Sequence[Span], usual_type: UsualType = lambda _: None) -> list[Span]:
    """SPANS trimmed to the names, one type per name, and the same names marked where they were missed.

    USUAL_TYPE tells the type that a table knows for the key of a surface form; it is one vote among others.
    """
    spans = trimmed(text, spans)
    small = sum(text[s.start : s.end].islower() for s in spans)
    if small <= SMALL_NAMES * len(spans) and _capitals(text) >= CAPITALS * len(text):
        spans = [_capitalised(text, s) for s in spans if not text[s.start : s.end].islower()]
    spans = [_untitled(text, s) if s.type is EntityType.PER else s for s in spans]
    if not spans:
        return []
    types = _types(text, spans, usual_type)
    spans = [
        s if types[text[s.start : s.end]] is s.type else s._replace(type=types[text[s.start : s.end]])
        for s in spans
    ]
    return _completed(text, spans, types, _short_forms(text, spans, types, usual_type))


def _capitals(text: str) -> int:
    """How many letters of TEXT are A to Z."""
    bytes_ = np.frombuffer(text.encode("utf-8", "surrogatepass"), np.uint8)
    return int(np.count_nonzero((bytes_ >= ord("A")) & (bytes_ <= ord("Z"))))


def _capitalised(text: str, span: Span) -> Span:
    """SPAN without the small words at its end: "Bogotá police" names Bogotá."""
    tail = _SMALL_TAIL.search(text, span.start, span.end)
    return span._replace(end=tail.start()) if tail and text[span.start].isupper() else span


def _untitled(text: str, span: Span) -> Span:
    """SPAN without "Sen." or "President" before the person's name: newspapers' marks leave them out."""
    title = _TITLES.match(text, span.start, span.end)
    return span._replace(start=title.end()) if title and text[title.end()].isupper() else span


def _types(text: str, spans: Sequence[Span], usual_type: UsualType) -> dict[str, EntityType]:
    """The type of each surface form: that with the most votes, then what longer forms say of shorter ones."""
    votes: _Votes = defaultdict(lambda: defaultdict(float))
    tabled: set[str] = set()
    for span in spans:
        surface = text[span.start : span.end]
        if surface not in votes:
            known = usual_type(key_of(surface))
            if known:
                tabled.add(surface)
            if known := known or _type_by_words(surface):
                votes[surface][known] += KNOWN
        votes[surface][span.type] += span.score
        if _after_title(text, span.start):
            votes[surface][EntityType.PER] += TITLED
    types = {surface: max(v, key=lambda t: v[t]) for surface, v in votes.items()}
    _inherit(types, votes, tabled)
    for full, acronym in pairwise(spans):
        if acronym.start - full.end < 8 and _ACRONYM_OF.match(text, full.end, acronym.start):
            short = text[acronym.start : acronym.end]
            if short.isupper():
                types[short] = types[text[full.start : full.end]]
    return types


def _after_title(text: str, start: int) -> bool:
    """Whether the name that begins at START follows a title in capitals, as in "Sen. Smith"."""
    near = max(0, start - 20)
    word = text[text.rfind(" ", near, max(0, start - 1)) + 1 : start]  # most names follow a small one
    return not word.islower() and _TITLED.search(text, near, start) is not None


def _type_by_words(surface: str) -> EntityType | None:
    """What the last word of a name tells, or the first before "of": a Ministry, a University."""
    tokens = surface.casefold().split()
    if len(tokens) > 1 and (
        tokens[-1].rstrip(".") in ORG_HEADS or (tokens[0] in ORG_HEADS and "of" in tokens)
    ):
        return EntityType.ORG
    return None


def _inherit(types: dict[str, EntityType], votes: _Votes, tabled: set[str]) -> None:
    """Give a surname the type of the full name, an acronym that of what it may stand for, Madeira that of
    Madeira Inc.
    """
    fuller: _Votes = defaultdict(lambda: defaultdict(float))
    for surface, type_ in types.items():
        tokens = surface.split()
        if len(tokens) > 1 and type_ is EntityType.PER:
            fuller[tokens[-1]][type_] += votes[surface][type_]
        elif len(tokens) > 1 and type_ is EntityType.ORG:
            short = "".join(t[0] for t in tokens if t[0].isupper())
            if tokens[-1].rstrip(".").casefold() in LEGAL_FORMS:
                short = " ".join(tokens[:-1]).rstrip(",")
            fuller[short][type_] += votes[surface][type_]
    for surface, says in fuller.items():
        if surface in types:
            type_ = max(says, key=lambda t: says[t])
            weight = says[type_] * (1 if surface in tabled else FULL_NAME)
            if weight >= votes[surface][types[surface]]:
                types[surface] = type_


def _short_forms(
    text: str, spans: Sequence[Span], types: dict[str, EntityType], usual_type: UsualType
) -> dict[str, EntityType]:
    """Surnames of the people, and acronyms explained in parentheses, that the tagger marked nowhere."""
    forms: dict[str, EntityType] = {}
    for surface, type_ in types.items():
        surname = surface.rsplit(maxsplit=1)[-1]
        if type_ is EntityType.PER and surname != surface and surname not in types and len(surname) > 2:
            known = usual_type(key_of(surname)) or surname.casefold() in NO_SURNAMES
            if surname[0].isupper() and not known:
                forms[surname] = type_
    for span in spans:
        if span.type is EntityType.ORG and (match := _IN_PARENTHESES.match(text, span.end)):
            initials = "".join(c for c in text[span.start : span.end] if c.isupper())
            if match[1] not in types and initials.startswith(match[1][:2]):
                forms[match[1]] = span.type
    return forms


def _completed(
    text: str, spans: list[Span], types: dict[str, EntityType], short_forms: dict[str, EntityType]
) -> list[Span]:
    """SPANS, with names that are marked in one place marked, and as long, in every other.

    A name is carried over only where the tagger marked it at least as often as not: "May" stays a month.
    """
    types = types | short_forms
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
        trusted = surfaces[index] in short_forms or marked[index] >= len(missed)
        if type_ in CARRIED and trusted:
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
