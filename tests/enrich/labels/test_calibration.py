from __future__ import annotations

import pytest

from streams.enrich.labels.calibration import (
    average_precision,
    best_threshold,
    calibration_error,
    fit,
    measure,
)
from streams.enrich.labels.scoring import probability


def test_a_fitted_calibration_puts_the_doubtful_score_at_even_odds():
    raws = [0.2, 0.5, 0.8, 1.0, 1.2, 4.0, 5.0, 6.0, 7.0, 8.0]

    calibration = fit(raws, [raw > 2 for raw in raws])

    assert calibration is not None
    assert probability(1.2, calibration) < 0.5 < probability(4.0, calibration)


def test_fitted_probabilities_are_as_often_true_as_they_say():
    raws = [float(n % 10) for n in range(1000)]
    truths = [n * 7919 % 1000 < 100 * (n % 10) for n in range(1000)]

    calibration = fit(raws, truths)

    assert calibration is not None
    assert calibration_error([probability(raw, calibration) for raw in raws], truths) < 0.1


def test_too_few_articles_give_no_calibration():
    assert fit([1.0, 5.0, 6.0], [False, True, True]) is None


def test_average_precision_counts_ties_against_the_ranking():
    assert average_precision([0.9, 0.8, 0.7], [True, False, True]) == pytest.approx((1 + 2 / 3) / 2)
    assert average_precision([0.5, 0.5], [True, False]) == pytest.approx(0.5)


def test_calibration_error_is_the_gap_between_score_and_truth_in_each_bin():
    assert calibration_error([0.75, 0.75, 0.75, 0.75], [True, True, True, False]) == pytest.approx(0.0)
    assert calibration_error([0.95, 0.05], [False, False]) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("scores", "threshold"), [([1.0, 1.0, 0.0, 0.0], 0.5), ([0.5, 0.5, 0.5, 0.5], 0.33), ([0.0, 0.0], 0.01)]
)
def test_the_best_threshold_is_half_of_the_best_expected_f1(scores, threshold):
    assert best_threshold(scores) == pytest.approx(threshold)


def test_measures_at_a_threshold():
    measures = measure([0.9, 0.8, 0.4, 0.1], [True, False, True, False], 0.5)

    assert (measures.precision, measures.recall, measures.f1) == (0.5, 0.5, 0.5)
    assert measures.average_precision == pytest.approx((1 + 2 / 3) / 2)
