"""A logistic regression with a prior on each weight, by Newton's method."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_LONGEST_STEP = 2.0
"""Of a weight; longer steps may overshoot where the classes are far apart."""


def fit_logistic(
    design: Floats, truths: Floats, firm: Floats, mean: Floats, precision: Floats, *, steps: int
) -> Floats:
    """Return the weights of the columns of `design`, after `steps` from `mean` on.

    `truths` are 0 or 1 for each row, and `firm` is how much the row counts. Each weight has a normal prior
    with its `mean` and `precision`.
    """
    weights = mean.copy()
    for _ in range(steps):
        probabilities = 1 / (1 + np.exp(-(design @ weights).clip(-40, 40)))
        gradient = design.T @ (firm * (probabilities - truths)) + precision * (weights - mean)
        spread = firm * probabilities * (1 - probabilities)
        step = np.linalg.solve(design.T @ (design * spread[:, None]) + np.diag(precision), gradient)
        weights = weights - step * min(1.0, _LONGEST_STEP / float(np.abs(step).max() or 1.0))
    return weights
