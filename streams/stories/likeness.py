"""How probable it is that two articles are about the same event.

A logistic regression over six likenesses: of words, of the words at the beginning, of entities, of headlines,
of each headline with the other text, and of labels. Each shared term counts by its rarity, in the news at
large and in the stream.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.stories.fingerprint import COUNT, ENTITY, HEADLINE, LEAD, Bytes, Features
from streams.stories.terms import RARITY_UNIT, Hashes

Floats = NDArray[np.float64]

WORDS, BEGINNING, HEADLINES, COVERED, ENTITIES = range(5)
"""The columns of the lengths of an article."""

WEIGHTS = np.array([3.2, 4.4, 3.4, 3.7, 3.7, 2.1])
"""Of words, beginning, headlines, headline in text, entities, labels; `streams.training.stories` fits them."""
BIAS = -6.0

_BACKGROUND = 100  # articles of news at large that the stream is mixed with
_COUNTS = np.array([0, *(1 + np.log(count) for count in range(1, COUNT + 1))])
_SALIENCES = np.arange(COUNT + 1) / COUNT
_SHARES = np.exp(-np.arange(256) / RARITY_UNIT)


class Query(NamedTuple):
    """An article that others are compared with; its terms are in ascending order."""

    terms: Hashes
    rarities: Floats
    kinds: Bytes
    lengths: Floats
    labels: int


def stream_rarities(features: Features, articles_with: NDArray[np.int32], articles: int) -> Floats:
    """Return the rarity of each term in a stream of `articles`, mixed with the news at large."""
    shares = articles_with + _BACKGROUND * _SHARES[features.rarities]
    rarities: Floats = np.log((articles + _BACKGROUND) / np.minimum(shares, articles + _BACKGROUND))
    return rarities * RARITY_UNIT


def lengths_of(rarities: Floats | Bytes, kinds: Bytes) -> Floats:
    """Return the lengths of the vectors of an article, and the sum of the rarities of its headline."""
    rare = rarities.astype(np.float64)
    is_entity = kinds >= ENTITY
    low = kinds & COUNT
    is_headline = ((kinds & HEADLINE) > 0) & ~is_entity
    words = np.where(is_entity, 0.0, _COUNTS[low] * rare)
    entities = np.where(is_entity, _SALIENCES[low] ** 2 * rare, 0.0)
    beginning = rare * (((kinds & LEAD) > 0) & ~is_entity)
    headline = rare * is_headline
    squares = np.array([words @ words, beginning @ beginning, headline @ headline])
    return np.array([*np.sqrt(squares), headline.sum(), np.sqrt(entities.sum())]) + 1e-9


def query(features: Features, rarities: Floats, labels: int) -> Query:
    """Return the article of `features` as a query."""
    order = np.argsort(features.terms)
    kinds = features.kinds[order]
    return Query(features.terms[order], rarities[order], kinds, lengths_of(rarities[order], kinds), labels)


def probabilities(
    asked: Query, terms: Hashes, rarities: Bytes, kinds: Bytes, lengths: NDArray[np.float32], labels: Hashes
) -> Floats:
    """Return for each row of the arrays the probability that it is about the event of `asked`."""
    logits = likenesses(asked, terms, rarities, kinds, lengths, labels) @ WEIGHTS + BIAS
    chances: Floats = 1 / (1 + np.exp(-logits))
    return chances


def likenesses(
    asked: Query, terms: Hashes, rarities: Bytes, kinds: Bytes, lengths: NDArray[np.float32], labels: Hashes
) -> Floats:
    """Return the six likenesses of each row of the arrays to `asked`, each from 0 to 1."""
    count = len(terms)
    if not len(asked.terms):
        return np.zeros((count, len(WEIGHTS)))
    places = np.minimum(np.searchsorted(asked.terms, terms), len(asked.terms) - 1)
    rows, columns = np.nonzero((asked.terms[places] == terms) & (kinds > 0))
    mine = places[rows, columns]
    rare, my_rare = rarities[rows, columns].astype(np.float64), asked.rarities[mine]
    kind, my_kind = kinds[rows, columns], asked.kinds[mine]
    is_word = kind < ENTITY
    low, my_low = kind & COUNT, my_kind & COUNT
    both = kind & my_kind
    product = rare * my_rare

    def total(values: Floats) -> Floats:
        return np.bincount(rows, weights=values, minlength=count).astype(np.float64)  # of no rows: integers

    words = total(np.where(is_word, _COUNTS[low] * _COUNTS[my_low] * product, 0.0))
    beginning = total(product * (is_word & ((both & LEAD) > 0)))
    headlines = total(product * (is_word & ((both & HEADLINE) > 0)))
    covered = total(rare * (is_word & ((kind & HEADLINE) > 0))) / lengths[:, COVERED]
    covered += total(my_rare * (is_word & ((my_kind & HEADLINE) > 0))) / asked.lengths[COVERED]
    entities = total(np.where(is_word, 0.0, _SALIENCES[low] * _SALIENCES[my_low] * np.sqrt(product)))
    by_length = np.stack([words, beginning, headlines], axis=1) / lengths[:, :COVERED]
    by_length /= asked.lengths[:COVERED]
    entities /= lengths[:, ENTITIES] * asked.lengths[ENTITIES]
    return np.column_stack([by_length, covered / 2, entities, _shared_labels(asked.labels, labels)])


def _shared_labels(mine: int, labels: Hashes) -> Floats:
    """Return the part of the labels that each of `labels`, as bits, has in common with `mine`."""
    bits = np.uint32(mine)
    shared, either = _bit_counts(labels & bits), _bit_counts(labels | bits)
    return shared / np.maximum(either, 1)


def _bit_counts(numbers: Hashes) -> NDArray[np.int64]:
    octets = np.ascontiguousarray(numbers).view(np.uint8).reshape(len(numbers), 4)
    counts: NDArray[np.int64] = np.unpackbits(octets, axis=1).sum(axis=1, dtype=np.int64)
    return counts
