"""The word filter of an article: a Bloom filter of its words.

A headline is short, and another article on the same event may have its words anywhere. The filter answers for
any word whether the article has it. With 400 words it wrongly says yes to one in six of the others (Bloom
1970, Space/time trade-offs in hash coding with allowable errors).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from streams.stories.terms import ODD, Hashes

BYTES = 192
"""Bytes of a filter."""

MOST_WORDS = 400
"""Different words of an article that are in its filter, the first ones."""

Filter = NDArray[np.uint8]

_BITS = np.uint32(8 * BYTES)
_HALF, _LOW = np.uint32(16), np.uint32(2**16 - 1)
_MASKS = np.uint8(128) >> np.arange(8, dtype=np.uint8)


def filter_of(stems: Hashes) -> Filter:
    """Return the filter of an article; `stems` are the hashes of its different words, by first places."""
    bits = np.zeros(int(_BITS), dtype=np.bool_)
    for places in _places(stems[:MOST_WORDS]):
        bits[places] = True
    return np.packbits(bits)


def contain(filters: Filter, words: Hashes) -> NDArray[np.bool_]:
    """Return for each of `filters`, [articles, BYTES], whether it has each of `words`: [articles, words]."""
    places = np.concatenate(_places(words))
    bits = (filters[:, places >> 3] & _MASKS[places & 7]).astype(np.bool_)
    found: NDArray[np.bool_] = bits[:, : len(words)] & bits[:, len(words) :]
    return found


def contains(own: Filter, words: Hashes) -> NDArray[np.bool_]:
    """Return for each of `words` whether the filter `own`, [BYTES], has it.

    For many words and one filter, this is faster than `contain`.
    """
    bits = np.unpackbits(own).view(np.bool_)
    first, second = _places(words)
    found: NDArray[np.bool_] = bits[first] & bits[second]
    return found


def _places(words: Hashes) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Return the places of the first bit and of the second bit of each of `words`."""
    mixed = words * ODD  # each half of it gives a place
    return ((mixed >> _HALF) * _BITS) >> _HALF, ((mixed & _LOW) * _BITS) >> _HALF
