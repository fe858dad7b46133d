"""The vector of an article: a direction that articles about one event have in common, also in other words.

It is the weighted sum of a vector for each word. These were learned from the vectors that an encoder gives to
the same articles, and from articles that readers grouped: see vectors.md. All sums are of whole numbers, so
every machine gets the same.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.stories.terms import Hashes

WIDTH = 128
"""Whole numbers that a vector has, from -127 to 127."""

MOST_WORDS = 256
"""Different words of an article that are read, the first ones."""

_KNOWN = 0.5  # of the different words
_LARGEST = 127
_ZONE_BITS = 6  # after the point, in the weights of the zones
_TINY = 1e-9

Vector = NDArray[np.int8]
Places = NDArray[np.int64]
Floats = NDArray[np.float64]


class _Table(NamedTuple):
    hashes: Hashes
    matrix: NDArray[np.int8]
    zones: Places
    mean: Floats


def vector_of(stems: Hashes, zones: Places, weights: Places) -> Vector:
    """Return the vector of an article, or zeros if it has none because most of its words are not known.

    `stems` are the hashes of its different words in the order of their first places, `zones` tell whether
    those are in the headline (0), at the beginning (1) or later (2), and `weights` how much each word counts.
    """
    table = _table()
    rows = np.searchsorted(table.hashes, stems)
    rows[rows == len(table.hashes)] = 0
    (known,) = (table.hashes[rows] == stems).nonzero()
    if len(known) <= _KNOWN * len(stems):  # such as of a footer in English below an article in Polish
        return np.zeros(WIDTH, dtype=np.int8)
    known = known[:MOST_WORDS]
    counted = weights[known] * table.zones[zones[known]] >> _ZONE_BITS
    # Exact in any order: the numbers are whole and their sums are below 2 ** 24.
    total = counted.astype(np.float32) @ table.matrix[rows[known]].astype(np.float32)
    return quantise(unit(unit(total.astype(np.float64)) - table.mean))


def quantise(direction: Floats) -> Vector:
    """Return `direction` in whole numbers, of which the largest is 127 or -127."""
    vector: Vector = np.rint(direction * (_LARGEST / max(np.abs(direction).max(), _TINY))).astype(np.int8)
    return vector


def cosines(vector: Vector, others: NDArray[np.int8]) -> Floats:
    """Return the cosine of `vector` with each row of `others`; NaN where one of the two is zeros."""
    rows, own = others.astype(np.float32), vector.astype(np.float32)  # sums of whole numbers below 2 ** 24
    squares = np.einsum("ij,ij->i", rows, rows).astype(np.float64)
    lengths = np.sqrt(float(own @ own) * squares)
    found: Floats = np.where(lengths > 0, (rows @ own).astype(np.float64) / np.maximum(lengths, 1), np.nan)
    return found


def unit(vector: Floats) -> Floats:
    """Return `vector` scaled to unit length; zeros stay as they are."""
    return vector / max(float(np.sqrt(vector @ vector)), _TINY)


@cache
def _table() -> _Table:
    with np.load(str(files("streams.stories").joinpath("vectors.npz"))) as table:
        return _Table(
            table["hashes"],
            table["matrix"],
            table["zones"].astype(np.int64),
            table["mean"].astype(np.float64),
        )
