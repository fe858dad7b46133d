"""The report of a relabelling: how the labels of each article changed, counted by label."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import nan
from typing import NamedTuple

from pydantic import BaseModel, ValidationError

from streams.errors import EnrichmentError

MOVED = 0.01  # a score has moved if it differs by more


@dataclass
class Change:
    """Articles by what happened to one label; the four counts add up to the articles labelled again.

    `moved` counts articles that have the label, or do not have it, as before, but with another score. A score
    that is missing before or after, as with a new label, has not moved.
    """

    gained: int = 0
    lost: int = 0
    moved: int = 0
    unchanged: int = 0


class LabelState(NamedTuple):
    """The labels and scores of one EnrichedArticle, in little memory."""

    labels: tuple[str, ...]
    scored: tuple[str, ...]  # the labels of `scores`; articles with the same labels share one tuple
    scores: array[float]
    digest: bytes  # of the whole event

    def score(self, label: str) -> float:
        """Return the score of `label`, nan if there is none."""
        return self.scores[self.scored.index(label)] if label in self.scored else nan


NO_LABELS = LabelState((), (), array("f"), b"")


class LabelStates:
    """Reads the state out of EnrichedArticles, and keeps each tuple of labels once."""

    def __init__(self) -> None:
        self._tuples: dict[tuple[str, ...], tuple[str, ...]] = {}

    def read(self, value: bytes | None) -> LabelState | None:
        """Return the state of the EnrichedArticle in `value`, or None if there is no such event."""
        try:
            labelling = _Labelling.model_validate_json(value or b"")
        except ValidationError:
            return None
        return LabelState(
            self._shared(label.label for label in labelling.labels),
            self._shared(labelling.scores),
            array("f", (nan if score is None else score for score in labelling.scores.values())),
            hashlib.blake2b(value or b"", digest_size=16).digest(),
        )

    def _shared(self, labels: Iterable[str]) -> tuple[str, ...]:
        names = tuple(labels)
        return self._tuples.setdefault(names, names)


@dataclass
class Relabelling:
    """What a run did, or would do without a dry run, in articles."""

    taxonomy: str
    labels: dict[str, Change] = field(default_factory=dict)
    written: int = 0
    left_alone: int = 0  # news.enriched already holds the same bytes
    superseded: int = 0  # a newer version waits for the label stage, or arrived during the run
    waiting: int = 0  # records on news.tagged that the label stage had not reached at the start
    failed: list[tuple[str, EnrichmentError]] = field(default_factory=list)  # place on news.tagged, reason

    @property
    def articles(self) -> int:
        """The number of articles that were labelled again."""
        return self.written + self.left_alone

    def count(self, before: LabelState | None, after: LabelState, labels: Iterable[str]) -> None:
        """Count one article, for each of `labels` and each that it had before."""
        if before is not None and before.digest == after.digest:
            self.left_alone += 1
        else:
            self.written += 1
        before = before or NO_LABELS
        for label in dict.fromkeys([*labels, *before.scored, *before.labels]):
            _count_label(self.labels.setdefault(label, Change()), label, before, after)


class _CarriedLabel(BaseModel):
    label: str


class _Labelling(BaseModel):
    """The fields of an EnrichedArticle that are compared."""

    labels: list[_CarriedLabel]
    scores: dict[str, float | None]


def _count_label(change: Change, label: str, before: LabelState, after: LabelState) -> None:
    had, has = label in before.labels, label in after.labels
    if had != has:
        change.gained += has
        change.lost += had
    elif abs(after.score(label) - before.score(label)) > MOVED:  # False for nan: a missing score
        change.moved += 1
    else:
        change.unchanged += 1
