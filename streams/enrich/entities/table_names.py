"""Table names: mentions that the tables complete where the text leaves no doubt.

A country's fullest name counts ("DR Congo", not "Congo"), an abbreviation with dots is found at the end of a
sentence too, a town with diacritics is a place, and "Dover, Del." are a town and its state.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from streams.enrich.entities.linking.locations import LocationReader
from streams.enrich.entities.linking.tables import IdentityTables, accented_form
from streams.enrich.entities.surfaces import key_of
from streams.enrich.entities.taggers.base import Span
from streams.events import EntityType

TABLE_SCORE = 0.9

_DOTTED = re.compile(r"(?<![\w.])(?:[A-Z]\.){2,6}(?!\w|\sdollars?\b)")
_WORDS_BEFORE = re.compile(r"(?:(?:[A-Z][\w.'’]*|of|the|and)\s){1,4}$")
_WORD = r"[^\W\d_a-zß-öø-ÿ][\w'’]*"
_ACCENTED_RUN = re.compile(
    rf"(?<![\w'’-]){_WORD}(?:[ -](?:(?:de|del|da|do|la|le|les|sur|en|nad)[ -])?{_WORD}){{0,3}}(?![\w-])"
)
_TITLE_OR_NAME_BEFORE = re.compile(r"[A-Z][\w'’]*\.?\s$")


class TableNames:
    """Completes the mentions of one text from the tables."""

    def __init__(self, text: str, tables: IdentityTables) -> None:
        self._text = text
        self._tables = tables
        self._reader = LocationReader(text, tables)
        self.places: set[str] = set()
        """Keys of the names that the text itself makes places: "Gary, Indiana", "Tromsø"."""

    def complete(self, spans: Sequence[Span]) -> list[Span]:
        """Return `spans`, which are in text order, with the names that the tables complete."""
        spans = list(self._split(spans))
        spans = self._with_territories(spans)
        spans = self._with(spans, self._regions(spans))
        spans = self._with(spans, self._dotted())
        if not self._text.isascii():
            spans = self._with_accented(spans)
        return spans

    def _with(self, spans: Sequence[Span], added: Iterator[Span]) -> list[Span]:
        """Return the spans with those of `added` that overlap none."""
        new = [span for span in added if not _overlaps(spans, span.start, span.end)]
        return sorted([*spans, *new]) if new else list(spans)

    def _split(self, spans: Sequence[Span]) -> Iterator[Span]:
        """Yield the spans; two of "Dover, Del." if it was marked as one."""
        for span in spans:
            comma = self._text.find(",", span.start, span.end)
            key = key_of(self._text[span.start : span.end]) if comma > 0 else ""
            if key.replace(",", "") in self._tables.cities:
                comma = -1  # "Washington, D.C." is one name
            location = self._reader.location(span.start, comma) if comma > 0 else None
            if location and location.end >= span.end - 1:
                yield Span(span.start, comma, EntityType.LOC, span.score)
                yield Span(location.start, location.end, EntityType.LOC, span.score)
            else:
                yield span

    def _regions(self, spans: Sequence[Span]) -> Iterator[Span]:
        """Yield the regions that stand beside towns, and note the towns."""
        for span in spans:
            location = self._reader.location(span.start, span.end)
            if location is None or location.city is None:
                continue
            is_right_after = self._text.startswith(", ", span.end) and location.region.code
            if span.type is EntityType.LOC or is_right_after:
                self.places.add(key_of(self._text[span.start : span.end]))
                yield Span(location.start, location.end, EntityType.LOC, TABLE_SCORE)

    def _with_territories(self, spans: Sequence[Span]) -> list[Span]:
        """Return the spans with the places widened to the fullest name of a territory: "DR Congo"."""
        widened: list[Span] = []
        for span in spans:
            start = self._widest_start(span) if span.type is EntityType.LOC else span.start
            while widened and widened[-1].end > start:
                if start == span.start:
                    break
                widened.pop()
            widened.append(span._replace(start=start))
        return widened

    def _widest_start(self, span: Span) -> int:
        tail = key_of(self._text[span.start : span.end])
        if tail not in self._tables.territory_tails:
            return span.start
        before = _WORDS_BEFORE.search(self._text, max(0, span.start - 50), span.start)
        start = before.start() if before else span.start
        while start < span.start:
            territory = self._tables.territories.get(key_of(self._text[start : span.end]))
            if territory and territory.kind != "region" and self._text[start].isupper():
                return start
            start = self._text.index(" ", start) + 1
        return span.start

    def _dotted(self) -> Iterator[Span]:
        """Yield abbreviations of countries with dots: "the U.A.E."."""
        for match in _DOTTED.finditer(self._text):
            territory = self._tables.territories.get(key_of(match.group()))
            if territory and territory.kind != "subdivision":
                type_ = EntityType.ORG if territory.kind == "union" else EntityType.LOC
                yield Span(*match.span(), type_, TABLE_SCORE)

    def _with_accented(self, spans: Sequence[Span]) -> list[Span]:
        """Return the spans with the towns that the tables write with the same diacritics.

        Such a name is a person's beside another capitalised word, and where the article has a full name.
        """
        surnames = {
            self._text[span.start : span.end].rpartition(" ")[2]
            for span in spans
            if span.type is EntityType.PER and " " in self._text[span.start : span.end]
        }
        towns = [
            Span(start, end, EntityType.LOC, TABLE_SCORE)
            for start, end in self._accented_towns()
            if self._text[start:end] not in surnames
        ]
        for town in towns:
            inside = [s for s in spans if s.start < town.end and town.start < s.end]
            if all(town.start <= s.start and s.end <= town.end for s in inside):
                self.places.add(key_of(self._text[town.start : town.end]))
                spans = sorted([*(s for s in spans if s not in inside), town])
        return list(spans)

    def _accented_towns(self) -> Iterator[tuple[int, int]]:
        for run in _ACCENTED_RUN.finditer(self._text):
            name = run.group()
            if name.isascii():
                continue
            is_town = accented_form(name) in self._tables.accented
            before = self._text[max(0, run.start() - 20) : run.start()]
            if is_town and not _TITLE_OR_NAME_BEFORE.search(before):
                yield run.span()


def _overlaps(spans: Sequence[Span], start: int, end: int) -> bool:
    return any(span.start < end and start < span.end for span in spans)
