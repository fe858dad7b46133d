"""Where the training starts: the meanings of the words, weighted by rarity, on the axes of the passages."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from streams.training.story_vectors.bags import Bag
from streams.training.story_vectors.targets import Matrix, unit

FIRST_ZONES = (2.0, 1.0, 0.5)
"""The weights of headline, lead and body."""

PASSAGES = 3000
"""Passages from which the axes come."""


def first_vectors(meanings: Matrix, rarities: Matrix, bags: Sequence[Bag], width: int) -> Matrix:
    """Return a row of `width` numbers for each word, with a root mean square length of 1.

    Raises ValueError if there are fewer passages than axes.
    """
    weighted = meanings * rarities[:, None]
    used = bags[:PASSAGES]
    if len(used) < width or meanings.shape[1] < width:
        raise ValueError(
            f"{len(used)} passages and {meanings.shape[1]} numbers a word are too few for vectors of {width} "
            "numbers; DATA needs more articles"
        )
    sums = np.stack([bag.weights @ weighted[bag.rows] for bag in used])
    directions = unit(sums)
    _, _, axes = np.linalg.svd(directions - directions.mean(axis=0), full_matrices=False)
    vectors = weighted @ axes[:width].T
    start: Matrix = (vectors / np.sqrt(np.square(vectors).sum(axis=1).mean())).astype(np.float32)
    return start
