"""Terms: a linear model of the words and the pairs of words in an article, for each learned label.

The network sees a word with its neighbours. The terms see what the whole article is written in: each
different word with its meaning, each different word of the headline and the lead, and each different pair of
neighbours, in which a name may stand as its kind. A term counts once, where it comes first. So a single
sentence weighs less than a subject that has many words of its own, and what was learned from one newspaper
holds better for another one. `streams.training.labels.terms` trains it.

Weights are whole numbers, so their sums are exact in any order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from streams.enrich.embedding import StaticEmbedding
from streams.enrich.labels.network import MEANING_UNIT
from streams.enrich.labels.words import BODY, BREAK, KINDS

LEAST_WORDS = 8
"""Terms weigh less in longer texts, by the root of the number of words; shorter texts count as this long."""

Codes = NDArray[np.uint64]
Keys = NDArray[np.uint32]

BREAK_CODE = crc32(BREAK.encode())
_KIND_CODES = np.array([crc32(f"<{kind}>".encode()) for kind in range(KINDS)], np.uint64)
_FACTOR, _PAIR_FACTOR = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)
_WORD, _OPENING, _PAIR, _NAMED_PAIR = range(1, 5)

_UNLIKELY_BITS = 12
"""Most keys without a term are known by their upper bits alone."""


class Found(NamedTuple):
    """Keys of terms, and the place of the first word of each."""

    keys: Keys
    places: NDArray[np.intp]


class TermReading(NamedTuple):
    """The contributions of terms, whole numbers [words, labels], and the unit of each label."""

    contributions: NDArray[np.float32]
    units: NDArray[np.float64]

    @property
    def totals(self) -> NDArray[np.float64]:
        """Return what all terms together add to each label."""
        # A product with ones is faster than a sum, and as exact.
        sums = np.ones(len(self.contributions), np.float32) @ self.contributions
        totals: NDArray[np.float64] = sums * self.units
        return totals

    def of_words(self, label: int) -> NDArray[np.float64]:
        """Return what each word adds to the label of this index."""
        weights: NDArray[np.float64] = self.contributions[:, label] * self.units[label]
        return weights


class Terms:
    """The terms of a model file. It keeps a cache: call it from one thread at a time."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]], embedding: StaticEmbedding) -> None:
        """Take the arrays under the names that `streams.training.labels.terms` gives them."""
        self._numbers = embedding.numbers
        self._means = embedding.means
        self._keys = arrays["terms"].astype(np.uint32)
        self._weights = arrays["term_weights"].astype(np.int16)
        self._units = arrays["term_units"].astype(np.float64) / 2  # for halves of whole numbers
        self._likely = np.zeros((1 << 32) >> _UNLIKELY_BITS, np.bool_)
        self._likely[self._keys >> _UNLIKELY_BITS] = True
        self._first_pair = np.zeros(len(self._keys), np.int64)
        self._meanings = arrays["term_meanings"].astype(np.float64)
        self._meaning_scale = arrays["term_meaning_scale"].astype(np.float64)
        self._forget()

    def read(
        self,
        forms: Sequence[str],
        kinds: NDArray[np.int8],
        parts: NDArray[np.int8],
        numbers: NDArray[np.int64] | None = None,
    ) -> TermReading:
        """Return what the terms of an article add, from its words as `Network.read` takes them."""
        numbers = self._numbers.of(forms) if numbers is None else numbers
        self._meet(forms, numbers)
        contributions = np.zeros((len(forms), self._weights.shape[1]), np.float32)
        places = np.arange(len(forms))
        # Of several places of a word the first one is written last, and stays.
        self._first[numbers[::-1]] = places[::-1]
        first = places[self._first[numbers] == places]
        contributions[first] = self._words[numbers[first]]
        first = first[parts[first] < BODY]  # what opens an article comes before all else
        contributions[first] += self._openings[numbers[first]]
        self._add_pairs(self._codes[numbers], kinds, contributions)
        return TermReading(contributions, self._units / np.sqrt(max(len(forms), LEAST_WORDS)))

    def _add_pairs(self, codes: Codes, kinds: NDArray[np.int8], contributions: NDArray[np.float32]) -> None:
        """Add a half of the weight of each pair to both of its words, where it comes first."""
        plain, named = pairs(codes), named_pairs(codes, kinds)
        keys, places = np.concatenate([plain.keys, named.keys]), np.concatenate([plain.places, named.places])
        likely = np.flatnonzero(self._likely[keys >> _UNLIKELY_BITS])
        rows = self._rows(keys[likely])
        known = np.flatnonzero(rows >= 0)
        rows, likely = rows[known], likely[known]
        order = np.arange(len(rows))
        self._first_pair[rows[::-1]] = order[::-1]
        first = np.flatnonzero(self._first_pair[rows] == order)
        weights = self._weights.take(rows[first], axis=0).astype(np.float32)
        places, likely = places[likely[first]], likely[first]
        # Pairs of each sort apart: no place is there twice, so none is added once alone.
        of_plain = int(likely.searchsorted(len(plain.keys)))
        for sort in (slice(of_plain), slice(of_plain, None)):
            contributions[places[sort]] += weights[sort]
            contributions[places[sort] + 1] += weights[sort]

    def _rows(self, keys: Keys) -> NDArray[np.intp]:
        """Return the row of each key, or -1 for a term that has no weight."""
        if not len(self._keys):
            return np.full(len(keys), -1, np.intp)
        rows = self._keys.searchsorted(keys)
        rows[self._keys.take(rows, mode="clip") != keys] = -1
        return rows

    def _forget(self) -> None:
        self._fresh_starts = self._numbers.fresh_starts
        labels = self._weights.shape[1]
        # What is known of each word, by its number.
        self._known = np.zeros(0, np.bool_)
        self._codes = np.zeros(0, np.uint64)
        self._first = np.zeros(0, np.int64)
        self._words, self._openings = np.zeros((2, 0, labels), np.float32)

    def _meet(self, forms: Sequence[str], numbers: NDArray[np.int64]) -> None:
        """Keep the code of each word that is met for the first time, and what it adds."""
        if self._fresh_starts != self._numbers.fresh_starts:
            self._forget()
        largest = int(numbers.max(initial=-1))
        if largest >= len(self._known):
            self._make_room(largest + 1)
        missing = np.flatnonzero(~self._known[numbers])
        if not len(missing):
            return
        new, first = np.unique(numbers[missing], return_index=True)
        codes = codes_of([forms[at] for at in missing[first].tolist()])
        means = np.rint(self._means(new) / MEANING_UNIT)
        words = np.rint((means @ self._meanings) * self._meaning_scale)
        words += self._weights_of(word_keys(codes))
        openings = self._weights_of(opening_keys(codes))
        words[codes == BREAK_CODE] = openings[codes == BREAK_CODE] = 0
        self._codes[new], self._known[new] = codes, True
        self._words[new], self._openings[new] = 2 * words, 2 * openings

    def _make_room(self, more: int) -> None:
        wide = np.zeros((more, self._weights.shape[1]), np.float32)
        self._known = np.concatenate([self._known, np.zeros(more, np.bool_)])
        self._codes = np.concatenate([self._codes, np.zeros(more, np.uint64)])
        self._first = np.concatenate([self._first, np.zeros(more, np.int64)])
        self._words = np.concatenate([self._words, wide])
        self._openings = np.concatenate([self._openings, wide])

    def _weights_of(self, keys: Keys) -> NDArray[np.float32]:
        """Return the weights of each key, or zeros for a term that has none."""
        rows = self._rows(keys)
        weights = np.zeros((len(keys), self._weights.shape[1]), np.float32)
        weights[rows >= 0] = self._weights[rows[rows >= 0]]
        return weights


def codes_of(forms: Sequence[str]) -> Codes:
    """Return the number that stands for each folded word."""
    return np.array([crc32(form.encode()) for form in forms], np.uint64)


def word_keys(codes: Codes) -> Keys:
    """Return the keys of single words. A BREAK has no term."""
    return _mixed(codes, _WORD)


def opening_keys(codes: Codes) -> Keys:
    """Return the keys of single words of headline and lead."""
    return _mixed(codes, _OPENING)


def pairs(codes: Codes) -> Found:
    """Return the terms of two neighbours with no BREAK between them."""
    is_word = codes != BREAK_CODE
    places = np.flatnonzero(is_word[:-1] & is_word[1:])
    return Found(_mixed_pairs(codes[places], codes[places + 1], _PAIR), places)


def named_pairs(codes: Codes, kinds: NDArray[np.int8]) -> Found:
    """Return the terms of two neighbours of which one or both belong to a name, which stands as its kind."""
    is_word = codes != BREAK_CODE
    places = np.flatnonzero(is_word[:-1] & is_word[1:] & (kinds[:-1] != kinds[1:]))
    named = np.where(kinds > 0, _KIND_CODES[kinds], codes)
    return Found(_mixed_pairs(named[places], named[places + 1], _NAMED_PAIR), places)


def _mixed(codes: Codes, sort: int) -> Keys:
    return _shortened(codes * _FACTOR + np.uint64(sort))


def _mixed_pairs(left: Codes, right: Codes, sort: int) -> Keys:
    mixed = left * _FACTOR + np.uint64(sort)
    return _shortened((mixed ^ (mixed >> np.uint64(29))) * _PAIR_FACTOR + right)


def _shortened(mixed: Codes) -> Keys:
    """Return the upper 32 bits of well mixed numbers."""
    return (((mixed ^ (mixed >> np.uint64(32))) * _FACTOR) >> np.uint64(32)).astype(np.uint32)
