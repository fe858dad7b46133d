"""The words of an article's opening: where they stand, and which kinds of entities are named there."""

from __future__ import annotations

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


class Places(NamedTuple):
    """Folded words with their half-open places in the text, and which of them are a BREAK."""

    forms: list[str]
    starts: NDArray[np.intp]
    ends: NDArray[np.intp]
    is_break: NDArray[np.bool_]


class Words(NamedTuple):
    """Folded words, and for each the kind of entity that is named there, and its part of the article."""

    forms: list[str]
    kinds: NDArray[np.int8]
    parts: NDArray[np.int8]


def read_words(article: TaggedArticle) -> Words:
    """Return the first words of the article."""
    headline = article.headline or ""
    headline_end = len(headline) if article.text.startswith(headline) else 0
    folded = fold_characters(article.text)
    places = locate_words(folded, folded.split())
    return Words(places.forms, entity_kinds(places, article.entities), article_parts(places, headline_end))


def locate_words(folded: str, words: Sequence[str]) -> Places:
    """Return the places of the first of `words`, which are the words of a folded text.

    Between two words with two spaces or more stands a BREAK.
    """
    is_letter = np.frombuffer(f" {folded} ".encode("utf-32-le"), np.uint32) != ord(" ")
    edges = np.flatnonzero(is_letter[1:] != is_letter[:-1])[: 2 * READ_WORDS]
    # Each word is between an even edge and the next one, each gap between an odd edge and the next one.
    starts, ends = edges[:-1], edges[1:]
    is_gap = np.arange(len(starts)) % 2 == 1
    kept = np.flatnonzero(~is_gap | (ends - starts > 1))[:READ_WORDS]
    is_break = is_gap[kept]
    forms = np.full(len(kept), BREAK, object)
    forms[~is_break] = words[: len(kept) - int(is_break.sum())]
    return Places(forms.tolist(), starts[kept], ends[kept], is_break)


def place_numbers(
    places: Places, numbers: NDArray[np.int64], break_number: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the number of the word at each place; `numbers` are those of all words of the text."""
    is_word = ~places.is_break
    at_places = np.full(len(is_word), break_number)
    at_places[is_word] = numbers[: np.count_nonzero(is_word)]
    return at_places


def article_parts(places: Places, headline_end: int) -> NDArray[np.int8]:
    """Return for each word HEADLINE, LEAD or BODY; they come in this order."""
    parts = (places.starts >= headline_end) * ((places.starts >= LEAD_CHARACTERS) + LEAD)
    return parts.astype(np.int8)


def entity_kinds(places: Places, entities: Sequence[Entity]) -> NDArray[np.int8]:
    """Return for each word the kind of the entity that is named there, or 0."""
    kinds = np.zeros(len(places.forms), np.int8)
    bounds: list[int] = []
    named: list[int] = []
    last = int(places.starts[-1]) if places.forms else -1
    for entity in entities:
        kind = _kind(entity)
        for mention in entity.mentions:
            if mention.start <= last:
                bounds += (mention.start, mention.end)
                named.append(kind)
    edges = iter(np.searchsorted(places.starts, bounds).tolist())
    for first, end, kind in zip(edges, edges, named, strict=True):
        kinds[first:end] = kind
    kinds[places.is_break] = 0
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
