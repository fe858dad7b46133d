"""The file of the vectors: words in 8 bits, weights of the zones in 64ths, and the mean that is taken off."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.stories.terms import Hashes
from streams.training.story_vectors.bags import Bag
from streams.training.story_vectors.targets import unit

LARGEST = 127
CLIPPED = 0.0001
"""Share of the numbers that are cut to the largest, so that the others get finer steps."""

LARGEST_ZONE = 4 * 64
"""The weight of the heaviest zone, in 64ths: the finest steps with which the product's sums stay exact."""


class Packed(NamedTuple):
    """The arrays of the file but for its card; a row of `matrix` for each of `hashes`."""

    hashes: Hashes
    matrix: NDArray[np.int8]
    zones: NDArray[np.int16]
    mean: NDArray[np.float32]


def pack(
    hashes: Hashes,
    matrix: NDArray[np.float32],
    zones: NDArray[np.float32],
    mean: NDArray[np.float32],
) -> Packed:
    """Return the vectors in whole numbers, with one unit for the matrix and one for the zones.

    The units are free, because only the direction of an article's vector counts.

    Raises ValueError if the hashes are not in ascending order, or if a number is not finite.
    """
    if (hashes[1:] <= hashes[:-1]).any():
        raise ValueError("the hashes are not in ascending order")
    if not all(np.isfinite(values).all() for values in (matrix, zones, mean)):
        raise ValueError("the training failed: a vector, a zone or the mean is not a number; lower the rate")
    step = max(float(np.quantile(np.abs(matrix), 1 - CLIPPED)) / LARGEST, 1e-12)
    whole = np.clip(np.rint(matrix / step), -LARGEST, LARGEST).astype(np.int8)
    steps = np.rint(zones * (LARGEST_ZONE / zones.max())).astype(np.int16)
    return Packed(hashes.astype(np.uint32), whole, steps, mean.astype(np.float32))


def embed(packed: Packed, bags: Sequence[Bag]) -> NDArray[np.float32]:
    """Return the unit vector of each bag, as the product computes it but for its rounding."""
    return unit(sums_of(packed, bags) - packed.mean)


def sums_of(packed: Packed, bags: Sequence[Bag]) -> NDArray[np.float32]:
    """Return the unit vector of each bag before the mean is taken off."""
    sums = np.zeros((len(bags), packed.matrix.shape[1]))
    for row, bag in enumerate(bags):
        weights = bag.weights * packed.zones[bag.zones]
        sums[row] = weights @ packed.matrix[bag.rows].astype(np.float64)
    return unit(sums)


def write(packed: Packed, path: Path, *, version: str, date: str, teacher: str, texts: int) -> int:
    """Write the file with its card, and return its size in bytes."""
    card = {"version": version, "date": date, "teacher": teacher, "texts": texts}
    arrays: dict[str, Any] = {
        **packed._asdict(),
        "card": np.frombuffer(json.dumps(card).encode(), np.uint8),
    }
    part = path.with_suffix(".part.npz")
    np.savez_compressed(part, allow_pickle=False, **arrays)
    part.replace(path)
    return path.stat().st_size
