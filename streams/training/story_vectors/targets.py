"""The targets of the student: the teacher's similarities of passages, and who is close to whom."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]
Numbers = NDArray[np.int64]

WHITENED_WIDTH = 256
"""Axes that are kept if the vectors are whitened; the others are noise."""

LEAST_AXIS = 0.01
"""Length of an axis that is kept, beside the longest one; shorter ones are rounding errors."""

_ROWS = 1000
_TINY = 1e-9


def unit(rows: NDArray[np.floating]) -> Matrix:
    """Return the rows scaled to unit length; a row of zeros stays as it is."""
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    scaled: Matrix = (rows / np.maximum(lengths, _TINY)).astype(np.float32)
    return scaled


def centred(vectors: Matrix, wholes: int, whitening: float) -> Matrix:
    """Return unit vectors without what all articles have in common; the first `wholes` are whole articles.

    `whitening` says how far the axes are made equally long: 0 leaves them, 1 makes them all equal.
    """
    rows = unit(vectors)
    rows = unit(rows - rows[:wholes].mean(axis=0))
    if not whitening:
        return rows
    _, lengths, axes = np.linalg.svd(rows[:wholes], full_matrices=False)
    kept = min(WHITENED_WIDTH, int((lengths > LEAST_AXIS * lengths[0]).sum()))
    turned = rows @ axes[:kept].T
    return unit(turned / (lengths[:kept] / lengths[0]) ** whitening)


def nearest(vectors: Matrix, count: int) -> Numbers:
    """Return for each of the unit vectors the numbers of its `count` nearest others, in no order."""
    count = min(count, len(vectors) - 1)
    found = np.zeros((len(vectors), count), np.int64)
    for first in range(0, len(vectors), _ROWS):
        similar = vectors[first : first + _ROWS] @ vectors.T
        own = np.arange(len(similar))
        similar[own, first + own] = -np.inf
        found[first : first + _ROWS] = np.argpartition(-similar, count - 1, axis=1)[:, :count]
    return found


def draw_neighbourhoods(neighbours: Numbers, rng: np.random.Generator, *, seeds: int, size: int) -> Numbers:
    """Return [seeds, size] numbers: passages drawn at random, each followed by some of its neighbours."""
    size = min(size, neighbours.shape[1] + 1)
    drawn = rng.choice(len(neighbours), min(seeds, len(neighbours)), replace=False)
    others = [rng.choice(neighbours[seed], size - 1, replace=False) for seed in drawn]
    return np.column_stack([drawn, np.array(others)])
