"""Train the terms: a linear model of words and pairs of words, learned from all texts at once.

Its logit is bias + alpha * spread(raw score of the phrases) + the weights of the terms in the text + the
meaning of its words. The loss is convex, so no seed decides. Readers' decisions count together with the
teachers' opinion; texts that nobody labelled have that alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from streams.enrich.labels.terms import LEAST_WORDS, Keys
from streams.training.labels.batches import Example
from streams.training.labels.learning import RAREST, TEACHING
from streams.training.labels.terms import Described, TermModel, find_rows

LEAST_TEXTS = 3
"""A term in fewer texts is not learned."""

PENALTY, MEANING_PENALTY = 0.15, 0.05
"""Weights of the squares of the terms' weights, and of the meaning's, in the loss."""

ITERATIONS, HISTORY = 60, 6
"""Of L-BFGS (Liu and Nocedal 1989)."""

LEAST_WEIGHT = 0.02
"""A term that adds less than that to each label, in the shortest text, is not kept."""


def train_terms(examples: Sequence[Example], described: Described, say: Callable[[str], None]) -> TermModel:
    """Return the model with the least loss on the examples, of which some have the teachers' opinion."""
    keys, counts = np.unique(described.keys, return_counts=True)
    kept = counts >= LEAST_TEXTS
    keys, rarity = keys[kept], np.sqrt(np.log(len(examples) / counts[kept])).astype(np.float32)
    targets, importance = _targets(examples)
    matrix = _matrix(described, keys, rarity)
    phrases, meanings = torch.from_numpy(described.phrases), torch.from_numpy(described.meanings)
    labels = targets.shape[1]
    weights = torch.zeros(len(keys), labels, requires_grad=True)
    meaning = torch.zeros(meanings.shape[1], labels, requires_grad=True)
    alpha, bias = torch.ones(labels, requires_grad=True), torch.full((labels,), -3.0, requires_grad=True)
    transposed = matrix.to_sparse_coo().t().to_sparse_csr()

    def loss() -> Tensor:
        with torch.no_grad():
            logits = matrix @ weights + meanings @ meaning + phrases * alpha + bias
            errors = importance * (torch.sigmoid(logits) - targets)
            weights.grad = transposed @ errors + PENALTY * weights
            meaning.grad = meanings.T @ errors + MEANING_PENALTY * meaning
            alpha.grad, bias.grad = (errors * phrases).sum(0), errors.sum(0)
            losses = functional.binary_cross_entropy_with_logits(logits, targets, reduction="none")
            penalty = PENALTY / 2 * (weights**2).sum() + MEANING_PENALTY / 2 * (meaning**2).sum()
            return (importance * losses).sum() + penalty

    optimiser = torch.optim.LBFGS(
        [weights, meaning, alpha, bias],
        max_iter=ITERATIONS,
        history_size=HISTORY,
        line_search_fn="strong_wolfe",
        tolerance_change=1e-6,
    )
    optimiser.step(loss)
    say(f"terms: {len(keys):,} from {len(examples):,} texts, loss {float(loss()) / len(examples):.4f}")
    found = weights.detach().numpy() * rarity[:, None]
    large = np.abs(found).max(axis=1) / np.sqrt(LEAST_WORDS) >= LEAST_WEIGHT
    return TermModel(
        keys[large],
        np.ascontiguousarray(found[large]),
        meaning.detach().numpy(),
        alpha.detach().numpy(),
        bias.detach().numpy(),
    )


def _matrix(described: Described, keys: Keys, scale: NDArray[np.float32]) -> Tensor:
    """Return the texts as a sparse matrix [texts, keys], in which each term has its `scale`."""
    rows, counts = find_rows(described, keys)
    values = scale[rows] * np.repeat(described.norms, counts)
    return torch.sparse_csr_tensor(
        torch.from_numpy(np.concatenate([[0], np.cumsum(counts)])),
        torch.from_numpy(rows),
        torch.from_numpy(values.astype(np.float32)),
        (len(counts), len(keys)),
    )


def _targets(examples: Sequence[Example]) -> tuple[Tensor, Tensor]:
    """Return the target of each decision, and how much it counts: [texts, labels]."""
    hard = np.stack([example.targets for example in examples])
    mask = np.stack([example.mask for example in examples])
    told = np.array([[example.soft is not None] for example in examples])
    soft = np.stack([example.targets if example.soft is None else example.soft for example in examples])
    targets = np.where(mask > 0, np.where(told, (1 - TEACHING) * hard + TEACHING * soft, hard), soft)
    importance = np.where(mask > 0, 1, TEACHING * told)
    rarity = np.sqrt(1 / np.maximum(targets.mean(axis=0), 1e-3)) / 2
    importance = importance * (1 + targets * (rarity.clip(1, RAREST) - 1))
    return torch.from_numpy(targets.astype(np.float32)), torch.from_numpy(importance.astype(np.float32))
