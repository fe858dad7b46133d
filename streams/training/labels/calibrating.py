"""From raw scores of held-out texts to the decision on each label: its calibration and its threshold.

All labels share one line of log-odds (Platt 1999), for long and for short texts. A label moves the line up or
down as far as its own texts say so: a prior keeps labels with few texts near the others.

Held-out texts were partly picked for their labels, so labels hold more often in them than in the news. So
the line for long texts is moved by the difference of the log-odds of both rates (Saerens et al. 2002). Short
texts were written for the training; their rate says nothing about the news, and their line stays.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from streams.enrich.labels.base import Decision, Line
from streams.training.regression import Floats, fit_logistic

SLOPE_PRIOR = (1.0, 0.5)
"""Mean and standard deviation of the slope, since a raw score is meant to be log-odds."""

SHIFT_DEVIATION = 0.4
"""Standard deviation of what a label, or all short texts, move the line by."""

MORE_LIKELY_THAN_NOT = 0.5
STEPS = 60
DIGITS = 3


def decide(
    raws: Floats,
    short: NDArray[np.bool_],
    targets: Floats,
    mask: Floats,
    *,
    news_rate: float,
) -> list[Decision]:
    """Return the decision on each label from raw scores, targets and mask: [texts, labels].

    The threshold is that of what is more likely than not. `short` says which texts have fewer words than a
    long one. `news_rate` is how often a label holds for an article of the news: labels that hold, divided by
    decisions.
    """
    slope, intercept, of_short, of_labels = _fit(raws, short, targets, mask)
    of_news = _log_odds(news_rate) - _log_odds(rate(targets[~short], mask[~short]))
    return [
        Decision(
            MORE_LIKELY_THAN_NOT,
            Line(round(slope, DIGITS), round(intercept + of_news + shift, DIGITS)),
            Line(round(slope, DIGITS), round(intercept + of_short + shift, DIGITS)),
        )
        for shift in of_labels.tolist()
    ]


def rate(targets: Floats, mask: Floats) -> float:
    """Return the share of the firm decisions that are for the label."""
    return float((targets * mask).sum() / mask.sum())


def _log_odds(share: float) -> float:
    return float(np.log(share / (1 - share)))


def scores(decisions: Sequence[Decision], raws: Floats, short: NDArray[np.bool_]) -> Floats:
    """Return the probability of each raw score: [texts, labels]."""
    return np.array(
        [
            [decision.score(raw, short=is_short) for decision, raw in zip(decisions, row, strict=True)]
            for row, is_short in zip(raws.tolist(), short.tolist(), strict=True)
        ]
    )


def _fit(
    raws: Floats, short: NDArray[np.bool_], targets: Floats, mask: Floats
) -> tuple[float, float, float, Floats]:
    """Return slope, intercept, the shift of short texts, and that of each label."""
    texts, labels = raws.shape
    columns = 3 + labels
    design = np.zeros((texts * labels, columns))
    design[:, 0], design[:, 1] = raws.ravel(), 1.0
    design[:, 2] = np.repeat(short, labels)
    design[np.arange(texts * labels), 3 + np.tile(np.arange(labels), texts)] = 1.0
    mean = np.zeros(columns)
    precision = np.full(columns, SHIFT_DEVIATION**-2)
    mean[0], precision[0] = SLOPE_PRIOR[0], SLOPE_PRIOR[1] ** -2
    precision[1] = 0.01
    weights = fit_logistic(design, targets.ravel(), mask.ravel(), mean, precision, steps=STEPS)
    return float(weights[0]), float(weights[1]), float(weights[2]), weights[3:]
