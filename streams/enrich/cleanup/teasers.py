"""Teasers: lines above an article that belong to another one. A logistic regression weighs the evidence.

The wording: a line belongs to an article as far as the article's words make its words likely (log-likelihood
ratios of a unigram model of the body, mixed with a background model, and of the background alone: query
likelihood with Jelinek-Mercer smoothing, Zhai and Lafferty, SIGIR 2001), and as far as the body covers it.
The meaning: a line belongs to an article that is nearer to it than other articles are, by the static
embedding. How near those are tells a vague line from a line about another subject (as cohorts do in speaker
verification: Auckenthaler et al., Digital Signal Processing, 2000).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from copy import copy
from enum import Enum
from functools import cached_property
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from streams.enrich.cleanup.stems import STEMS, content_stems
from streams.enrich.cleanup.teaser_model import WORDING, Directions, TeaserModel, load_teaser_model
from streams.enrich.cleanup.words import words
from streams.enrich.embedding import load_embedding

_MIXTURE = 0.5  # weight of the body's model beside the background's
_LEAD = 3  # paragraphs
_NEAREST = 3  # paragraphs
_NEAREST_OTHERS = 5  # articles
_SAME = 0.98  # cosine; an article as near as that is this one
_FEWEST_WORDS = 3  # content words; fewer may be a name
_FEWEST_FOREIGN = 4
_AMONG_OWN = 0.4  # log-odds
_SHORTEST_BODY = 80  # words; a shorter body does not say enough to judge by


class Verdict(Enum):
    """What a line above the body is to the body."""

    OWN = "own"
    DOUBTFUL = "doubtful"
    TEASER = "teaser"


class TeaserJudge:
    """Judges lines against one article's body, given as the words of each paragraph.

    The model was fitted on English. In another language only a line that shares no word with the body is a
    teaser.
    """

    def __init__(
        self, body: Sequence[Sequence[str]], model: TeaserModel | None = None, *, is_english: bool = True
    ) -> None:
        self._model = model or load_teaser_model()
        self._is_english = is_english
        self._body = body
        self._counts: Counter[str] = Counter()
        self._paragraphs: list[frozenset[str]] = []
        self._read(body)

    def _read(self, body: Sequence[Sequence[str]]) -> None:
        paragraphs = [list(map(STEMS.__getitem__, paragraph)) for paragraph in body]
        self._counts.update(chain.from_iterable(paragraphs))
        self._length = self._counts.total()
        self._paragraphs = [*map(frozenset, paragraphs), *self._paragraphs]
        self._lead = frozenset[str]().union(*self._paragraphs[:_LEAD])

    def above(self, lines: Sequence[Sequence[str]]) -> TeaserJudge:
        """Return a judge of the same body with `lines`, as words, above it."""
        judge = copy(self)
        judge._counts = self._counts.copy()
        judge._read(lines)
        judge._body = [*lines, *self._body]
        if "_directions" in self.__dict__:
            del judge.__dict__["_directions"]
            judge.__dict__["_sums"] = np.vstack([load_embedding().sums(lines), self._sums])
        return judge

    def coverage(self, line: str) -> float:
        """Return the share of the line's information that the body has; 1 if the line has no content word."""
        stems = content_stems(line)
        total = sum(map(self._model.information, stems))
        return sum(self._model.information(s) for s in stems if s in self._counts) / total if total else 1.0

    def judge(self, line: str, *, among_own: bool = False) -> Verdict:
        """Return whether the line belongs to another article; `among_own` asks for stronger evidence."""
        if not self._is_english:
            shares_nothing = (
                self._length >= _SHORTEST_BODY
                and len(content_stems(line)) >= _FEWEST_FOREIGN
                and self.coverage(line) == 0
            )
            return Verdict.TEASER if shares_nothing else Verdict.OWN
        score = self.score(line)
        if score is None or score < self._model.doubtful:
            return Verdict.OWN
        certain = self._model.certain + (_AMONG_OWN if among_own else 0.0)
        return Verdict.TEASER if score >= certain else Verdict.DOUBTFUL

    def score(self, line: str) -> float | None:
        """Return the log-odds that the line belongs to another article, or None.

        None means that line or body is too short to judge. Below the model's `plain` the score is that of the
        wording alone.
        """
        wording = self.wording(line)
        if wording is None:
            return None
        weights = self._model.weights
        score = self._model.bias + _dot(weights, wording)
        if score < self._model.plain:
            return score
        return score + _dot(weights[len(WORDING) :], self.meaning(line))

    def wording(self, line: str) -> tuple[float, ...] | None:
        """Return the values of `WORDING` for the line, or None if line or body is too short to judge."""
        stems = content_stems(line)
        if len(stems) < _FEWEST_WORDS or self._length < _SHORTEST_BODY:
            return None
        weights = {s: self._model.information(s) for s in stems}
        total = sum(weights.values())
        ratios = sum(map(self._ratio, stems))
        missing = [weights[s] for s in stems if s not in self._counts]
        return (
            1 - sum(missing) / total,
            ratios / 8,
            ratios / len(stems),
            sum(weights[s] for s in stems if s in self._lead) / total,
            len(missing) / 8,
            max(missing, default=0.0) / 8,
            max(sum(weights[s] for s in stems if s in paragraph) for paragraph in self._paragraphs) / total,
            math.log1p(self._length) / 5,
        )

    def meaning(self, line: str) -> tuple[float, ...]:
        """Return the values of `MEANING` for the line."""
        body, paragraphs, others = self._directions
        direction = self._model.others.place(load_embedding().sums([words(line)]))[0]
        own = float(body @ direction)
        nearest = np.sort(paragraphs @ direction)[::-1][:_NEAREST]
        other = np.sort(others @ direction)[::-1]
        near = float(nearest.mean())
        return (
            float(nearest[0]),
            near,
            near - float(other[:_NEAREST_OTHERS].mean()),
            (own - float(other.mean())) / float(other.std()),
            own - float(other[0]),
            math.log1p(np.count_nonzero(other > own)) / 3,
        )

    @cached_property
    def _directions(self) -> tuple[Directions, Directions, Directions]:
        """The directions of the body, of its paragraphs, and of all other articles."""
        others = self._model.others
        body = others.place(self._sums.sum(axis=0, keepdims=True))[0]
        same = others.articles @ body >= _SAME
        articles = others.articles[~same] if same.any() else others.articles
        return body, others.place(self._sums), articles

    @cached_property
    def _sums(self) -> NDArray[np.int32]:
        return load_embedding().sums(self._body)

    def _ratio(self, stem: str) -> float:
        """Return the log-likelihood ratio of `stem` under the body's mixture and the background, in nats."""
        background = (self._model.frequencies.get(stem, 0) + 0.5) / self._model.tokens
        return math.log(_MIXTURE * self._counts[stem] / self._length / background + 1 - _MIXTURE)


def _dot(weights: Sequence[float], values: Sequence[float]) -> float:
    return sum(weight * value for weight, value in zip(weights, values, strict=False))
