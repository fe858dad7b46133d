"""Train the terms: a linear model of words and pairs of words, learned from all texts at once.

Its logit is bias + alpha * spread(raw score of the phrases) + the weights of the terms in the text + the
meaning of its words. The loss is convex, so no seed decides. Readers' decisions count together with the
teachers' opinion; texts that nobody labelled have that alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_array

from streams.enrich.labels.terms import LEAST_WORDS, Keys
from streams.training.labels.batches import RAREST, TEACHING, Example
from streams.training.labels.terms import Described, Floats, TermModel, find_rows

LEAST_TEXTS = 3
"""A term in fewer texts is not learned."""

PENALTY, MEANING_PENALTY = 0.15, 0.05
"""Weights of the squares of the terms' weights, and of the meaning's, in the loss."""

ITERATIONS = 60
"""Steps to the minimum. 200 end nearer to it, and were no better on held-out texts."""

HISTORY = 6
"""Steps that the curvature is known from. Each takes memory for two more points, in 64 bits."""

FIRST_ALPHA, FIRST_BIAS = 1.0, -3.0

LEAST_WEIGHT = 0.02
"""A term that adds less than that to each label, in the shortest text, is not kept."""


def train_terms(examples: Sequence[Example], described: Described, say: Callable[[str], None]) -> TermModel:
    """Return the model with the least loss on the examples, of which some have the teachers' opinion."""
    keys, counts = np.unique(described.keys, return_counts=True)
    kept = counts >= LEAST_TEXTS
    keys, rarity = keys[kept], np.sqrt(np.log(len(examples) / counts[kept])).astype(np.float32)
    targets, importance = _targets(examples)
    matrix = _matrix(described, keys, rarity)
    phrases, meanings = described.phrases, described.meanings
    shapes = [(len(keys), targets.shape[1]), (meanings.shape[1], targets.shape[1])]

    def loss(point: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weights, meaning, alpha, bias = _parts(point.astype(np.float32), shapes)
        logits = matrix @ weights + meanings @ meaning + phrases * alpha + bias
        errors = importance * (1 / (1 + np.exp(-logits)) - targets)
        gradient = (
            matrix.T @ errors + PENALTY * weights,
            meanings.T @ errors + MEANING_PENALTY * meaning,
            (errors * phrases).sum(axis=0),
            errors.sum(axis=0),
        )
        losses = importance * (np.logaddexp(0, logits) - targets * logits)
        penalty = PENALTY / 2 * _squares(weights) + MEANING_PENALTY / 2 * _squares(meaning)
        value = float(losses.sum(dtype=np.float64)) + penalty
        return value, np.concatenate([part.ravel() for part in gradient], dtype=np.float64)

    weightless = np.zeros(sum(rows * labels for rows, labels in shapes))
    start = np.concatenate([weightless, np.repeat([FIRST_ALPHA, FIRST_BIAS], targets.shape[1])])
    steps = {"maxiter": ITERATIONS, "maxcor": HISTORY}
    least = minimize(loss, start, method="L-BFGS-B", jac=True, options=steps)
    weights, meaning, alpha, bias = _parts(least.x.astype(np.float32), shapes)
    say(f"terms: {len(keys):,} from {len(examples):,} texts, loss {least.fun / len(examples):.4f}")
    found = weights * rarity[:, None]
    large = np.abs(found).max(axis=1) / np.sqrt(LEAST_WORDS) >= LEAST_WEIGHT
    return TermModel(keys[large], np.ascontiguousarray(found[large]), meaning, alpha, bias)


def _parts(point: Floats, shapes: Sequence[tuple[int, int]]) -> tuple[Floats, Floats, Floats, Floats]:
    """Return views of what is learned: the weights of terms, of the meaning, alpha and bias."""
    (keys, labels), (width, _) = shapes
    weights, meaning, rest = np.split(point, [keys * labels, (keys + width) * labels])
    return weights.reshape(keys, labels), meaning.reshape(width, labels), rest[:labels], rest[labels:]


def _squares(weights: Floats) -> float:
    return float(np.square(weights).sum(dtype=np.float64))


def _matrix(described: Described, keys: Keys, scale: Floats) -> csr_array:
    """Return the texts as a sparse matrix [texts, keys], in which each term has its `scale`."""
    rows, counts = find_rows(described, keys)
    values = scale[rows] * np.repeat(described.norms, counts)
    ends = np.concatenate([[0], np.cumsum(counts)])
    return csr_array((values.astype(np.float32), rows, ends), shape=(len(counts), len(keys)))


def _targets(examples: Sequence[Example]) -> tuple[Floats, Floats]:
    """Return the target of each decision, and how much it counts: [texts, labels]."""
    hard = np.stack([example.targets for example in examples])
    mask = np.stack([example.mask for example in examples])
    told = np.array([[example.soft is not None] for example in examples])
    soft = np.stack([example.targets if example.soft is None else example.soft for example in examples])
    targets = np.where(mask > 0, np.where(told, (1 - TEACHING) * hard + TEACHING * soft, hard), soft)
    importance = np.where(mask > 0, 1, TEACHING * told)
    rarity = np.sqrt(1 / np.maximum(targets.mean(axis=0), 1e-3)) / 2
    importance = importance * (1 + targets * (rarity.clip(1, RAREST) - 1))
    return targets.astype(np.float32), importance.astype(np.float32)
