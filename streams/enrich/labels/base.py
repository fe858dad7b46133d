"""What a second reader of articles gives the labeller: the contract of `LabelScorer`.

The compact labeller gives each learned label a raw score in log-odds, the sum of its evidence and parts. A
scorer adds one more part to it, `encoder`: `Labeller(taxonomy, network, scorer)` calls `scorer.logits` once
for each article in English, and adds the value of each learned label, rounded to four digits. Thresholds and
calibrations then come from `scorer.decisions` in place of the compact model. Labels of a user's own files
never reach it. `scorer.version` becomes part of the taxonomy hash.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from streams.enrich.labels.scoring import DIGITS
from streams.events import TaggedArticle


class Line(NamedTuple):
    """A calibration of log-odds: the probability of `raw` is 1 / (1 + exp(-(slope * raw + intercept)))."""

    slope: float
    intercept: float


class Decision(NamedTuple):
    """How the raw score of a learned label becomes a probability, and from which on the label applies."""

    threshold: float
    long: Line
    short: Line

    def score(self, raw: float, *, short: bool) -> float:
        """Return the calibrated probability of `raw`, rounded; `short` texts have under 120 words."""
        slope, intercept = self.short if short else self.long
        logit = slope * raw + intercept
        odds = math.exp(-abs(logit))
        return round((1.0 if logit >= 0 else odds) / (1 + odds), DIGITS)


class LabelScorer(Protocol):
    """Scores an article for each of its `labels`, beside the compact labeller."""

    version: str
    """Name and version of the model, such as `accurate 2026-01-30`: another model has another one."""

    labels: tuple[str, ...]
    """The labels in the order of the logits; the compact model has the same ones in any order."""

    decisions: Mapping[str, Decision]
    """For each of `labels` its decision on the sum of the compact raw score and the scorer's logit."""

    def logits(self, article: TaggedArticle) -> NDArray[np.float64]:
        """Return what is added to the raw score of each of `labels`: log-odds, weighted for the sum.

        Shape: (labels,), finite. The same article gives the same values, whatever is scored beside it.
        """
        ...
