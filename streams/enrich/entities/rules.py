"""The tagger that needs no trained model: gazetteers, and the shapes that names have in English news.

It stands in where no model is installed. Countries, demonyms, large cities and known organisations come
from the identity tables; other names are runs of capitalised words, told apart by what they end in and by the
title before them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import streams
from streams.enrich.entities.lexicon import words
from streams.enrich.entities.linking.identities import Identities
from streams.enrich.entities.surfaces import key_of
from streams.enrich.entities.taggers.base import Span
from streams.events import Component, EntityType

# A city this large is taken for a city wherever its name stands.
CITY_POPULATION = 250_000

# Words a run of capitals is looked up in from its longest to its shortest part; longer names are rare.
LONGEST = 8

_LINK = r"(?:of|for|de|da|do|dos|del|della|di|la|le|du|des|bin|ibn|al|el|van|von|der|den|y|e|the|&)"
_RUN = re.compile(rf"[A-Z][\w'’&-]*(?:\.(?=\w))?[\w.'’&-]*(?:[ ](?:{_LINK}[ ]){{0,2}}[A-Z][\w.'’&-]*)*")
_WORD = re.compile(r"\S+")
_SENTENCE_START = re.compile(r"(?:^|[.!?:]['\"”’)]*\s+|\n\s*|[“\"‘(]\s*)$")
_ENDS = re.compile(r"[,;:]$|[^\W\d_]{3}\.$")  # a name does not go on after these
_ACRONYM = re.compile(r"[A-Z]{2,6}s?$")

HEADS = (
    (words("org_heads"), EntityType.ORG),
    (words("loc_heads"), EntityType.LOC),
    (words("misc_heads"), EntityType.MISC),
)
TITLES, ROLES, OPENERS = words("titles"), words("roles"), words("openers")
COMPLEMENTS = words("complements")
LINKS = frozenset(_LINK[3:-1].split("|"))


class RuleTagger:
    """Finds mentions by gazetteer and name shape; a MentionTagger."""

    provenance = Component(name="rules", version=streams.__version__)

    def __init__(self, identities: Identities) -> None:
        self._identities = identities
        self._cities = {
            key for key, bearers in identities.cities.items() if bearers[0].population >= CITY_POPULATION
        }

    def mentions(self, texts: Sequence[str]) -> list[list[Span]]:
        """The mentions of each text, in order, not overlapping and within the text."""
        return [list(self._mentions(text)) for text in texts]

    def _mentions(self, text: str) -> Iterator[Span]:
        people: set[str] = set()
        for run in _RUN.finditer(text):
            tokens = [(m.group(), m.start(), m.end()) for m in _WORD.finditer(text, run.start(), run.end())]
            at_start = bool(_SENTENCE_START.search(text[max(0, run.start() - 6) : run.start()]))
            for span in self._split(text, tokens, at_start, people):
                if span.type is EntityType.PER:
                    people.add(text[span.start : span.end].rsplit(" ", 1)[-1])
                yield span

    def _split(
        self, text: str, tokens: list[tuple[str, int, int]], at_start: bool, people: set[str]
    ) -> Iterator[Span]:
        """The names in one run of capitalised words, such as "US President Joe Biden"."""
        i = 0
        titled = False
        while i < len(tokens):
            word = tokens[i][0].rstrip(".,").casefold()
            if word in LINKS or word in OPENERS:
                i += 1
                continue
            known = self._known(text, tokens, i)
            if known:
                yield known[0]
                i, titled = known[1], False
                continue
            if word in TITLES or word in ROLES or (titled and word in COMPLEMENTS):
                i, titled = i + 1, True
                continue
            j = i + 1
            while j < len(tokens) and not (_ENDS.search(tokens[j - 1][0]) or self._known(text, tokens, j)):
                if tokens[j][0].casefold().rstrip(".") in TITLES:
                    break
                j += 1
            while j > i + 1 and tokens[j - 1][0].casefold() in LINKS:
                j -= 1
            type_ = self._shape(tokens[i:j], titled, at_start and i == 0, people)
            if type_:
                yield Span(tokens[i][1], tokens[j - 1][2], type_, 0.6)
            i, titled = j, False

    def _known(self, text: str, tokens: list[tuple[str, int, int]], i: int) -> tuple[Span, int] | None:
        """The longest name from the tables that begins at token I, and the index after it."""
        for j in range(min(len(tokens), i + LONGEST), i, -1):
            surface = text[tokens[i][1] : tokens[j - 1][2]]
            end = tokens[j - 1][2]
            if surface.endswith(("'s", "’s")):
                surface, end = surface[:-2], end - 2
            type_ = self._table_type(key_of(surface.rstrip(",;:'’")), surface)
            if type_:
                return Span(tokens[i][1], end, type_, 0.9), j
        return None

    def _table_type(self, key: str, surface: str) -> EntityType | None:
        tables = self._identities
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

    @staticmethod
    def _shape(
        tokens: list[tuple[str, int, int]], titled: bool, at_start: bool, people: set[str]
    ) -> EntityType | None:
        """The type that the words of a name tell, or None where they do not tell a name."""
        plain = [word.rstrip(".,;:").removesuffix("'s").removesuffix("’s") for word, _, _ in tokens]
        lower = [word.casefold() for word in plain]
        for heads, type_ in HEADS:
            if len(plain) > 1 and (lower[-1] in heads or (lower[0] in heads and "of" in lower)):
                return type_
        if titled or plain[-1] in people:
            return EntityType.PER
        if len(plain) == 1:
            return EntityType.ORG if _ACRONYM.match(plain[0]) and not at_start else None
        names = [word for word in plain if word.casefold() not in LINKS]
        if all(word.isupper() for word in names) or "for" in lower or "the" in lower:
            return None
        digits = any(c.isdigit() for word in names for c in word)
        return EntityType.PER if 2 <= len(names) <= 4 and not digits else None
