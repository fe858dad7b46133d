"""Decisions from held-out scores: they recover the odds, and few texts move a label little."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from streams.enrich.labels.calibration import calibration_error
from streams.training.labels.calibrating import decide, scores

Floats = NDArray[np.float64]


def sample(texts: int, labels: int, *, slope: float, intercept: float) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(7)
    raws = rng.normal(-1.5, 2.5, (texts, labels))
    odds = 1 / (1 + np.exp(-(slope * raws + intercept)))
    return raws, (rng.random((texts, labels)) < odds).astype(np.float64)


def test_overconfident_scores_are_calibrated() -> None:
    raws, truths = sample(2000, 3, slope=0.6, intercept=-0.4)
    long = np.zeros(2000, bool)
    decisions = decide(raws, long, truths, np.ones_like(truths), news_rate=truths.mean())
    assert decisions[0].long.slope == pytest.approx(0.6, abs=0.08)
    calibrated = scores(decisions, raws, long).ravel().tolist()
    as_they_were = (1 / (1 + np.exp(-raws))).ravel().tolist()
    answers = (truths.ravel() > 0).tolist()
    assert calibration_error(calibrated, answers) < calibration_error(as_they_were, answers) / 3


def test_short_texts_get_a_line_of_their_own() -> None:
    raws, truths = sample(2000, 2, slope=1.0, intercept=0.0)
    short = np.arange(2000) % 2 == 0
    truths[short] *= np.random.default_rng(8).random((1000, 2)) < 0.4
    first, _ = decide(raws, short, truths, np.ones_like(truths), news_rate=truths.mean())
    assert first.short.intercept < first.long.intercept - 0.3


def test_a_label_that_nobody_decided_on_has_the_line_of_the_others() -> None:
    raws, truths = sample(1000, 2, slope=1.0, intercept=1.0)
    mask = np.ones_like(truths)
    mask[:, 1] = 0
    truths[:, 1] = 1
    first, second = decide(raws, np.zeros(1000, bool), truths, mask, news_rate=0.3)
    assert second.long.intercept == pytest.approx(first.long.intercept, abs=0.2)


def test_long_texts_expect_labels_as_often_as_the_news_has_them() -> None:
    raws, truths = sample(2000, 2, slope=1.0, intercept=0.5)
    short, mask = np.arange(2000) < 500, np.ones_like(truths)
    here = float(truths[~short].mean())
    same, _ = decide(raws, short, truths, mask, news_rate=here)
    rarer, _ = decide(raws, short, truths, mask, news_rate=here / 2)
    assert rarer.long.intercept < same.long.intercept - 0.5
    assert rarer.short == same.short
