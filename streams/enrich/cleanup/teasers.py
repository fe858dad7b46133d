"""Teasers: lines above an article that belong to another one.

Two things tell. The wording: a line belongs to an article as far as the article's words make its words likely
(log-likelihood ratios between a unigram model of the body, mixed with a background model, and the background
alone: query likelihood with Jelinek-Mercer smoothing, Zhai and Lafferty, SIGIR 2001), and as far as the body
covers it. The meaning: a line belongs to an article that is nearer to it than other articles are, by the
static embedding; how near those come tells a vague line from one that is about something else (as cohorts do
in speaker verification: Auckenthaler et al., Digital Signal Processing, 2000). A logistic regression weighs
both.

`teasers.json` holds its coefficients and the background frequencies, `teasers.npz` where other articles lie;
`streams.training.teasers` makes both files and its docstring says from what.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from enum import Enum
from functools import cache, cached_property
from importlib.resources import files
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streams.enrich.blas import load_arrays
from streams.enrich.cleanup.words import words
from streams.enrich.embedding import load_embedding

WORDING = (
    "covered",  # share of the line's information (inverse document frequency) whose words the body has
    "sum_of_ratios",  # of the words' log-likelihood ratios
    "mean_ratio",
    "lead",  # share of the line's information that the first three paragraphs have
    "missing",  # how many words the body does not have
    "rarest_missing",  # information of the rarest word that the body does not have
    "paragraph",  # share of the line's information in the best of the body's paragraphs
    "length",  # log of the body's length
)
MEANING = (
    "nearest_paragraph",  # cosine
    "near_paragraphs",  # mean of the three nearest
    "near_others",  # the same, less the mean of the five other articles that are nearest to the line
    "stands_out",  # how far the body is nearer than others, in their standard deviations
    "nearest_other",  # the body's cosine, less that of the other article that is nearest
    "rank",  # log of how many other articles are nearer than the body
)

_MIXTURE = 0.5  # weight of the body's model beside the background's
_LEAD = 3  # paragraphs
_NEAREST = 3  # paragraphs
_NEAREST_OTHERS = 5  # articles
_SAME = 0.98  # cosine: so near is no other article, but this one
_STEMS_KEPT = 50_000
_MOST_WORDS = 15  # a line is judged by as many content words at most
_FEWEST_WORDS = 3  # content words: less may be a name
_FEWEST_FOREIGN = 4
_AMONG_OWN = 0.4  # log-odds
_SHORTEST_BODY = 80  # words: less cannot be judged against
_STOP_WORDS = frozenset(
    re.findall(
        r"\S+",
        """ a about after again against all also am an and another any are aren't around as at back be because
        been before being between both but by can can't come could d did didn't do does doesn't don't down
        during each end even ever every far few first for from get go going had has have he her here him his
        how i i'm if in into is isn't it it's its just know least left let like ll long m made make many may
        me more most much must my need never new no nor not nothing now of off on once one only or other our
        out over own part put re s said same say says see she should since so some someone something still
        such t take than that that's the their them then there there's these they they're this those though
        three through time times to today too two under until up us use used using ve very want was wasn't way
        we we're well went were what what's when where whether which while who why will with without won't
        would year years yet you your """,
    )
)
_DEPARTMENT = re.compile(
    r"(?:opinion|analysis|editorial|exclusive|commentary|review|watch|video)\s*[:|-]\s*", re.IGNORECASE
)


class Verdict(Enum):
    """What a line above the body is to the body."""

    OWN = "own"
    DOUBTFUL = "doubtful"
    TEASER = "teaser"


class _Stems(dict[str, str]):
    """Word to stem, worked out when it is first met: a call saved for every word of an article."""

    def __missing__(self, word: str) -> str:
        if len(self) >= _STEMS_KEPT:
            self.clear()
        self[word] = found = _stem(word)
        return found


_STEMS = _Stems()


def stem(word: str) -> str:
    """What WORD shares with its inflections, roughly: the same for talk, talks, talked and talking."""
    return _STEMS[word]


def _stem(word: str) -> str:
    word = word.replace("’", "'").removesuffix("'s")
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    for ending in ("ing", "ed", "er", "ly"):
        if len(word) > len(ending) + 3 and word.endswith(ending):
            return word.removesuffix(ending)[:7]
    return word[:7]


def content_stems(line: str) -> list[str]:
    """The stems of LINE's content words, each once, in order."""
    line = _DEPARTMENT.sub("", line, count=1) if len(line) < 500 else line
    stems = (
        stem(word)
        for word in words(line)
        if word not in _STOP_WORDS and (len(word) > 1 or not word.isascii())
    )
    return list(dict.fromkeys(stems))[:_MOST_WORDS]


Directions = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Others:
    """Where other articles lie, a row each; and the `centre` and `scale` of the space that they lie in.

    Scaled, the directions of the embedding that all news share count less.
    """

    centre: Directions
    scale: Directions
    articles: Directions

    def place(self, texts: NDArray[Any]) -> Directions:
        """The directions of TEXTS, sums of their words' vectors, a row each."""
        return of_unit_length((of_unit_length(texts.astype(np.float32)) - self.centre) * self.scale)


def of_unit_length(rows: Directions) -> Directions:
    """ROWS scaled to the length 1; zeros stay."""
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]
    scaled: Directions = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)
    return scaled


@dataclass(frozen=True, eq=False)
class TeaserModel:
    """How common words are in news, where articles lie, and how much each feature speaks for a teaser.

    `frequencies` counts the documents, of `documents`, that have a stem. A line that scores less than `plain`
    by its wording is the article's own, whatever it means. One whose score passes `doubtful` may be a teaser,
    one that passes `certain` is taken for one.
    """

    documents: int
    frequencies: dict[str, int]
    others: Others
    weights: tuple[float, ...]
    bias: float
    plain: float
    doubtful: float
    certain: float

    @cached_property
    def tokens(self) -> int:
        """The sum of all frequencies."""
        return sum(self.frequencies.values())

    def information(self, stem: str) -> float:
        """Inverse document frequency of STEM, in nats."""
        return max(0.5, math.log((self.documents + 1) / (self.frequencies.get(stem, 1) + 0.5)))


@cache
def load_teaser_model() -> TeaserModel:
    """The model that the package ships."""
    folder = files(__package__)
    stored = json.loads(folder.joinpath("teasers.json").read_text(encoding="utf-8"))
    with folder.joinpath("teasers.npz").open("rb") as file:
        arrays = load_arrays(file)
    others = Others(arrays["centre"], arrays["scale"], of_unit_length(arrays["articles"].astype(np.float32)))
    return TeaserModel(
        documents=stored["documents"],
        frequencies=stored["frequencies"],
        others=others,
        weights=tuple(stored["weights"][name] for name in (*WORDING, *MEANING)),
        bias=stored["bias"],
        plain=stored["plain"],
        doubtful=stored["doubtful"],
        certain=stored["certain"],
    )


class TeaserJudge:
    """Judges lines against one article's body, given as the words of each paragraph.

    The model was fitted on English: in another language only a line that shares no word with the body is a
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
        paragraphs = [list(map(_STEMS.__getitem__, paragraph)) for paragraph in body]
        self._counts.update(chain.from_iterable(paragraphs))
        self._length = self._counts.total()
        self._paragraphs = [*map(frozenset, paragraphs), *self._paragraphs]
        self._lead = frozenset[str]().union(*self._paragraphs[:_LEAD])

    def above(self, lines: Sequence[Sequence[str]]) -> TeaserJudge:
        """A judge of the same body with LINES, as words, above it."""
        judge = copy(self)
        judge._counts = self._counts.copy()
        judge._read(lines)
        judge._body = [*lines, *self._body]
        if "_directions" in self.__dict__:
            del judge.__dict__["_directions"]
            judge.__dict__["_sums"] = np.vstack([load_embedding().sums(lines), self._sums])
        return judge

    def coverage(self, line: str) -> float:
        """How much of LINE's information the body has, 0 to 1; 1 where LINE has no content word."""
        stems = content_stems(line)
        total = sum(map(self._model.information, stems))
        return sum(self._model.information(s) for s in stems if s in self._counts) / total if total else 1.0

    def judge(self, line: str, *, among_own: bool = False) -> Verdict:
        """Whether LINE belongs to another article; where it stands among the article's own more must tell."""
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
        """Log-odds that LINE belongs to another article; None where line or body are too short to tell.

        Below `plain` of the model it is the wording's share alone.
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
        """The values of WORDING for LINE; None where line or body are too short to tell."""
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
        """The values of MEANING for LINE."""
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
        """Of the body, of its paragraphs, of the articles that are others than it."""
        others = self._model.others
        body = others.place(self._sums.sum(axis=0, keepdims=True))[0]
        same = others.articles @ body >= _SAME
        articles = others.articles[~same] if same.any() else others.articles
        return body, others.place(self._sums), articles

    @cached_property
    def _sums(self) -> NDArray[np.int32]:
        return load_embedding().sums(self._body)

    def _ratio(self, stem: str) -> float:
        """Log-likelihood ratio of STEM under the body's mixture and under the background, in nats."""
        background = (self._model.frequencies.get(stem, 0) + 0.5) / self._model.tokens
        return math.log(_MIXTURE * self._counts[stem] / self._length / background + 1 - _MIXTURE)


def _dot(weights: Sequence[float], values: Sequence[float]) -> float:
    return sum(weight * value for weight, value in zip(weights, values, strict=False))
