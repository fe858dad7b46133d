"""Passages as the product reads them: the different words, in which zone each first stands, and how often."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.stories.fingerprint import COUNT
from streams.stories.terms import Hashes, read_words, separate
from streams.stories.vectors import MOST_WORDS

HEADLINE, LEAD, BODY = 0, 1, 2
ZONES = 3

LEAD_WORDS = 100
"""Words after the headline that are the lead, as in a fingerprint."""


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
    headline = headline.strip()
    whole = text if text.startswith(headline) else f"{headline} {text}"
    words = read_words(separate(whole))
    in_headline = int(np.searchsorted(words.starts, len(headline.encode("utf-8", "surrogatepass"))))
    zones = np.full(len(words.stems), BODY)
    zones[: in_headline + LEAD_WORDS] = LEAD
    zones[:in_headline] = HEADLINE
    rows = np.searchsorted(hashes, words.stems)
    rows[rows == len(hashes)] = 0
    is_known = hashes[rows] == words.stems
    rows, zones = rows[is_known], zones[is_known]
    different, firsts, counts = np.unique(rows, return_index=True, return_counts=True)
    kept = np.argsort(firsts)[:MOST_WORDS]
    weights = 1 + np.log(np.minimum(counts[kept], COUNT))
    return Bag(different[kept], zones[firsts[kept]], weights.astype(np.float32))


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
