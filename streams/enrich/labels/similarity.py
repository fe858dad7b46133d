"""Similarity: what a text as a whole says for a label, besides the phrases in it.

With eight examples or more a label has a head: a ridge classifier over the static embedding. It separates
the label's description and examples from its counter-examples and the other labels' subjects. With fewer
examples a text counts for the label as far as it is nearer to the description than to the other subjects.
Either way the answer is bounded: it changes a score, but gives no label on its own.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from streams.enrich.embedding import StaticEmbedding, Vector
from streams.enrich.folding import fold_characters
from streams.enrich.labels.label_file import LabelFile

STRENGTH = 2.5  # the most that similarity adds or subtracts, in weights of phrases
EXAMPLES_FOR_HEAD = 8
RIDGE = 0.5
BACKGROUND = 0.5  # weight of all texts of the other labels together, beside a label's own


class Similarity:
    """One linear function of a text's vector for each label, cut off at `STRENGTH`."""

    def __init__(self, embedding: StaticEmbedding, labels: Sequence[LabelFile]) -> None:
        self._embedding = embedding
        described = [self._vectors([label.description or label.name]) for label in labels]
        positive = [self._vectors(label.examples.positive) for label in labels]
        subjects = [np.vstack(pair) for pair in zip(described, positive, strict=True)]
        slopes, offsets = [], []
        for index, label in enumerate(labels):
            others = [subject for other, subject in enumerate(subjects) if other != index]
            background = np.vstack([np.zeros((1, embedding.width)), *others])
            if (
                len(label.examples.positive) + len(label.examples.negative) >= EXAMPLES_FOR_HEAD
                and label.examples.positive
            ):
                slope, offset = _head(subjects[index], self._vectors(label.examples.negative), background)
            else:
                slope, offset = _towards(subjects[index], background)
            slopes.append(slope)
            offsets.append(offset)
        self._slopes = np.array(slopes).T
        self._offsets = np.array(offsets)

    def of(self, words: Sequence[str]) -> NDArray[np.float64]:
        """Return what the folded words of a text add to each label's score, up to `STRENGTH` either way."""
        return self.of_numbers(self._embedding.numbers.of(words))

    def of_numbers(self, numbers: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the same from the numbers that the embedding has just given to the words."""
        values = self._embedding.embed_numbers(numbers) @ self._slopes + self._offsets
        bounded: NDArray[np.float64] = STRENGTH * np.clip(values, -1.0, 1.0)
        return bounded

    def unbounded(self, words: Sequence[str]) -> NDArray[np.float64]:
        """Return how near the folded words of a text are to each label: about 1 if near, about -1 if far."""
        values: NDArray[np.float64] = self._embedding.embed(words) @ self._slopes + self._offsets
        return values

    def _vectors(self, texts: Sequence[str]) -> NDArray[np.float64]:
        rows = [self._embedding.embed(fold_characters(text).split()) for text in texts]
        return np.array(rows).reshape(len(rows), self._embedding.width)


def _head(
    own: NDArray[np.float64], counter: NDArray[np.float64], rest: NDArray[np.float64]
) -> tuple[Vector, float]:
    """Return a ridge regression onto +1 for `own`, -1 for `counter` and `rest`; both sides weigh the same."""
    rows = np.vstack([own, counter, rest])
    targets = np.concatenate([np.ones(len(own)), -np.ones(len(counter) + len(rest))])
    shares = [np.full(len(own), 1 / len(own)), np.full(len(rest), BACKGROUND / len(rest))]
    if len(counter):
        shares.insert(1, np.full(len(counter), (1 - BACKGROUND) / len(counter)))
    weights = np.concatenate(shares)
    weights *= len(own) + len(counter)
    mean, target = np.average(rows, axis=0, weights=weights), np.average(targets, weights=weights)
    centred = rows - mean
    weighted = centred * weights[:, None]
    slope = np.linalg.solve(
        weighted.T @ centred + RIDGE * np.eye(rows.shape[1]), weighted.T @ (targets - target)
    )
    return slope, float(target - mean @ slope)


def _towards(own: NDArray[np.float64], rest: NDArray[np.float64]) -> tuple[Vector, float]:
    """Return the linear function that is -1 at the mean of `rest` and +1 at the mean of `own`."""
    near, far = own.mean(axis=0), rest.mean(axis=0)
    line = near - far
    length = float(line @ line)
    if not length:
        return np.zeros_like(line), 0.0
    slope = 2 * line / length
    return slope, float(1 - near @ slope)
