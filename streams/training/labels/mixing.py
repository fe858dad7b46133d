"""How much the student and the terms count in the compact raw score.

They make different mistakes: the student knows what a word means beside its neighbours, and the terms hold
better on newspapers of other countries. The held-out texts decide, by one logistic regression of all labels.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

STEPS = 30
DIGITS = 2

LABEL_DEVIATION = 0.4
"""Standard deviation of what a label moves the sum by; so the mixture does not make up for its frequency."""


class Mixture(NamedTuple):
    """Factors of both logits; their sum is the compact raw score."""

    student: float
    terms: float

    def of(self, student: NDArray[np.float32], terms: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the raw scores of texts: [texts, labels]."""
        mixed: NDArray[np.float32] = (self.student * student + self.terms * terms).astype(np.float32)
        return mixed


def mix(student: NDArray[np.float32], terms: NDArray[np.float32], targets: Floats, mask: Floats) -> Mixture:
    """Return the mixture that fits the decisions best: [texts, labels] each. No factor is under zero."""
    labels = targets.shape[1]
    design = np.ones((targets.size, 3 + labels))
    design[:, 0], design[:, 1] = student.ravel(), terms.ravel()
    design[:, 3:] = np.tile(np.eye(labels), (len(targets), 1))
    weights = np.zeros(3 + labels)
    weights[:2] = 0.5
    mean = weights.copy()
    precision = np.full(len(weights), LABEL_DEVIATION**-2)
    precision[:3] = 0.01
    truths, firm = targets.ravel(), mask.ravel()
    for _ in range(STEPS):
        probabilities = 1 / (1 + np.exp(-(design @ weights).clip(-40, 40)))
        gradient = design.T @ (firm * (probabilities - truths)) + precision * (weights - mean)
        spread = firm * probabilities * (1 - probabilities)
        step = np.linalg.solve(design.T @ (design * spread[:, None]) + np.diag(precision), gradient)
        weights = weights - step * min(1.0, 2.0 / float(np.abs(step).max() or 1.0))
    first, second = (max(round(float(weight), DIGITS), 0.0) for weight in weights[:2])
    return Mixture(first, second)
