"""The sense of a place's name in a text: the place itself, its team or its language.

The words around the name tell it. senses.toml has the lists.
"""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files

from streams.enrich.entities.clusters import Cluster
from streams.enrich.entities.lexicon import word_list
from streams.enrich.entities.taggers.base import Span
from streams.events import EntityType

_LISTS: dict[str, list[str]] = tomllib.loads(
    files("streams.enrich.entities.linking").joinpath("senses.toml").read_text(encoding="utf-8")
)


def _any_of(name: str) -> str:
    """Return a regular expression group of the alternatives in the list called `name`."""
    return f"(?:{'|'.join(_LISTS[name])})"


SPORT = re.compile(rf"\b{_any_of('sport_words')}\b")
SHARED_SPORT = re.compile(rf"\b{_any_of('shared_sport_words')}\b")

WEAK_SPORT = re.compile(_any_of("weak_sport_words"))
SCORE = re.compile(r"(?<![\d-])\d{1,3}[-–]\d{1,3}(?![\d-])")

WORDS_PER_SPORT_WORD = 80
"""A text is a sports report when it has one sport word, and one more for every 80 words.

A word that other news has too, such as captain, needs another word beside it, or a score.
"""

TEAM_AFTER = re.compile(rf"(?:['’]s)?\s+(?:national\s+)?(?:\w+\s+)?{_any_of('team_roles')}\b")
OPPONENT_BEFORE = re.compile(
    rf"\b(?i:vs\.?|versus|{_any_of('matches')}\s+(?:against|with))\s+$|[A-Z]\w+\s+(?:beat|defeated)\s+$"
)
OPPONENT_AFTER = re.compile(
    r"\s+(?:vs\.?|versus)\s|\s+(?:leading|trailing)\b|\s+scores?\b|\s+(?:beat|defeated)\s+[A-Z]"
)

LANGUAGE_AFTER = re.compile(
    rf"[\s-]*{_any_of('language_nouns')}|\s+(?:is|was)\s+(?:\w+\s+){{1,4}}language\b", re.IGNORECASE
)
LANGUAGE_BEFORE = re.compile(
    rf"\b{_any_of('language_verbs')}\s+(?:{_any_of('language_quantifiers')}\s+)?"
    r"(?:[A-Z]\w+(?:,\s+(?:and\s+)?|\s+and\s+))*$"
)
IN_BEFORE = re.compile(r"\b(?:in|into|from)\s+$")
NO_NOUN_AFTER = re.compile(r"\s*(?:[.,;:)”\"]|and\b|or\b|$)")

TOWN_BEFORE = re.compile(r"\b(?:towns?|villages?|hamlet|suburb|neighbou?rhood) of\s+$", re.IGNORECASE)
THE_BEFORE = re.compile(r"\b[Tt]he\s+$")
STANDS_ALONE = re.compile(
    r"\s*(?:[.,;:!?)”\"\n]|$)|\s+(?:[a-z]+ed|has|had|have|is|are|was|were|will|would|can|could|must|may|and|or|but|in|at"
    r"|on|near|to|for|from|with|by|as|that|which|where|when|while|because|since|after|before|river|basin|rain|forest"
    r"|rainforest|jungle|region|delta|rose|fell|flows?|burns?|said|says)\b"
)
"""What follows a name that is not the first part of a longer noun phrase."""

LOCATIVE_BEFORE = re.compile(rf"\b{_any_of('locatives')}\s+$", re.IGNORECASE)


RIVERS = word_list("rivers")


class Senses:
    """Tells the sense of names from the words of one text."""

    def __init__(self, text: str) -> None:
        self._text = text
        words = SPORT.findall(text)
        least = 1 + len(text.split()) // WORDS_PER_SPORT_WORD
        may_be = least <= 2 or 3 * len(words) >= least  # a long report has words that no other news has
        shared = SHARED_SPORT.findall(text) if may_be else []
        enough = len(words) + len(shared) / 2 >= least
        is_weak = len({*words, *shared}) == 1 and all(map(WEAK_SPORT.fullmatch, words))
        self.is_sport = enough and (not is_weak or SCORE.search(text) is not None)

    def is_team(self, cluster: Cluster) -> bool:
        """Return True if the name of a place stands for its team.

        In a sports report it does unless the text says "in France"; in other news most mentions must say so.
        """
        if not self.is_sport:
            return 2 * sum(self._is_opponent(span) for span in cluster.spans) > len(cluster.spans)
        if cluster.type is EntityType.MISC:
            return any(key.endswith("s") for key in cluster.keys)
        return cluster.type is EntityType.ORG or not all(self._is_locative(span) for span in cluster.spans)

    def _is_opponent(self, span: Span) -> bool:
        """Return True if the words beside a mention make it a team's: "Brazil vs Croatia"."""
        return bool(
            TEAM_AFTER.match(self._text, span.end)
            or OPPONENT_AFTER.match(self._text, span.end)
            or OPPONENT_BEFORE.search(self._text, max(0, span.start - 20), span.start)
        )

    def is_river(self, cluster: Cluster) -> bool:
        """Return True if a mention means the river of a state's name: "the Mississippi has risen"."""
        return not RIVERS.isdisjoint(cluster.keys) and any(
            THE_BEFORE.search(self._text, max(0, span.start - 5), span.start)
            and STANDS_ALONE.match(self._text, span.end)
            for span in cluster.spans
        )

    def is_town(self, cluster: Cluster) -> bool:
        """Return True if the text calls the place of a country's name a town: "the village of Lebanon"."""
        return any(
            TOWN_BEFORE.search(self._text, max(0, span.start - 20), span.start) for span in cluster.spans
        )

    def is_language(self, cluster: Cluster) -> bool:
        """Return True if most mentions of a demonym name a language: "speaks Spanish", "out in Spanish"."""
        return 2 * sum(self._names_language(span) for span in cluster.spans) > len(cluster.spans)

    def _names_language(self, span: Span) -> bool:
        before = self._text[max(0, span.start - 64) : span.start]
        return bool(
            LANGUAGE_AFTER.match(self._text, span.end)
            or LANGUAGE_BEFORE.search(before)
            or (IN_BEFORE.search(before) and NO_NOUN_AFTER.match(self._text, span.end))
        )

    def _is_locative(self, span: Span) -> bool:
        return bool(LOCATIVE_BEFORE.search(self._text, max(0, span.start - 16), span.start))
