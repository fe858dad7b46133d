"""How probable it is that two articles are about the same event.

A logistic regression over six likenesses: of words, of the words at the beginning, of headlines, of each
headline with the other text, of entities, and of the vectors. Each shared term counts by its rarity, in the
news at large and in the stream. Labels tell subjects, not events: with them the regression does worse on news
that it has not seen.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.stories.fingerprint import COUNT, ENTITY, HEADLINE, LEAD, Bytes, Features
from streams.stories.runs import begins_run
from streams.stories.terms import RARITY_UNIT, Hashes
from streams.stories.vectors import Vector, cosines
from streams.stories.word_filters import Filter, contain, contains

Floats = NDArray[np.float64]

WORDS, BEGINNING, HEADLINES, COVERED, ENTITIES = range(5)
"""The columns of the lengths of an article."""

VECTORS = 5
"""The column of the likeness of vectors."""

WEIGHTS = np.array([2.0, 0.9, 0.4, 1.6, 3.8, 9.7])
"""Of the six likenesses in their order; `python -m streams.training.stories` fits them."""
BIAS = -6.7
ENCODED_WEIGHTS = np.array([3.4, 2.2, -0.7, 1.8, 3.8, 9.7])
"""Of two articles whose vectors an encoder made; fitted by the same command."""
ENCODED_BIAS = -6.7
WEIGHTS_WITHOUT = np.array([8.8, 6.8, 3.0, 3.4, 7.1])
"""Of the first five likenesses, for two articles whose vectors cannot be compared; fitted by the same."""
BIAS_WITHOUT = -5.3

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
_COLUMNS = np.ascontiguousarray(_BY_KIND.T)
_WORD_IN_HEADLINE = np.uint8(HEADLINE | ENTITY)  # the bits of a kind, of which an entity has the second
_LOW_BITS = np.uint32(2**13 - 1)
_SHARES = np.exp(-np.arange(256) / RARITY_UNIT)


class Query(NamedTuple):
    """An article that others are compared with; its terms are in ascending order."""

    terms: Hashes
    rarities: Floats
    kinds: Bytes
    lengths: Floats
    vector: Vector
    is_encoded: bool
    words: Filter


class Rows(NamedTuple):
    """Articles that another is compared with, one in each row of each array."""

    terms: Hashes
    rarities: Bytes
    kinds: Bytes
    lengths: NDArray[np.float32]
    vectors: Vector
    are_encoded: NDArray[np.bool_]
    words: Filter


def stream_rarities(features: Features, articles_with: NDArray[np.int32], articles: int) -> Floats:
    """Return the rarity of each term in a stream of `articles`, mixed with the news at large."""
    shares = articles_with + _BACKGROUND * _SHARES[features.rarities]
    rarities: Floats = np.log((articles + _BACKGROUND) / np.minimum(shares, articles + _BACKGROUND))
    return rarities * RARITY_UNIT


def lengths_of(rarities: Floats | Bytes, kinds: Bytes) -> Floats:
    """Return the lengths of the vectors of an article, and the sum of the rarities of its headline."""
    rare = rarities.astype(np.float64)
    squares = _SQUARES[kinds]
    first, second, third, _ = ((rare * rare) @ squares).tolist()
    _, _, headline, entities = (rare @ squares).tolist()
    roots = math.sqrt(first), math.sqrt(second), math.sqrt(third), headline, math.sqrt(entities)
    return np.array(roots) + _TINY


def all_lengths_of(rarities: Bytes, kinds: Bytes) -> Floats:
    """Return a row of `lengths_of` for each row of `rarities` and `kinds`."""
    rare = rarities.astype(np.float64)[:, np.newaxis]
    squares = _SQUARES[kinds]
    sums, plain = ((rare * rare) @ squares)[:, 0], (rare @ squares)[:, 0]
    roots = np.sqrt(sums[:, :COVERED]), plain[:, HEADLINES, np.newaxis], np.sqrt(plain[:, -1:])
    return np.concatenate(roots, axis=1) + _TINY


def query(features: Features, rarities: Floats) -> Query:
    """Return the article of `features` as a query."""
    order = np.argsort(features.terms)
    kinds = features.kinds[order]
    lengths = lengths_of(rarities[order], kinds)
    vector, is_encoded, words = features.vector, features.is_encoded, features.words
    return Query(features.terms[order], rarities[order], kinds, lengths, vector, is_encoded, words)


def probabilities(asked: Query, rows: Rows) -> Floats:
    """Return for each of `rows` the probability that it is about the event of `asked`."""
    found = likenesses(asked, rows)
    weights, bias = (ENCODED_WEIGHTS, ENCODED_BIAS) if asked.is_encoded else (WEIGHTS, BIAS)
    logits = found @ weights + bias
    without = np.isnan(found[:, VECTORS])
    if without.any():
        logits[without] = found[without, :VECTORS] @ WEIGHTS_WITHOUT + BIAS_WITHOUT
    chances: Floats = 1 / (1 + np.exp(-logits))
    return chances


def likenesses(asked: Query, rows: Rows) -> Floats:
    """Return the six likenesses of each of `rows` to `asked`.

    The first five are from 0 to 1. That of the vectors is from -1 to 1; it is NaN if one of the two has none,
    or if an encoder made only one of them.
    """
    count = len(rows.terms)
    found = np.zeros((count, len(WEIGHTS)))
    is_comparable = rows.are_encoded == asked.is_encoded
    found[:, VECTORS] = np.where(is_comparable, cosines(asked.vector, rows.vectors), np.nan)
    if len(asked.terms):
        found[:, :VECTORS] = _term_likenesses(asked, rows)
    return found


def _term_likenesses(asked: Query, articles: Rows) -> Floats:
    terms, rarities, kinds, lengths, _, _, _ = articles
    count = len(terms)
    may_be_shared = np.zeros(_LOW_BITS + 1, dtype=bool)
    may_be_shared[asked.terms & _LOW_BITS] = True
    flat = terms.ravel()
    (places,) = may_be_shared[flat & _LOW_BITS].nonzero()  # most terms are not: search for the others
    others = flat[places]
    mine = np.minimum(np.searchsorted(asked.terms, others), len(asked.terms) - 1)
    is_shared = (asked.terms[mine] == others) & (kinds.ravel()[places] > 0)
    places, mine = places[is_shared], mine[is_shared]
    rare, my_rare = rarities.ravel()[places].astype(np.float64), asked.rarities[mine]
    counts, my_counts = _COLUMNS[:, kinds.ravel()[places]], _COLUMNS[:, asked.kinds[mine]]
    product = rare * my_rare
    values = np.empty((6, len(places)))  # what each shared term adds to each sum
    np.multiply(counts, my_counts, out=values[:4])
    values[:COVERED] *= product
    values[COVERED] *= np.sqrt(product)
    np.multiply(rare, counts[HEADLINES], out=values[4])
    np.multiply(my_rare, my_counts[HEADLINES], out=values[5])
    row_of = places // terms.shape[1]
    (starts,) = begins_run(row_of).nonzero()
    sums = np.zeros((6, count))
    if len(starts):
        sums[:, row_of[starts]] = np.add.reduceat(values, starts, axis=1)
    theirs = lengths.T
    _count_filter_matches(asked, articles, sums[4], sums[5])
    found = np.empty((VECTORS, count))
    np.divide(sums[:COVERED], theirs[:COVERED] * asked.lengths[:COVERED, np.newaxis], out=found[:COVERED])
    found[3] = (sums[4] / theirs[COVERED] + sums[5] / asked.lengths[COVERED]) / 2
    found[4] = sums[3] / (theirs[ENTITIES] * asked.lengths[ENTITIES])
    return found.T


def _count_filter_matches(asked: Query, articles: Rows, theirs: Floats, mine: Floats) -> None:
    """Raise the sums of rarities over headlines to those of the words that the filters have.

    `theirs` is over the words in the headline of each of `articles` that the query has, `mine` the other way
    round. Words beyond the first 400 are not in a filter, so the larger sum counts. A fingerprint without a
    filter adds nothing.
    """
    count, width = articles.terms.shape
    (places,) = _is_in_headline(articles.kinds.ravel()).nonzero()
    places = places[contains(asked.words, articles.terms.ravel()[places])]
    np.maximum(theirs, np.bincount(places // width, articles.rarities.ravel()[places], count), out=theirs)
    own = _is_in_headline(asked.kinds)
    found = contain(articles.words, asked.terms[own]) * asked.rarities[own]
    np.maximum(mine, found.sum(axis=1), out=mine)


def _is_in_headline(kinds: Bytes) -> NDArray[np.bool_]:
    is_word: NDArray[np.bool_] = (kinds & _WORD_IN_HEADLINE) == HEADLINE
    return is_word
