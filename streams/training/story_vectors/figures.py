"""Figures of the student: its similarities of articles beside those of the teacher."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from streams.training.story_vectors.targets import Matrix

CLOSEST = 20
"""Articles around each one whose order counts most: stories are among them."""


class Figures(NamedTuple):
    """Correlations of similarities: over all pairs, and the mean over the closest ones of each article."""

    overall: float
    local: float


def compare(vectors: Matrix, taught: Matrix) -> Figures:
    """Return how far the similarities of `vectors` agree with those of `taught`, row by row.

    Raises ValueError for fewer than four rows, of which nothing can be said.
    """
    if len(vectors) < 4:
        raise ValueError(f"{len(vectors)} articles are too few to compare; four are the least")
    ours, theirs = vectors @ vectors.T, taught @ taught.T
    pairs = np.triu_indices(len(ours), 1)
    overall = np.corrcoef(ours[pairs], theirs[pairs])[0, 1]
    np.fill_diagonal(theirs, -np.inf)
    closest = np.argsort(-theirs, axis=1, kind="stable")[:, : min(CLOSEST, len(theirs) - 1)]
    local = [np.corrcoef(ours[row, own], theirs[row, own])[0, 1] for row, own in enumerate(closest)]
    return Figures(float(overall), float(np.mean(local)))
