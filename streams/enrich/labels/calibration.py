"""Calibration: raw scores of labelled articles become probabilities, and measures say how good they are.

The method is Platt scaling (Platt, 1999), for long and short texts separately. A prior keeps the slope near
the default, so that a few articles without a doubtful case do not make every score 0 or 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from streams.enrich.labels.label_file import LONG, Calibration
from streams.enrich.labels.scoring import spread

MIN_OF_EACH = 4  # positives and negatives; fewer say too little
STEPS = 50
SLOPE_DEVIATION = 1.0  # standard deviation of the Gaussian prior of the slope


@dataclass(frozen=True)
class Measures:
    """How good scores are: at a threshold, as a ranking, and as probabilities."""

    precision: float
    recall: float
    f1: float
    average_precision: float
    calibration_error: float


def fit(raws: Sequence[float], truths: Sequence[bool]) -> Calibration | None:
    """Return the calibration of the raw scores, or None if there are too few positives or negatives."""
    positives = sum(truths)
    negatives = len(truths) - positives
    if min(positives, negatives) < MIN_OF_EACH:
        return None
    design = np.column_stack([[spread(raw) for raw in raws], np.ones(len(raws))])
    targets = np.array(truths, np.float64)
    default = np.array([LONG.slope, 0.0])
    prior = np.array([1 / SLOPE_DEVIATION**2, 0.0])
    weights = default.copy()
    for _ in range(STEPS):
        probabilities = 1 / (1 + np.exp(-design @ weights))
        gradient = design.T @ (probabilities - targets) + prior * (weights - default)
        curvature = design.T @ (design * (probabilities * (1 - probabilities))[:, None]) + np.diag(
            prior + 1e-6
        )
        step = np.linalg.solve(curvature, gradient)
        weights = weights - step * min(1.0, 2.0 / float(np.abs(step).max() or 1.0))
    slope, intercept = (round(float(weight), 3) for weight in weights)
    return Calibration(slope=max(slope, 0.01), intercept=intercept)


def best_threshold(scores: Sequence[float]) -> float:
    """Return the threshold, to two decimals, with the best F1 that calibrated scores lead one to expect.

    It is half of that F1 (Lipton, Elkan and Naryanaswamy, 2014). The truths do not count, because the
    threshold that is best for a handful of labelled articles is mostly chance.
    """
    expected = sum(scores)
    hits, best = 0.0, 0.0
    for taken, score in enumerate(sorted(scores, reverse=True), start=1):
        hits += score
        best = max(best, 2 * hits / (taken + expected))
    return min(max(round(best / 2, 2), 0.01), 0.99)


def measure(scores: Sequence[float], truths: Sequence[bool], threshold: float) -> Measures:
    """Return how the scores agree with the truths."""
    positive, hits = _count_positives(scores, truths, threshold)
    return Measures(
        precision=hits / positive if positive else 0.0,
        recall=hits / sum(truths) if any(truths) else 0.0,
        f1=_f1(scores, truths, threshold),
        average_precision=average_precision(scores, truths),
        calibration_error=calibration_error(scores, truths),
    )


def average_precision(scores: Sequence[float], truths: Sequence[bool]) -> float:
    """Return the mean of the precision at every positive, best score first. In a tie negatives come first."""
    ranked = sorted(zip(scores, truths, strict=True), key=lambda pair: (-pair[0], pair[1]))
    hits, total = 0, 0.0
    for rank, (_, truth) in enumerate(ranked, start=1):
        if truth:
            hits += 1
            total += hits / rank
    return total / hits if hits else 0.0


def calibration_error(scores: Sequence[float], truths: Sequence[bool], bins: int = 10) -> float:
    """Return the expected calibration error over bins of equal width."""
    columns: list[list[tuple[float, bool]]] = [[] for _ in range(bins)]
    for score, truth in zip(scores, truths, strict=True):
        columns[min(int(score * bins), bins - 1)].append((score, truth))
    gaps = [abs(sum(score for score, _ in column) - sum(truth for _, truth in column)) for column in columns]
    return sum(gaps) / len(scores) if scores else 0.0


def _f1(scores: Sequence[float], truths: Sequence[bool], threshold: float) -> float:
    positive, hits = _count_positives(scores, truths, threshold)
    total = positive + sum(truths)
    return 2 * hits / total if total else 0.0


def _count_positives(scores: Sequence[float], truths: Sequence[bool], threshold: float) -> tuple[int, int]:
    """Return how many scores reach the threshold, and how many of those are true."""
    reached = [truth for score, truth in zip(scores, truths, strict=True) if score >= threshold]
    return len(reached), sum(reached)
