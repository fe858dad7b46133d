"""Which articles have a hash: chains through arrays, the latest article first, without an object an article.

Each slot has the same number of links. A chain has all links whose hashes fall into one bucket, so a reader
compares the hashes. A removed link leaves no trace: the chains depend on the articles that are there alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from streams.stories.runs import begins_run
from streams.stories.terms import ODD

_BUCKET_BITS = 10, 23  # least and most


class Chains:
    """The links of `slots` slots, `width` links each; link 0 means none, so slot 0 is not used.

    A reader sees the latest `most` links of a chain, so a hash that thousands of articles have costs no more
    than a rare one.
    """

    def __init__(self, slots: int, width: int, most: int) -> None:
        self.width = width
        self._most = range(most)
        # The system gives memory to such arrays when they are written to, page by page. Hashes would reach
        # all pages of the heads within some hundred articles, so they have theirs from the start.
        fewest_bits, most_bits = _BUCKET_BITS
        bits = min(max((slots * width).bit_length(), fewest_bits), most_bits)
        self._shift = np.uint32(32 - bits)
        heads = np.zeros(1 << bits, dtype=np.int32)
        heads.fill(0)
        self._heads = heads.data
        self._nexts = np.zeros(slots * width, dtype=np.int32).data
        self._previous = np.zeros(slots * width, dtype=np.int32).data

    def link(self, slot: int, places: range, hashes: NDArray[np.uint32]) -> None:
        """Put the links of `slot` at `places` at the heads of the chains of `hashes`."""
        heads, nexts, previous = self._heads, self._nexts, self._previous
        base = slot * self.width
        for place, bucket in zip(places, self._buckets(hashes), strict=True):
            link = base + place
            head = heads[bucket]
            nexts[link], previous[link], heads[bucket] = head, 0, link
            if head:
                previous[head] = link

    def link_all(self, slots: NDArray[np.int64], counts: NDArray[Any], hashes: NDArray[np.uint32]) -> None:
        """Link each of `slots` in turn with the first `counts` hashes of its row of `hashes`."""
        heads, nexts, previous = map(np.asarray, (self._heads, self._nexts, self._previous))
        places = np.arange(hashes.shape[1])
        is_there = places < counts[:, np.newaxis]
        links = (slots[:, np.newaxis] * self.width + places)[is_there].astype(np.int32)
        buckets = ((hashes[is_there] * ODD) >> self._shift).astype(np.int64)
        order = np.argsort(buckets, kind="stable")
        links, buckets = links[order], buckets[order]
        is_first = begins_run(buckets)
        is_last = np.roll(is_first, -1)
        former = heads[buckets[is_first]]
        nexts[links[~is_first]] = links[~is_last]
        nexts[links[is_first]] = former
        previous[links[~is_last]] = links[~is_first]
        previous[links[is_last]] = 0
        has_former = former > 0
        previous[former[has_former]] = links[is_first][has_former]
        heads[buckets[is_last]] = links[is_last]

    def unlink(self, slot: int, places: range, hashes: NDArray[np.uint32]) -> None:
        """Take out the links of `slot` at `places`, which have `hashes`."""
        heads, nexts, previous = self._heads, self._nexts, self._previous
        base = slot * self.width
        for place, bucket in zip(places, self._buckets(hashes), strict=True):
            following, before = nexts[base + place], previous[base + place]
            if before:
                nexts[before] = following
            else:
                heads[bucket] = following
            if following:
                previous[following] = before

    def links(self, hashes: NDArray[np.uint32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the latest links in the chains of `hashes`, and for each the index of its hash."""
        heads, nexts, most = self._heads, self._nexts, self._most
        found: list[int] = []
        lengths: list[int] = []
        append = found.append
        for bucket in self._buckets(hashes):
            link = heads[bucket]
            before = len(found)
            for _ in most:
                if not link:
                    break
                append(link)
                link = nexts[link]
            lengths.append(len(found) - before)
        return np.array(found, dtype=np.int64), np.repeat(np.arange(len(lengths)), lengths)

    def _buckets(self, hashes: NDArray[np.uint32]) -> list[int]:
        buckets: list[int] = ((hashes * ODD) >> self._shift).tolist()
        return buckets
