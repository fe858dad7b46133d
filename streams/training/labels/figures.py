"""How well labels are given: precision, recall and F1 over the labels that the readers decided on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from streams.enrich.labels.gold import LabelledArticle


class Tally(NamedTuple):
    """Labels that were given rightly, given wrongly, and missed."""

    right: int
    wrong: int
    missed: int

    @property
    def positives(self) -> int:
        """Return how many labels hold in truth."""
        return self.right + self.missed

    @property
    def precision(self) -> float:
        """Return the share of the given labels that hold; 1 if none was given."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        """Return the share of the labels that hold and were given; 1 if none holds."""
        return self.right / self.positives if self.positives else 1.0

    @property
    def f1(self) -> float:
        """Return the harmonic mean of precision and recall; 1 if no label holds and none was given."""
        counted = 2 * self.right + self.wrong + self.missed
        return 2 * self.right / counted if counted else 1.0


def tally(label: str, articles: Sequence[LabelledArticle], given: Sequence[Collection[str]]) -> Tally:
    """Return how `label` was given to the articles for which the reader decided on it."""
    pairs = [
        (label in labels, label in labelled.labels)
        for labelled, labels in zip(articles, given, strict=True)
        if label not in labelled.ambiguous
    ]
    return Tally(pairs.count((True, True)), pairs.count((True, False)), pairs.count((False, True)))


def total(tallies: Iterable[Tally]) -> Tally:
    """Return the sum, whose figures are the micro-averages."""
    right, wrong, missed = (sum(column) for column in zip(*tallies, strict=True))
    return Tally(right, wrong, missed)


def false_alarms(
    label: str, articles: Sequence[LabelledArticle], given: Sequence[Collection[str]]
) -> tuple[int, int]:
    """Return how many texts without any label got `label` although it is not ambiguous, and their number."""
    unlabelled = [
        label in labels
        for labelled, labels in zip(articles, given, strict=True)
        if not labelled.labels and label not in labelled.ambiguous
    ]
    return sum(unlabelled), len(unlabelled)
