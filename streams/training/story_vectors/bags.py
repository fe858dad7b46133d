"""Passages as the product reads them: the different words, in which zone each first stands, and how often."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.stories.distinct_words import distinct_words, read_article
from streams.stories.fingerprint import COUNT
from streams.stories.terms import Hashes
from streams.stories.vectors import MOST_WORDS

ZONES = 3
"""Zones of words, see `streams.stories.distinct_words`."""


class Bag(NamedTuple):
    """The known words of a passage in their order: rows of the vocabulary, zones, and weights."""

    rows: NDArray[np.int64]
    zones: NDArray[np.int64]
    weights: NDArray[np.float32]


class Batch(NamedTuple):
    """The words of many bags in a row; `starts` has the first place of each bag."""

    rows: NDArray[np.int64]
    zones: NDArray[np.int64]
    weights: NDArray[np.float32]
    starts: NDArray[np.int64]


def read_bag(hashes: Hashes, headline: str, text: str) -> Bag:
    """Return the first words of a passage that are among `hashes`, which are in ascending order."""
    words, in_headline = read_article(headline.strip(), text)
    found = distinct_words(words.stems, in_headline).in_order()
    rows = np.searchsorted(hashes, found.stems)
    rows[rows == len(hashes)] = 0
    (known,) = (hashes[rows] == found.stems).nonzero()
    known = known[:MOST_WORDS]
    weights = 1 + np.log(np.minimum(found.counts[known], COUNT))
    return Bag(rows[known], found.zones[known], weights.astype(np.float32))


def join_bags(bags: Sequence[Bag]) -> Batch:
    """Return the words of the bags in a row."""
    lengths = [len(bag.rows) for bag in bags]
    starts = np.cumsum([0, *lengths[:-1]])
    return Batch(
        np.concatenate([bag.rows for bag in bags]),
        np.concatenate([bag.zones for bag in bags]),
        np.concatenate([bag.weights for bag in bags]),
        starts,
    )
