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

WEIGHTS = np.array([5.0, 3.0, 2.0, 2.7, 6.3, 2.2])
"""Of the six likenesses in their order; `python -m streams.training.stories` fits them."""
BIAS = -5.5

_TINY = 1e-9
_BACKGROUND = 100  # articles of news at large that the stream is mixed with
_KINDS = np.arange(256)
_IS_WORD = _KINDS < ENTITY
_LOW = _KINDS & COUNT
_BY_KIND = np.column_stack(  # how much a term of a kind counts: as a word, at the beginning, in the headline
    [
        np.where(_IS_WORD & (_LOW > 0), 1 + np.log(np.maximum(_LOW, 1)), 0.0),
        _IS_WORD & (_KINDS & LEAD > 0),
        _IS_WORD & (_KINDS & HEADLINE > 0),
        np.where(_IS_WORD, 0.0, _LOW / COUNT),  # as an entity: the root of its salience
    ]
)
_BY_KIND = (
    np.rint(_BY_KIND * 256) / 256
)  # so that sums of squares are exact, in whichever order they are made
_SQUARES = _BY_KIND**2
_LOW_BITS = np.uint32(2**13 - 1)
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
    """Return the lengths of the vectors of an article, and the sum of the rarities of its headline.

    With a row of `rarities` and `kinds` for each of several articles, return a row for each.
    """
    rare = rarities.astype(np.float64)
    squares = _SQUARES[kinds]
    sums = ((rare * rare)[..., np.newaxis, :] @ squares)[..., 0, :]
    plain = (rare[..., np.newaxis, :] @ squares)[..., 0, :]
    lengths: Floats = np.empty((*rare.shape[:-1], 5))
    lengths[..., :COVERED] = np.sqrt(sums[..., :COVERED])
    lengths[..., COVERED] = plain[..., HEADLINES]
    lengths[..., ENTITIES] = np.sqrt(plain[..., -1])
    return lengths + _TINY


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
    may_be_shared = np.zeros(_LOW_BITS + 1, dtype=bool)
    may_be_shared[asked.terms & _LOW_BITS] = True
    rows, columns = np.nonzero(may_be_shared[terms & _LOW_BITS])  # most terms are not: search for the others
    others = terms[rows, columns]
    mine = np.minimum(np.searchsorted(asked.terms, others), len(asked.terms) - 1)
    is_shared = (asked.terms[mine] == others) & (kinds[rows, columns] > 0)
    rows, columns, mine = rows[is_shared], columns[is_shared], mine[is_shared]
    rare, my_rare = rarities[rows, columns].astype(np.float64), asked.rarities[mine]
    counts, my_counts = _BY_KIND[kinds[rows, columns]], _BY_KIND[asked.kinds[mine]]
    both = counts * my_counts
    product = rare * my_rare

    def total(values: Floats) -> Floats:
        return np.bincount(rows, weights=values, minlength=count).astype(np.float64)  # of no rows: integers

    by_length = np.stack([total(product * both[:, column]) for column in range(COVERED)], axis=1)
    by_length /= lengths[:, :COVERED] * asked.lengths[:COVERED]
    covered = total(rare * counts[:, HEADLINES]) / lengths[:, COVERED]
    covered += total(my_rare * my_counts[:, HEADLINES]) / asked.lengths[COVERED]
    entities = total(np.sqrt(product) * both[:, -1]) / (lengths[:, ENTITIES] * asked.lengths[ENTITIES])
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
