"""Table names: mentions that the tables complete where the text leaves no doubt.

A country's fullest name counts ("DR Congo", not "Congo"), an abbreviation with dots is found at the end of a
sentence too, a town with diacritics is a place, and "Dover, Del." are a town and its state.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from streams.enrich.entities.linking.locations import LocationReader
from streams.enrich.entities.linking.tables import IdentityTables, accented_form
from streams.enrich.entities.surfaces import key_of
from streams.enrich.entities.taggers.base import Span
from streams.events import EntityType

TABLE_SCORE = 0.9

LONGEST_TOWN = 40
"""Characters of a town's name on each side of a letter with a diacritic."""

_DOTTED = re.compile(r"[A-Z]\.(?:[A-Z]\.){1,5}(?!\w|\sdollars?\b)")
_ACCENTED = re.compile(r"[À-ÖØ-öø-ɏȘ-țḀ-ỿ]")
_WORDS_BEFORE = re.compile(r"(?:(?:[A-Z][\w.'’]*|of|the|and)\s){1,4}\Z")
_UNSPACED = re.compile(r"\S+")
_WORD = r"[^\W\d_a-zß-öø-ÿ][\w'’]*"
_ACCENTED_RUN = re.compile(
    rf"(?<![\w'’-]){_WORD}(?:[ -](?:(?:de|del|da|do|la|le|les|sur|en|nad)[ -])?{_WORD}){{0,3}}(?![\w-])"
)
_TITLE_OR_NAME_BEFORE = re.compile(r"(?:[A-Z][\w'’]*|\b(?:[A-Z][a-z]{0,2}|Prof|Capt)\.)\s$")


class TableNames:
    """Completes the mentions of one text from the tables."""

    def __init__(self, text: str, tables: IdentityTables, reader: LocationReader) -> None:
        self._text = text
        self._tables = tables
        self._reader = reader
        self.places: set[str] = set()
        """Keys of the names that the text itself makes places: "Gary, Indiana", "Tromsø"."""

    def complete(self, spans: Sequence[Span]) -> list[Span]:
        """Return `spans`, which are in text order, with the names that the tables complete."""
        spans = list(self._split(spans))
        spans = self._with_territories(spans)
        spans = self._with_regions(spans)
        spans = self._with(spans, self._dotted())
        if not self._text.isascii():
            spans = self._with_accented(spans)
        return spans

    def _with(self, spans: Sequence[Span], added: Iterator[Span]) -> list[Span]:
        """Return the spans with those of `added` that overlap none."""
        starts = [span.start for span in spans]
        new = []
        for span in added:
            index = bisect_left(starts, span.end)  # of the first mention after it
            if index == 0 or spans[index - 1].end <= span.start:
                new.append(span)
        return sorted({*spans, *new}) if new else list(spans)

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

    def _with_regions(self, spans: Sequence[Span]) -> list[Span]:
        """Return the spans with the regions that stand beside towns, as places, with the dot of "Miss."."""
        regions = {region.start: region for region in self._regions(spans)}
        if not regions:
            return list(spans)
        marked = []
        for span in spans:
            region = regions.get(span.start, span)
            marked.append(region if region.end >= span.end else span)
        return self._with(marked, iter(regions.values()))

    def _regions(self, spans: Sequence[Span]) -> Iterator[Span]:
        """Yield the regions that stand beside towns, and note the towns."""
        for span in spans:
            is_right_after = self._text.startswith(", ", span.end)
            if span.type is not EntityType.LOC and not is_right_after:
                continue
            location = self._reader.location(span.start, span.end)
            if location is None or (location.city is None and span.type is not EntityType.LOC):
                continue
            if location.city is None:
                yield Span(location.start, location.end, EntityType.LOC, TABLE_SCORE)
            elif span.type is EntityType.LOC or location.region.code:
                self.places.add(key_of(self._text[span.start : span.end]))
                yield Span(location.start, location.end, EntityType.LOC, TABLE_SCORE)

    def _with_territories(self, spans: Sequence[Span]) -> list[Span]:
        """Return the spans with the places widened to the fullest name of a territory: "DR Congo"."""
        widened: list[Span] = []
        for span in spans:
            if span.type is EntityType.LOC and (start := self._widest_start(span)) < span.start:
                while widened and widened[-1].end > start:
                    widened.pop()
                span = span._replace(start=start)
            widened.append(span)
        return widened

    def _widest_start(self, span: Span) -> int:
        tail = key_of(self._text[span.start : span.end])
        if tail not in self._tables.territory_tails:
            return span.start
        before = _WORDS_BEFORE.search(self._text, max(0, span.start - 50), span.start)
        for word in _UNSPACED.finditer(self._text, before.start(), span.start) if before else ():
            start = word.start()
            territory = self._tables.territories.get(key_of(self._text[start : span.end]))
            begins_name = self._text[start].isupper() and not self._text.startswith("The ", start)
            if begins_name and territory and territory.kind != "region":
                return start
        return span.start

    def _dotted(self) -> Iterator[Span]:
        """Yield abbreviations of countries with dots: "the U.A.E."."""
        for match in _DOTTED.finditer(self._text):
            territory = self._tables.territories.get(key_of(match.group()))
            before = self._text[match.start() - 1 : match.start()]
            begins_word = not (before.isalnum() or before == ".")
            if begins_word and territory and territory.kind != "subdivision":
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
        starts = [span.start for span in spans]
        kept = dict.fromkeys(spans)
        for start, end in self._accented_towns():
            if self._text[start:end] in surnames:
                continue
            first = bisect_left(starts, start)
            inside = spans[first : bisect_left(starts, end)]
            begins_before = first > 0 and spans[first - 1].end > start
            if not begins_before and all(span.end <= end for span in inside):
                self.places.add(key_of(self._text[start:end]))
                for span in inside:
                    del kept[span]
                kept[Span(start, end, EntityType.LOC, TABLE_SCORE)] = None
        return sorted(kept)

    def _accented_towns(self) -> Iterator[tuple[int, int]]:
        end_of_last = 0
        for letter in _ACCENTED.finditer(self._text):
            if letter.start() < end_of_last:
                continue
            window = max(end_of_last, letter.start() - LONGEST_TOWN), letter.end() + LONGEST_TOWN
            runs = _ACCENTED_RUN.finditer(self._text, *window)
            run = next((run for run in runs if run.end() > letter.start()), None)
            if run is None or run.start() > letter.start():
                continue
            end_of_last = run.end()
            name = run.group().removesuffix("'s").removesuffix("’s")
            is_town = accented_form(name) in self._tables.accented
            before = self._text[max(0, run.start() - 20) : run.start()]
            if is_town and not _TITLE_OR_NAME_BEFORE.search(before):
                yield run.start(), run.start() + len(name)
