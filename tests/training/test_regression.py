"""The regression finds the weights that made its rows, as far as the prior lets it."""

from __future__ import annotations

import numpy as np
import pytest

from streams.training.regression import fit_logistic

LOGITS = np.linspace(-3, 3, 13)
ROWS = np.stack([LOGITS, np.ones_like(LOGITS)], axis=1)
CHANCES = 1 / (1 + np.exp(-(1.5 * LOGITS - 0.5)))


def fitted(*, precision=1e-6, steps=40):
    return fit_logistic(
        ROWS, CHANCES, np.ones(len(ROWS)), np.array([1.0, 0.0]), np.full(2, precision), steps=steps
    )


def test_it_finds_the_weights_that_made_the_rows():
    assert fitted() == pytest.approx([1.5, -0.5], abs=1e-3)


def test_a_narrow_prior_keeps_the_weights_near_its_mean():
    assert fitted(precision=1e6) == pytest.approx([1.0, 0.0], abs=1e-3)


def test_rows_that_do_not_count_change_nothing():
    other = ROWS * [-1, 1]
    design, truths = np.concatenate([ROWS, other]), np.concatenate([CHANCES, CHANCES])
    firm = np.repeat([1.0, 0.0], len(ROWS))

    found = fit_logistic(design, truths, firm, np.zeros(2), np.full(2, 1e-6), steps=40)

    assert found == pytest.approx([1.5, -0.5], abs=1e-3)


def test_no_step_means_the_mean_of_the_prior():
    assert fitted(steps=0).tolist() == [1.0, 0.0]
