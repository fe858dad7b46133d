"""Borders of companies: "Marks & Spencer", "Yahoo! Inc." and "Trader Joe's" are one name each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from streams.enrich.entities.lexicon import word_list
from streams.enrich.entities.linking.tables import IdentityTables
from streams.enrich.entities.pieces import (
    CAPITALISED,
    GENITIVE,
    JOINED_SCORE,
    full_name_words,
    is_known_place,
    overlapping,
)
from streams.enrich.entities.surfaces import key_of
from streams.enrich.entities.taggers.base import Span
from streams.events import EntityType

_COMPANY_WORDS = r"(?:\s(?:Co|Bros|Sons|Company)\b\.?)?"
_AMPERSAND = re.compile(rf"(?P<left>{CAPITALISED})\s&\s(?P<right>{CAPITALISED}){_COMPANY_WORDS}")
_WORDS_BEFORE = re.compile(rf"(?:{CAPITALISED}\s){{1,2}}$")

_GENITIVE_COMPANIES = frozenset(map(key_of, word_list("genitive_companies")))
_LEGAL_FORMS = word_list("legal_forms")
_CRY_BEFORE = re.compile(rf"(?:^|[.,;:]\s|\b(?:[a-z]+|[A-Z]\w*)\s)(?P<name>{CAPITALISED})!\s$")
_BEFORE_LEGAL_FORM = re.compile(rf"(?P<name>{CAPITALISED}[!?]?),?\s$")
_CLUB_WORDS = word_list("club_words")


def companies_with_legal_forms(text: str, spans: Sequence[Span], _tables: IdentityTables) -> Iterator[Span]:
    """Yield companies whose legal form was marked apart from the name: "Yahoo! Inc."."""
    for span in spans:
        if span.end - span.start <= 12 and text[span.start : span.end].rstrip(".").casefold() in _LEGAL_FORMS:
            before = _BEFORE_LEGAL_FORM.search(text, max(0, span.start - 60), span.start)
            if before:
                name = overlapping(spans, *before.span("name"))
                start = name[0].start if name else before.start("name")
                yield Span(start, span.end, EntityType.ORG, JOINED_SCORE)
        elif span.type is EntityType.ORG and text.startswith("! ", max(0, span.start - 2)):
            cry = _CRY_BEFORE.search(text, max(0, span.start - 30), span.start)
            if cry and text[span.start : span.end].rpartition(" ")[2].rstrip(".").casefold() in _LEGAL_FORMS:
                yield Span(cry.start("name"), span.end, EntityType.ORG, JOINED_SCORE)  # "Yum! Brands Inc."


def companies_with_ampersand(text: str, spans: Sequence[Span], tables: IdentityTables) -> Iterator[Span]:
    """Yield names with "&" that were marked in pieces, or in part.

    Two places stay two, and so do two people whom the article names in full: "Harris & Walz".
    """
    if " & " not in text:
        return
    people = full_name_words(text, spans)
    for match in _AMPERSAND.finditer(text):
        start, end = match.span()
        names = [GENITIVE.sub("", match[side]) for side in ("left", "right")]
        is_genitive = match.group().endswith(("'s", "’s"))
        end -= 2 * is_genitive
        inside = overlapping(spans, start, end)
        if not inside or (inside[0].start <= start and inside[0].end >= end):
            continue
        surfaces = [text[span.start : span.end] for span in inside]
        are_places = (
            len(inside) == 2
            and all(
                span.type is EntityType.LOC or is_known_place(text[span.start : span.end], tables)
                for span in inside
            )
            and names[0] != names[1]  # "Saatchi & Saatchi"
            and surfaces[-1].rpartition(" ")[2] not in _CLUB_WORDS
        )
        are_people = set(names) <= people and not is_genitive
        are_full_names = len(inside) == 2 and all(
            " " in surface and span.type is EntityType.PER
            for surface, span in zip(surfaces, inside, strict=True)
        )
        if not (are_places or are_people or are_full_names):
            start, end = min(start, inside[0].start), max(end, inside[-1].end)
            yield Span(_longer_start(text, start, end, tables), end, EntityType.ORG, JOINED_SCORE)
        elif _is_territory(text[start:end], tables):
            yield Span(start, end, EntityType.LOC, JOINED_SCORE)


def companies_with_genitive(text: str, spans: Sequence[Span], tables: IdentityTables) -> Iterator[Span]:
    """Yield companies whose names end as a genitive does, with that end: "McDonald's", "Trader Joe's"."""
    for span in spans:
        if not text.startswith(("'s", "’s"), span.end):
            continue
        end = span.end + 2
        if span.type is EntityType.LOC:
            if key_of(text[span.start : end]) in _GENITIVE_COMPANIES:
                yield span._replace(end=end, type=EntityType.ORG)
            continue
        before = _WORDS_BEFORE.search(text, max(0, span.start - 40), span.start)
        if before and " " not in text[span.start : span.end]:
            start = _longer_start(text, span.start, end, tables)
            if start < span.start and not overlapping(spans, start, span.start):
                yield Span(start, end, EntityType.ORG, JOINED_SCORE)
                continue
        if span.type is EntityType.ORG:
            key = key_of(text[span.start : end])
            if key in _GENITIVE_COMPANIES or key in tables.organizations:
                yield span._replace(end=end)


def _is_territory(surface: str, tables: IdentityTables) -> bool:
    return key_of(surface) in tables.territories


def _longer_start(text: str, start: int, end: int, tables: IdentityTables) -> int:
    """Return the start of a longer name of an organisation that ends at `end`: "Bed Bath & Beyond"."""
    words = _WORDS_BEFORE.search(text, max(0, start - 40), start)
    key = key_of(text[words.start() : end]) if words else ""
    is_longer = key in tables.organizations or f"{key} inc" in tables.organizations
    return words.start() if words and is_longer else start
