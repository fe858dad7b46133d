"""The articles and stories that the index remembers, in arrays: about 1.4 kB an article.

Everything here depends on the articles that are remembered and on their order, never on those that were
forgotten. So a memory that is filled from the output topic equals one that saw every article.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.stories.chains import Chains
from streams.stories.fingerprint import SKETCH, TERMS, Features
from streams.stories.likeness import Rows, all_lengths_of, lengths_of
from streams.stories.terms import ODD, Hashes
from streams.stories.vectors import WIDTH
from streams.stories.word_filters import BYTES

SKETCH_KEYS, TERM_KEYS = 12, 18
"""Hashes of an article that it can be found by: of its sketch, and of its terms."""

_LATEST_COPIES, _LATEST_WITH_TERM = 16, 8  # articles that are found by one hash
_COUNTER_BITS = 21
_BLOCK = 4096  # articles that are linked at a time
_SHIFT = np.uint32(32 - _COUNTER_BITS)


class Entry(NamedTuple):
    """What is remembered of an article beside its features."""

    article_id: str
    publisher: int  # hashes, 0 for none
    url: int
    sequence: int
    original: str | None


class Memory:
    """Up to `size` articles, each in a slot from 1 on; slot 0 means none."""

    def __init__(self, size: int) -> None:
        slots = size + 1
        # The system gives memory to arrays of zeros when they are written to, page by page.
        self.sketches = np.zeros((slots, SKETCH), dtype=np.uint32)
        self.sketch_sizes = np.zeros(slots, dtype=np.uint8)
        self.terms = np.zeros((slots, TERMS), dtype=np.uint32)
        self.rarities = np.zeros((slots, TERMS), dtype=np.uint8)
        self.kinds = np.zeros((slots, TERMS), dtype=np.uint8)
        self.lengths = np.zeros((slots, 5), dtype=np.float32)
        self.vectors = np.zeros((slots, WIDTH), dtype=np.int8)
        self.are_encoded = np.zeros(slots, dtype=np.bool_)
        self.words = np.zeros((slots, BYTES), dtype=np.uint8)
        self.publishers = np.zeros(slots, dtype=np.uint32)
        self.urls = np.zeros(slots, dtype=np.uint32)
        self.sequences = np.zeros(slots, dtype=np.int64)
        self.ids: list[str] = [""]
        self.originals: dict[int, str] = {}
        self._slots: dict[str, int] = {}
        self._free: list[int] = []
        self._by_sketch = Chains(slots, SKETCH_KEYS, _LATEST_COPIES)
        self._by_term = Chains(slots, TERM_KEYS, _LATEST_WITH_TERM)
        self._articles_with = np.zeros(1 << _COUNTER_BITS, dtype=np.int32)
        self._articles_with.fill(0)  # so that its memory does not grow with the first articles
        self._older = np.zeros(slots, dtype=np.int32).data  # by sequence; a ring through slot 0
        self._newer = np.zeros(slots, dtype=np.int32).data
        self._is_linked_later = False
        self._unlinked: dict[int, Features] = {}

    def __len__(self) -> int:
        return len(self._slots)

    def slot(self, article_id: str) -> int:
        """Return the slot of the article, or 0."""
        return self._slots.get(article_id, 0)

    def is_full(self) -> bool:
        """Return True if no slot is free."""
        return not self._free and len(self.ids) == len(self.sequences)

    def insert(self, entry: Entry, features: Features) -> int:
        """Remember an article, which is the latest, and return its slot."""
        slot = self._free.pop() if self._free else len(self.ids)
        if slot == len(self.ids):
            self.ids.append("")
        self.ids[slot] = entry.article_id
        self.publishers[slot], self.urls[slot] = entry.publisher, entry.url
        self.sequences[slot] = entry.sequence
        if entry.original is not None:
            self.originals[slot] = entry.original
        self._slots[entry.article_id] = slot
        newest = self._older[0]
        self._newer[newest], self._older[slot], self._newer[slot], self._older[0] = slot, newest, 0, slot
        if self._is_linked_later:
            self._unlinked[slot] = features
            if len(self._unlinked) == _BLOCK:
                self._link_all()
        else:
            self._link(slot, features)
        return slot

    def remove(self, slot: int) -> None:
        """Forget the article in `slot`."""
        if slot in self._unlinked:
            del self._unlinked[slot]
        else:
            self._unlink(slot)
        older, newer = self._older[slot], self._newer[slot]
        self._newer[older], self._older[newer] = newer, older
        del self._slots[self.ids[slot]]
        self.ids[slot] = ""
        self.originals.pop(slot, None)
        self._free.append(slot)

    @contextmanager
    def linked_later(self) -> Iterator[None]:
        """Let many articles come and go before they can be found, which is faster; at the end they can be."""
        self._is_linked_later = True
        try:
            yield
        finally:
            self._link_all()
            self._is_linked_later = False

    def features(self, slot: int) -> Features:
        """Return the features of the article in `slot`."""
        count = int(np.count_nonzero(self.kinds[slot]))
        sketch = self.sketches[slot, : int(self.sketch_sizes[slot])]
        rarities, kinds = self.rarities[slot, :count], self.kinds[slot, :count]
        vector, is_encoded, words = self.vectors[slot], bool(self.are_encoded[slot]), self.words[slot]
        return Features(sketch, self.terms[slot, :count], rarities, kinds, vector, is_encoded, words)

    def rows(self, slots: NDArray[np.int64]) -> Rows:
        """Return the articles in `slots` as rows that another one is compared with."""
        terms, rarities, kinds = self.terms[slots], self.rarities[slots], self.kinds[slots]
        lengths, vectors, are_encoded = self.lengths[slots], self.vectors[slots], self.are_encoded[slots]
        return Rows(terms, rarities, kinds, lengths, vectors, are_encoded, self.words[slots])

    def oldest(self) -> Iterator[int]:
        """Yield the slots of all articles, the oldest first."""
        slot = self._newer[0]
        while slot:
            following = self._newer[slot]
            yield slot
            slot = following

    def articles_with(self, terms: Hashes) -> NDArray[np.int32]:
        """Return the number of articles that have each of `terms`."""
        counts: NDArray[np.int32] = self._articles_with[_counters(terms)]
        return counts

    def with_sketch(self, sketch: Hashes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the latest slots that share a hash with `sketch`, and the index of each shared hash."""
        return self._sharing(self._by_sketch, self.sketches, sketch[:SKETCH_KEYS])

    def with_terms(self, features: Features) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the latest slots that share one of the first terms, and the index of each shared term."""
        return self._sharing(self._by_term, self.terms, features.terms[:TERM_KEYS])

    def _link(self, slot: int, features: Features) -> None:
        """Keep the features of the article in `slot`, and let it be found by them."""
        hashes, count = len(features.sketch), len(features.terms)
        self.sketches[slot, :hashes] = features.sketch
        self.sketch_sizes[slot] = hashes
        self.terms[slot, :count] = features.terms
        self.rarities[slot, :count] = features.rarities
        self.kinds[slot, :count] = features.kinds
        self.kinds[slot, count:] = 0
        self.lengths[slot] = lengths_of(features.rarities, features.kinds)
        self.vectors[slot], self.are_encoded[slot] = features.vector, features.is_encoded
        self.words[slot] = features.words
        sketch_keys, term_keys = features.sketch[:SKETCH_KEYS], features.terms[:TERM_KEYS]
        self._by_sketch.link(slot, range(len(sketch_keys)), sketch_keys)
        self._by_term.link(slot, range(len(term_keys)), term_keys)
        self._articles_with[_counters(features.terms)] += 1

    def _unlink(self, slot: int) -> None:
        sketch = self.sketches[slot, : min(int(self.sketch_sizes[slot]), SKETCH_KEYS)]
        terms = self.terms[slot, : int(np.count_nonzero(self.kinds[slot]))]
        self._by_sketch.unlink(slot, range(len(sketch)), sketch)
        self._by_term.unlink(slot, range(len(terms[:TERM_KEYS])), terms[:TERM_KEYS])
        self._articles_with[_counters(terms)] -= 1

    def _link_all(self) -> None:
        """Link the articles that are not linked yet, as `_link` would one after the other."""
        if not self._unlinked:
            return
        slots = np.fromiter(self._unlinked, dtype=np.int64, count=len(self._unlinked))
        columns = zip(*self._unlinked.values(), strict=True)
        sketches, terms, rarities, kinds, vectors, are_encoded, words = columns
        self._unlinked.clear()
        sizes, sketch_rows = _rows(sketches, SKETCH)
        counts, term_rows = _rows(terms, TERMS)
        (_, rarity_rows), (_, kind_rows) = _rows(rarities, TERMS), _rows(kinds, TERMS)
        self.sketches[slots], self.sketch_sizes[slots], self.terms[slots] = sketch_rows, sizes, term_rows
        self.rarities[slots], self.kinds[slots] = rarity_rows, kind_rows
        self.vectors[slots], self.are_encoded[slots], self.words[slots] = vectors, are_encoded, words
        self.lengths[slots] = all_lengths_of(rarity_rows, kind_rows)
        self._by_sketch.link_all(slots, sizes, sketch_rows[:, :SKETCH_KEYS])
        self._by_term.link_all(slots, counts, term_rows[:, :TERM_KEYS])
        counters = _counters(term_rows)
        counters[kind_rows == 0] = 1 << _COUNTER_BITS
        counters.sort(axis=1)
        is_first = counters < 1 << _COUNTER_BITS
        is_first[:, 1:] &= counters[:, 1:] != counters[:, :-1]  # a counter counts articles, not their terms
        met, times = np.unique(counters[is_first], return_counts=True)
        self._articles_with[met] += times.astype(np.int32)

    @staticmethod
    def _sharing(chains: Chains, hashes: Hashes, keys: Hashes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        links, indexes = chains.links(keys)
        slots, places = np.divmod(links, chains.width)
        is_shared = hashes[slots, places] == keys[indexes]
        return slots[is_shared], indexes[is_shared]


def hash_of(text: str | None) -> int:
    """Return the hash of a publisher or a URL, or 0 for none."""
    return zlib.crc32(text.encode("utf-8", "surrogatepass")) if text else 0


def _rows(arrays: Sequence[NDArray[Any]], width: int) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """Return the sizes of `arrays`, and the arrays as the rows of one, with zeros up to `width`."""
    sizes = np.fromiter(map(len, arrays), dtype=np.int64, count=len(arrays))
    rows = np.zeros((len(arrays), width), dtype=arrays[0].dtype)
    rows[np.arange(width) < sizes[:, np.newaxis]] = np.concatenate(arrays)
    return sizes, rows


def _counters(terms: Hashes) -> NDArray[np.uint32]:
    counters: NDArray[np.uint32] = (terms * ODD) >> _SHIFT
    return counters
