"""The words of an article's opening: where they stand, and which kinds of entities are named there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.enrich.folding import fold_characters
from streams.enrich.labels.scoring import LEAD_CHARACTERS
from streams.events import Entity, EntityType, TaggedArticle

READ_WORDS = 450
"""Words that are read: news says at its opening what it is about."""

BREAK = "¶"
"""The word that stands for punctuation and line ends between two words."""

KINDS = 8
"""Kinds of entities that `_kind` tells apart, with 0 for words outside of names."""

HEADLINE, LEAD, BODY = range(3)

_WORD = re.compile(r"\S+")


class Words(NamedTuple):
    """Folded words, and for each the kind of entity that is named there, and its part of the article."""

    forms: list[str]
    kinds: NDArray[np.int8]
    parts: NDArray[np.int8]


def read_words(article: TaggedArticle) -> Words:
    """Return the first words of the article."""
    forms: list[str] = []
    starts: list[int] = []
    last = 0
    for word in _WORD.finditer(fold_characters(article.text)):
        if forms and word.start() - last > 1:
            forms.append(BREAK)
            starts.append(last)
        forms.append(word[0])
        starts.append(word.start())
        last = word.end()
        if len(forms) >= READ_WORDS:
            break
    forms, places = forms[:READ_WORDS], np.array(starts[:READ_WORDS], np.int64)
    headline = article.headline or ""
    headline_end = len(headline) if article.text.startswith(headline) else 0
    parts = np.where(places < headline_end, HEADLINE, np.where(places < LEAD_CHARACTERS, LEAD, BODY))
    return Words(forms, _kinds(forms, places, article.entities), parts.astype(np.int8))


def _kinds(forms: list[str], starts: NDArray[np.int64], entities: Sequence[Entity]) -> NDArray[np.int8]:
    kinds = np.zeros(len(forms), np.int8)
    for entity in entities:
        for mention in entity.mentions:
            first, last = np.searchsorted(starts, (mention.start, mention.end))
            kinds[first:last] = _kind(entity)
    kinds[[form == BREAK for form in forms]] = 0
    return kinds


def _kind(entity: Entity) -> int:
    """Return 1 for people, 2 and 3 for organisations without and with a Wikidata id, 4 and 5 for countries
    and other places, 6 for what belongs to a country, 7 for the rest."""
    if entity.type == EntityType.PER:
        return 1
    if entity.type == EntityType.ORG:
        return 3 if "wikidata" in entity.ids else 2
    country = entity.ids.get("iso3166")
    if entity.type == EntityType.LOC:
        return 5 if country is None or "-" in country else 4
    return 7 if country is None else 6
