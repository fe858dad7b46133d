"""Clubs: "Paris Saint-Germain" and "Luton Town" are one name each, the town and what follows it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from streams.enrich.entities.lexicon import word_list
from streams.enrich.entities.linking.tables import IdentityTables
from streams.enrich.entities.pieces import CAPITALISED, GENITIVE, JOINED_SCORE, overlapping
from streams.enrich.entities.surfaces import key_of
from streams.enrich.entities.taggers.base import Span
from streams.events import EntityType

_CLUB_WORDS, _CLUB_NAMES = word_list("club_words"), word_list("club_names")
_CLUB_BEGINNINGS, _CLUB_PREFIXES = word_list("club_beginnings"), word_list("club_prefixes")
_CLUBS = word_list("clubs")
_FIRST_WORDS = frozenset(club.split()[0] for club in _CLUBS)
_WHOLE_CLUB = re.compile(rf"(?:{'|'.join(sorted(map(re.escape, _CLUBS), key=len, reverse=True))})(?!\w)")
_IN_BEFORE = re.compile(r"\b(?:in|near)\s$")
_CLUB_AFTER = re.compile(rf"\s(?P<saint>(?:St\.?|Saint)[ -])?(?P<word>{CAPITALISED})(?:-{CAPITALISED})*")


def clubs(text: str, spans: Sequence[Span], tables: IdentityTables) -> Iterator[Span]:
    """Yield clubs whose town was marked apart from the rest of the name, or that were taken for a place."""
    for span in spans:
        start, end = span[:2]
        words = text[start:end].split(" ")
        if words[0] in _FIRST_WORDS and (whole := _whole_club(text, span)):
            yield Span(*whole, EntityType.ORG, JOINED_SCORE)
            continue
        word_before = text[max(0, start - 14) : max(0, start - 1)].rpartition(" ")[2]
        if word_before in _CLUB_BEGINNINGS and text[start - 1] == " ":
            start -= len(word_before) + 1  # "Borussia", and the town
        elif (
            word_before in _CLUB_PREFIXES
            and text[start - 1] == " "
            and key_of(text[start:end]) in tables.cities
        ):
            start -= len(word_before) + 1
        elif words[0] in _CLUB_BEGINNINGS and len(words) == 1:
            end = _next_name_end(text, spans, end)
        elif span.type is EntityType.LOC and text[end : end + 1] == " ":
            end = _club_end(text, spans, span, tables)
        is_club = words[0] in _CLUB_BEGINNINGS or (
            (words[0] in _CLUB_PREFIXES and key_of(" ".join(words[1:])) in tables.cities)
            or (words[-1] in _CLUB_NAMES and key_of(" ".join(words[:-1])) in tables.cities)
        )
        if (start, end) != span[:2] or (is_club and len(words) > 1 and span.type is not EntityType.ORG):
            yield Span(start, end, EntityType.ORG, JOINED_SCORE)


def _whole_club(text: str, span: Span) -> tuple[int, int] | None:
    """Return where a club's whole name is that begins with the mention, which has another type, or None."""
    if _IN_BEFORE.search(text, max(0, span.start - 6), span.start):
        return None
    name = _WHOLE_CLUB.match(text, span.start)
    is_other = name and name.end() >= span.end and span[1:3] != (name.end(), EntityType.ORG)
    return name.span() if name and is_other else None


def _next_name_end(text: str, spans: Sequence[Span], end: int) -> int:
    """Return the end of the capitalised word after `end`, which no longer mention contains, or `end`."""
    after = _CLUB_AFTER.match(text, end)
    if after is None or any(span.end > after.end() for span in overlapping(spans, end, after.end())):
        return end
    return after.end() - 2 * after.group().endswith(("'s", "’s"))


def _club_end(text: str, spans: Sequence[Span], town: Span, tables: IdentityTables) -> int:
    """Return the end of the club's name that begins with the `town`, or the end of the town: "Luton Town"."""
    after = _CLUB_AFTER.match(text, town.end)
    if after is None or key_of(text[town.start : town.end]) not in tables.cities:
        return town.end
    is_saint = after["saint"] is not None and bool(overlapping(spans, town.end, after.end()))
    is_club = is_saint or GENITIVE.sub("", after["word"]) in _CLUB_WORDS
    return _next_name_end(text, spans, town.end) if is_club else town.end
