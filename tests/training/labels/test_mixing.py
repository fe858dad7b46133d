"""The mixture of two logits is the one that the held-out decisions support."""

from __future__ import annotations

import numpy as np
import pytest

from streams.training.labels.mixing import Mixture, mix

LABELS = 3


def drawn(texts, student, terms, seed=0):
    """Return logits of two models, and decisions drawn from this mixture of both."""
    rng = np.random.default_rng(seed)
    first, second = (rng.normal(size=(texts, LABELS)).astype(np.float32) * 2 for _ in range(2))
    odds = student * first + terms * second
    targets = (rng.random(odds.shape) < 1 / (1 + np.exp(-odds))).astype(np.float64)
    return first, second, targets, np.ones_like(targets)


@pytest.mark.parametrize(("student", "terms"), [(0.8, 0.5), (0.2, 1.2), (1.0, 0.0)])
def test_it_finds_the_mixture_that_the_decisions_were_drawn_from(student, terms):
    mixture = mix(*drawn(4000, student, terms))

    assert mixture.student == pytest.approx(student, abs=0.08)
    assert mixture.terms == pytest.approx(terms, abs=0.08)


def test_a_model_that_is_mostly_wrong_counts_nothing():
    student, terms, targets, mask = drawn(2000, 1.0, -0.8)

    assert mix(student, terms, targets, mask).terms == 0


def test_decisions_that_the_reader_left_open_do_not_count():
    student, terms, targets, mask = drawn(1000, 0.8, 0.5)
    misled = targets.copy()
    misled[::2] = 1 - misled[::2]
    mask[::2] = 0

    assert mix(student, terms, misled, mask) == mix(student, terms, targets, mask)


def test_the_raw_score_is_the_weighted_sum():
    ones = np.ones((2, LABELS), np.float32)

    assert Mixture(0.5, 0.25).of(ones, 2 * ones).tolist() == [[1.0] * LABELS] * 2
