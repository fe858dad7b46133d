"""Calibration: from labelled articles to probabilities that keep their word, and how well they do.

Platt scaling (Platt, 1999) of raw scores, long and short texts apart. A prior keeps the slope near the usual
one, so that a few articles without a doubtful case among them do not make every score 0 or 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from streams.enrich.labels.label_file import LONG, Calibration
from streams.enrich.labels.scoring import spread

LEAST_OF_EACH = 4  # fewer positives or negatives say too little
STEPS = 50
SLOPE_DEVIATION = 1.0  # of the Gaussian prior of the slope


@dataclass(frozen=True)
class Measures:
    """How well scores find a label: at a threshold, as a ranking, and as probabilities."""

    precision: float
    recall: float
    f1: float
    average_precision: float
    calibration_error: float


def fit(raws: Sequence[float], truths: Sequence[bool]) -> Calibration | None:
    """The calibration of RAWS; None when there are too few of either kind to tell."""
    positives = sum(truths)
    negatives = len(truths) - positives
    if min(positives, negatives) < LEAST_OF_EACH:
        return None
    design = np.column_stack([[spread(raw) for raw in raws], np.ones(len(raws))])
    targets = np.array(truths, np.float64)
    usual = np.array([LONG.slope, 0.0])
    prior = np.array([1 / SLOPE_DEVIATION**2, 0.0])
    weights = usual.copy()
    for _ in range(STEPS):
        chances = 1 / (1 + np.exp(-design @ weights))
        slopes = design.T @ (chances - targets) + prior * (weights - usual)
        curvature = design.T @ (design * (chances * (1 - chances))[:, None]) + np.diag(prior + 1e-6)
        step = np.linalg.solve(curvature, slopes)
        weights = weights - step * min(1.0, 2.0 / float(np.abs(step).max() or 1.0))
    slope, intercept = (round(float(weight), 3) for weight in weights)
    return Calibration(slope=max(slope, 0.01), intercept=intercept)


def best_threshold(scores: Sequence[float]) -> float:
    """The threshold for the best F1 that calibrated SCORES lead one to expect, to two decimals.

    It is half of that F1 (Lipton, Elkan and Naryanaswamy, 2014), whatever the truths: the one that is best
    for a handful of labelled articles is mostly chance.
    """
    expected = sum(scores)
    hits, best = 0.0, 0.0
    for said, score in enumerate(sorted(scores, reverse=True), start=1):
        hits += score
        best = max(best, 2 * hits / (said + expected))
    return min(max(round(best / 2, 2), 0.01), 0.99)


def measure(scores: Sequence[float], truths: Sequence[bool], threshold: float) -> Measures:
    """How SCORES agree with TRUTHS."""
    said = [score >= threshold for score in scores]
    hits = sum(truth for one, truth in zip(said, truths, strict=True) if one)
    return Measures(
        precision=hits / sum(said) if any(said) else 0.0,
        recall=hits / sum(truths) if any(truths) else 0.0,
        f1=_f1(scores, truths, threshold),
        average_precision=average_precision(scores, truths),
        calibration_error=calibration_error(scores, truths),
    )


def average_precision(scores: Sequence[float], truths: Sequence[bool]) -> float:
    """Mean of the precision at every positive, best score first; among equals the negatives come first."""
    ranked = sorted(zip(scores, truths, strict=True), key=lambda pair: (-pair[0], pair[1]))
    found, total = 0, 0.0
    for rank, (_, truth) in enumerate(ranked, start=1):
        if truth:
            found += 1
            total += found / rank
    return total / found if found else 0.0


def calibration_error(scores: Sequence[float], truths: Sequence[bool], bins: int = 10) -> float:
    """Expected calibration error over BINS of equal width."""
    columns: list[list[tuple[float, bool]]] = [[] for _ in range(bins)]
    for score, truth in zip(scores, truths, strict=True):
        columns[min(int(score * bins), bins - 1)].append((score, truth))
    gaps = [abs(sum(score for score, _ in column) - sum(truth for _, truth in column)) for column in columns]
    return sum(gaps) / len(scores) if scores else 0.0


def _f1(scores: Sequence[float], truths: Sequence[bool], threshold: float) -> float:
    said = [score >= threshold for score in scores]
    hits = sum(truth for one, truth in zip(said, truths, strict=True) if one)
    wrong = sum(said) + sum(truths)
    return 2 * hits / wrong if wrong else 0.0
