"""The rules tagger: mentions by the identity tables and by the shapes that names have in English news.

It needs no model file. Countries, demonyms, large cities and known organisations come from the tables. Other
names are runs of capitalised words; their last word and the title before them tell the type.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import streams
from streams.enrich.entities.lexicon import word_list
from streams.enrich.entities.linking.tables import IdentityTables
from streams.enrich.entities.surfaces import key_of
from streams.enrich.entities.taggers.base import Span
from streams.events import Component, EntityType

CITY_POPULATION = 250_000
"""The name of a city of this population is a place wherever it stands."""

MAX_TABLE_WORDS = 8
"""Words of the longest names that are looked up in the tables. Longer ones are rare."""

TABLE_SCORE, SHAPE_SCORE = 0.9, 0.6

HEADS = (
    (word_list("org_heads"), EntityType.ORG),
    (word_list("loc_heads"), EntityType.LOC),
    (word_list("misc_heads"), EntityType.MISC),
)
TITLES, ROLE_NOUNS = word_list("titles"), word_list("role_nouns")
SENTENCE_OPENERS, COMPLEMENTS = word_list("sentence_openers"), word_list("role_complements")
LINKS = word_list("name_links")

_LINK = f"(?:{'|'.join(sorted(LINKS))})"
_RUN = re.compile(rf"[A-Z][\w'’&-]*(?:\.(?=\w))?[\w.'’&-]*(?:[ ](?:{_LINK}[ ]){{0,2}}[A-Z][\w.'’&-]*)*")
_WORD = re.compile(r"\S+")
_SENTENCE_START = re.compile(r"(?:^|[.!?:]['\"”’)]*\s+|\n\s*|[“\"‘(]\s*)$")
_LAST_OF_NAME = re.compile(r"[,;:]$|[^\W\d_]{3}\.$")
_ACRONYM = re.compile(r"[A-Z]{2,6}s?$")


class _Word(NamedTuple):
    text: str
    start: int
    end: int


class RuleTagger:
    """Finds mentions by the tables and by the shapes of names; a MentionTagger."""

    provenance = Component(name="rules", version=streams.__version__)

    def __init__(self, tables: IdentityTables) -> None:
        self._tables = tables
        self._cities = {
            key for key, cities in tables.cities.items() if cities[0].population >= CITY_POPULATION
        }

    def mentions(self, texts: Sequence[str]) -> list[list[Span]]:
        """Return the mentions of each text, in order, without overlaps and within the text."""
        return [list(self._mentions(text)) for text in texts]

    def _mentions(self, text: str) -> Iterator[Span]:
        surnames: set[str] = set()
        for run in _RUN.finditer(text):
            words = [
                _Word(m.group(), m.start(), m.end()) for m in _WORD.finditer(text, run.start(), run.end())
            ]
            starts_sentence = bool(_SENTENCE_START.search(text[max(0, run.start() - 6) : run.start()]))
            for span in self._split_run(text, words, starts_sentence, surnames):
                if span.type is EntityType.PER:
                    surnames.add(text[span.start : span.end].rsplit(" ", 1)[-1])
                yield span

    def _split_run(
        self, text: str, words: list[_Word], starts_sentence: bool, surnames: set[str]
    ) -> Iterator[Span]:
        """Yield the names in one run of capitalised words, such as "US President Joe Biden"."""
        i = 0
        after_title = False
        while i < len(words):
            word = words[i].text.rstrip(".,").casefold()
            if word in LINKS or word in SENTENCE_OPENERS:
                i += 1
                continue
            in_tables = self._look_up(text, words, i)
            if in_tables:
                span, i = in_tables
                yield span
                after_title = False
                continue
            if word in TITLES or word in ROLE_NOUNS or (after_title and word in COMPLEMENTS):
                i, after_title = i + 1, True
                continue
            end = self._name_end(text, words, i)
            type_ = _type_by_shape(words[i:end], after_title, starts_sentence and i == 0, surnames)
            if type_:
                yield Span(words[i].start, words[end - 1].end, type_, SHAPE_SCORE)
            i, after_title = end, False

    def _name_end(self, text: str, words: list[_Word], first: int) -> int:
        """Return the index after the last word of the name that begins at the word `first`."""
        end = first + 1
        while end < len(words) and not (
            _LAST_OF_NAME.search(words[end - 1].text) or self._look_up(text, words, end)
        ):
            if words[end].text.casefold().rstrip(".") in TITLES:
                break
            end += 1
        while end > first + 1 and words[end - 1].text.casefold() in LINKS:
            end -= 1
        return end

    def _look_up(self, text: str, words: list[_Word], first: int) -> tuple[Span, int] | None:
        """Return the longest name of the tables that begins at the word `first`, and the index after it."""
        for end_word in range(min(len(words), first + MAX_TABLE_WORDS), first, -1):
            end = words[end_word - 1].end
            surface = text[words[first].start : end]
            if surface.endswith(("'s", "’s")):
                surface, end = surface[:-2], end - 2
            type_ = self._table_type(key_of(surface.rstrip(",;:'’")), surface)
            if type_:
                return Span(words[first].start, end, type_, TABLE_SCORE), end_word
        return None

    def _table_type(self, key: str, surface: str) -> EntityType | None:
        tables = self._tables
        territory = tables.territories.get(key)
        if territory and (key not in tables.dotted or surface.endswith(".")):
            return EntityType.ORG if territory.kind == "union" else EntityType.LOC
        if key in tables.demonyms:
            return EntityType.MISC
        if key in self._cities:
            return EntityType.LOC
        if key in tables.organizations and (" " in key or (surface.isupper() and len(surface) > 2)):
            return EntityType.ORG
        return None


def _type_by_shape(
    words: list[_Word], after_title: bool, starts_sentence: bool, surnames: set[str]
) -> EntityType | None:
    """Return the type that the words of a name tell, or None if they need not be a name."""
    plain = [word.text.rstrip(".,;:").removesuffix("'s").removesuffix("’s") for word in words]
    lower = [word.casefold() for word in plain]
    for heads, type_ in HEADS:
        if len(plain) > 1 and (lower[-1] in heads or (lower[0] in heads and "of" in lower)):
            return type_
    if after_title or plain[-1] in surnames:
        return EntityType.PER
    if len(plain) == 1:
        return EntityType.ORG if _ACRONYM.match(plain[0]) and not starts_sentence else None
    names = [word for word in plain if word.casefold() not in LINKS]
    if all(word.isupper() for word in names) or "for" in lower or "the" in lower:
        return None
    has_digits = any(character.isdigit() for word in names for character in word)
    return EntityType.PER if 2 <= len(names) <= 4 and not has_digits else None
