"""The factors of the student and of the terms in the compact raw score.

They make different mistakes: the student knows what a word means beside its neighbours, and the terms hold
better on newspapers of other countries. The held-out texts decide, by one logistic regression of all labels.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.training.regression import Floats, fit_logistic

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
    mean = np.zeros(3 + labels)
    mean[:2] = 0.5
    precision = np.full(len(mean), LABEL_DEVIATION**-2)
    precision[:3] = 0.01
    weights = fit_logistic(design, targets.ravel(), mask.ravel(), mean, precision, steps=STEPS)
    first, second = (max(round(float(weight), DIGITS), 0.0) for weight in weights[:2])
    return Mixture(first, second)
