"""Readings: a name that a place shares with a person or a company, decided at each mention.

"Ruth Jordan flew to Jordan, but Jordan came back": the words beside a mention tell a place from a person. One
type for the whole article cannot.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import NamedTuple

from streams.enrich.entities.lexicon import any_of
from streams.enrich.entities.linking.locations import LocationReader
from streams.enrich.entities.linking.senses import RIVERS, STANDS_ALONE, THE_BEFORE
from streams.enrich.entities.linking.tables import AMBIGUOUS, IdentityTables
from streams.enrich.entities.place_lists import (
    GENITIVE_AFTER,
    NEXT_PLACE,
    PERSON_AFTER,
    WINDOW,
    with_listed_places,
)
from streams.enrich.entities.surfaces import key_of
from streams.enrich.entities.taggers.base import Span
from streams.events import EntityType

_IN_BEFORE = re.compile(
    r"\b(?:in|near|outside|inside|across|throughout|around|via|towards?|into|within|leaving|visit(?:ed|ing|s)?|toured"
    r"|reached|entered|through|between)\s+(?:the\s+)?(?:(?:downtown|central|nearby|neighbou?ring|"
    r"(?:north|south|east|west)\w*)\s+)?$",
    re.IGNORECASE,
)
_TRUST_BEFORE = re.compile(rf"\b{any_of('trust_words')}\s+in\s+$", re.IGNORECASE)
_MOTION_BEFORE = re.compile(
    rf"\b{any_of('motion_words')}\b[^.;:!?\n]{{0,25}}\b(?:to|from|for)\s+$", re.IGNORECASE
)
_PART_BEFORE = re.compile(rf"\b{any_of('place_parts')}\s+of\s+$", re.IGNORECASE)
_KIND_AFTER = re.compile(rf",\s+(?:a|an|the|its)\s+(?:[\w'’-]+\s+){{0,3}}{any_of('place_kinds')}\b")
_STATE_AFTER = re.compile(rf"['’]s?\s+(?:[a-z]+\s+)?{any_of('state_words')}\b")
_OFFICE_AFTER = re.compile(rf"\s+(?:[a-z]+\s+)?{any_of('company_places')}\b|\s+[A-Z]")
_SUBJECT_AFTER = re.compile(
    r"\s+(?:[a-z]+ed|had|has|was|is|came|went|left|took|got|made|gave|won|lost|ran|flew|wore|spoke|thought|knew|felt)\b"
)
_CLAUSE_BEFORE = re.compile(
    r"(?:^|[.!?]\s+|\n\s*|[“\"]|\b(?:but|and|that|when|while|because|as|if|after|before|which)\s+|,\s+)$"
)
_PREPOSITION_BEFORE = re.compile(r"\b(?:in|of|from|near|to|at|around|between|the)\s+$")


def settle_readings(
    text: str,
    spans: Sequence[Span],
    tagged: Sequence[Span],
    tables: IdentityTables,
    reader: LocationReader,
    brands: Collection[str] = (),
) -> list[Span]:
    """Return `spans` with a type for each mention of a name that a place shares with a person or a company.

    `tagged` are the mentions with the types that the tagger gave them one by one. `brands` are names that the
    text uses for a company, though all mentions may be places in `spans`.
    """
    spans = with_listed_places(text, spans)
    shared = _shared_names(text, spans, tables) | _names_with_region(text, spans, reader)
    shared |= dict.fromkeys(brands, _Other(EntityType.ORG, is_brand=True))
    if not shared:
        return list(spans)
    mentions = _MentionReader(text, spans, tagged, tables, reader)
    settled = []
    for span in spans:
        surface = text[span.start : span.end]
        settled.append(mentions.settle(span, shared[surface]) if surface in shared else span)
    return settled


class _Other(NamedTuple):
    """What else the name of a place is in the article: a company, or a part of a person's name."""

    type: EntityType
    is_given_name: bool = False
    is_brand: bool = False


def _shared_names(text: str, spans: Sequence[Span], tables: IdentityTables) -> dict[str, _Other]:
    """Return the places' names that the article has as part of a person's name, or as a company's."""
    shared: dict[str, _Other] = {}
    for surface, type_ in {(text[span.start : span.end], span.type): None for span in spans}:
        if type_ is EntityType.PER and " " in surface:
            words = surface.split()
            if _is_place(words[-1], tables):
                shared[words[-1]] = _Other(EntityType.PER)
            if _is_place(words[0], tables):
                shared.setdefault(words[0], _Other(EntityType.PER, is_given_name=True))
        elif type_ is EntityType.ORG and surface not in shared and _is_place(surface, tables):
            shared[surface] = _Other(EntityType.ORG)
    return shared


def _names_with_region(text: str, spans: Sequence[Span], reader: LocationReader) -> dict[str, _Other]:
    """Return the single words that a mention makes a town, as in "Hershey, Pa.", and others do not."""
    return {
        surface: _Other(span.type)
        for span in spans
        if span.type in (EntityType.ORG, EntityType.PER)
        and text.startswith(", ", span.end)
        and (surface := text[span.start : span.end]).isalpha()
        and (location := reader.location(span.start, span.end))
        and (location.region.code or location.city)
    }


def _is_place(surface: str, tables: IdentityTables) -> bool:
    key = key_of(surface)
    if surface.isupper() or not surface[:1].isupper():
        return _is_land(key, tables) and surface[:1].isupper()
    return key in tables.cities or _is_land(key, tables)


def _is_land(key: str, tables: IdentityTables) -> bool:
    territory = tables.territories.get(key)
    return key in AMBIGUOUS or (territory is not None and territory.kind != "union")


class _MentionReader:
    """Reads the words beside the mentions of one text."""

    def __init__(
        self,
        text: str,
        spans: Sequence[Span],
        tagged: Sequence[Span],
        tables: IdentityTables,
        locations: LocationReader,
    ) -> None:
        self._text = text
        self._tables = tables
        self._tagged = {span[:2]: span.type for span in tagged}
        self._places = {span.end: span for span in spans if span.type is EntityType.LOC}
        self._locations = locations
        self._found: set[str] = set()
        """Names that were a place at an earlier mention."""

    def settle(self, span: Span, other: _Other) -> Span:
        """Return `span` as a place or as the `other` thing, as the words beside it say."""
        type_ = self._type(span, other)
        return span if type_ is span.type else span._replace(type=type_)

    def _type(self, span: Span, other: _Other) -> EntityType:
        surface = self._text[span.start : span.end]
        if self._is_place(span, other.type):
            self._found.add(surface)
            return EntityType.LOC
        if other.is_brand:
            is_part = _PREPOSITION_BEFORE.search(self._text, max(0, span.start - 10), span.start)
            return span.type if is_part else EntityType.ORG
        tagged = self._tagged.get(span[:2], span.type)
        if other.type is EntityType.PER and PERSON_AFTER.match(self._text, span.end):
            return EntityType.PER
        if other.is_given_name and surface in self._found:
            return EntityType.LOC  # news calls people by their surnames
        if other.type is EntityType.PER and tagged is EntityType.LOC and self._is_subject(span):
            return EntityType.PER
        return tagged if other.type is tagged or self._may_be_place(tagged, other) else span.type

    def _may_be_place(self, tagged: EntityType, other: _Other) -> bool:
        """Return True if the tagger alone may make a place of a name that some person has.

        A company keeps its type: the tagger knows its short name less than its full one.
        """
        return tagged is EntityType.LOC and other.type is EntityType.PER

    def _is_place(self, span: Span, other: EntityType) -> bool:
        text, start, end = self._text, *span[:2]
        before = text[max(0, start - WINDOW) : start]
        if _KIND_AFTER.match(text, end) or self._locations.location(start, end):
            return True
        if other is EntityType.ORG:
            if THE_BEFORE.search(before) and key_of(text[start:end]) in RIVERS:
                is_in_land = _IN_BEFORE.search(before) and not _OFFICE_AFTER.match(text, end)
                return bool(is_in_land or STANDS_ALONE.match(text, end))
            if THE_BEFORE.search(before) or not STANDS_ALONE.match(text, end):
                return False
        elif _STATE_AFTER.match(text, end):
            return True
        elif GENITIVE_AFTER.match(text, end):
            return False
        is_in = _IN_BEFORE.search(before) and not _TRUST_BEFORE.search(before)
        if is_in or _MOTION_BEFORE.search(before) or _PART_BEFORE.search(before):
            return True
        is_land = other is EntityType.PER and _is_land(key_of(text[start:end]), self._tables)
        return is_land and self._follows_place(start)

    def _follows_place(self, start: int) -> bool:
        """Return True after another place in a list: "Syria and Jordan"."""
        separator = NEXT_PLACE.search(self._text, max(0, start - 7), start)
        place = self._places.get(separator.start()) if separator else None
        return place is not None and _is_land(key_of(self._text[place.start : place.end]), self._tables)

    def _is_subject(self, span: Span) -> bool:
        """Return True if the mention begins a clause and a verb follows: "but Jordan came back"."""
        before = self._text[max(0, span.start - WINDOW) : span.start]
        return bool(_SUBJECT_AFTER.match(self._text, span.end) and _CLAUSE_BEFORE.search(before))
