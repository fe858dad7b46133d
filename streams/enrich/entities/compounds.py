"""Compounds: names with hyphens, such as "Stratford-upon-Avon" and "Rosa-Lena Brandt-Kohl", are one name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from streams.enrich.entities.lexicon import word_list
from streams.enrich.entities.linking.tables import IdentityTables
from streams.enrich.entities.pieces import GENITIVE, JOINED_SCORE, is_known_place, overlapping
from streams.enrich.entities.surfaces import LONGEST_NAME, key_of
from streams.enrich.entities.taggers.base import Span
from streams.events import EntityType

_LINK = rf"[-‑](?:{'|'.join(sorted(word_list('place_links')))})[-‑]"
_PLACE_LINK = re.compile(_LINK, re.IGNORECASE)
_SURE_LINK = re.compile(r"[-‑](?:am|lès|sous|sur|under|upon)[-‑](?=[^\W\d_a-z])")
_PLACE_NAME = re.compile(rf"\S+{_LINK}\S+", re.IGNORECASE)
_COMPOUND_BEFORE = re.compile(r"[\w'’‑-]+$")
_COMPOUND_AFTER = re.compile(r"[\w’'‑-]{0,60}[\w]")
_PLACE_PARTS = word_list("loc_heads") | word_list("place_name_words")
_PLACE_BEFORE = re.compile(r"\b(?:in|at|near|the|of|from)\s+$", re.IGNORECASE)
_HYPHENS = ("-", "‑")


def compounds(text: str, spans: Sequence[Span], tables: IdentityTables) -> Iterator[Span]:
    """Yield names with hyphens that were marked in pieces, or in part.

    A hyphen between two names that stand alone elsewhere is a border: "the US-China talks".
    """
    if "-" not in text and "‑" not in text:
        return
    for link in _SURE_LINK.finditer(text):
        before = _COMPOUND_BEFORE.search(text, max(0, link.start() - 40), link.start())
        after = _COMPOUND_AFTER.match(text, link.end())
        if before and after and before.group()[0].isupper():
            end = after.end() - 2 * after.group().endswith(("'s", "’s"))
            if not overlapping(spans, before.start(), end):
                yield Span(before.start(), end, EntityType.LOC, JOINED_SCORE)
    for span in spans:
        if text[span.end : span.end + 1] in _HYPHENS or text[span.start - 1 : span.start] in _HYPHENS:
            start, end = _whole_compounds(text, spans, span)
            inside = overlapping(spans, start, end)
            if len(inside) > 1 and key_of(text[start:end]) in tables.territories:
                yield Span(start, end, EntityType.LOC, JOINED_SCORE)  # "Congo-Brazzaville"
            elif _PLACE_LINK.search(text, start, end) and " " not in text[start:end]:
                yield Span(start, end, EntityType.LOC, JOINED_SCORE)
            elif (start, end) != span[:2] and _is_one_name(text[start:end], tables):
                are_parts = len(inside) > 1
                if not are_parts or _is_one_person(text[start:end], inside):
                    yield Span(start, end, EntityType.PER if are_parts else span.type, JOINED_SCORE)
        elif type_ := _better_type(text, span, tables):
            yield span._replace(type=type_, score=JOINED_SCORE)


def _whole_compounds(text: str, spans: Sequence[Span], span: Span) -> tuple[int, int]:
    """Return the stretch from `span` that cuts neither a compound nor another mention."""
    start, end = span[:2]
    while end - start < LONGEST_NAME:
        before = _COMPOUND_BEFORE.search(text, max(0, start - 60), start)
        after = _COMPOUND_AFTER.match(text, end)
        wider = (
            before.start() if before and text[start - 1] in _HYPHENS else start,
            after.end() if after and text[end] in _HYPHENS else end,
        )
        genitive = GENITIVE.search(text, *wider)
        if genitive and genitive.end() == wider[1]:
            wider = (wider[0], genitive.start())
        inside = overlapping(spans, *wider)
        wider = (min(wider[0], inside[0].start), max(wider[1], inside[-1].end))
        if wider == (start, end):
            return wider
        start, end = wider
    return span[:2]


def _is_one_name(surface: str, tables: IdentityTables) -> bool:
    """Return True for several capitalised words and a hyphen, none of whose sides is a place."""
    words = surface.split()
    parts = [part for word in words for part in re.split("[-‑]", word)]
    compound_parts = [part for word in words for part in re.split("[-‑]", word) if part != word]
    return (
        len(words) > 1
        and all(part[:1].isupper() for part in parts)
        and not any(is_known_place(part, tables) for part in compound_parts)
    )


def _better_type(text: str, span: Span, tables: IdentityTables) -> EntityType | None:
    """Return the type of a name with hyphens where the words tell another than it was marked with."""
    if span.type is not EntityType.LOC:
        is_place = _PLACE_NAME.fullmatch(text, span.start, span.end)
        return EntityType.LOC if is_place else None
    surface = text[span.start : span.end]
    if (
        "-" not in surface
        or " " not in surface
        or _PLACE_BEFORE.search(text, max(0, span.start - 6), span.start)
    ):
        return None
    return EntityType.PER if _may_be_person(surface, tables) else None


def _may_be_person(surface: str, tables: IdentityTables) -> bool:
    """Return True if no place seems to have the name: "Phoebe Waller-Bridge", but not "Port Saint-Louis"."""
    if _PLACE_LINK.search(surface):
        return False
    words = surface.split(" ")
    parts = [part for word in words for part in word.split("-")]
    return (
        all(part[:1].isupper() and not part.isupper() for part in parts)
        and _PLACE_PARTS.isdisjoint(word.casefold() for word in (*words, *(w.split("-")[0] for w in words)))
        and not any(is_known_place(part, tables) for part in (*words, *parts))
    )


def _is_one_person(surface: str, inside: Sequence[Span]) -> bool:
    return surface.count("-") > 1 or any(span.type is EntityType.PER for span in inside)
