"""Teasers: lines above an article that belong to another one.

A line belongs to an article as far as the article's words make its words likely. Measured are the
log-likelihood ratios of the line's content words, between a unigram model of the body mixed with a background
model and the background alone (query likelihood with Jelinek-Mercer smoothing: Zhai and Lafferty, SIGIR
2001), and how much of the line the body covers; a logistic regression weighs them. `teasers.json` holds its
coefficients and the background frequencies; `streams.training.teasers` makes the file and its docstring says
from what.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache, cached_property, lru_cache
from importlib.resources import files

from streams.enrich.cleanup.words import words

FEATURES = (
    "covered",  # share of the line's information (inverse document frequency) whose words the body has
    "best_ratio",  # the highest log-likelihood ratio of a word
    "second_ratio",
    "sum_of_ratios",
    "mean_ratio",
    "lead",  # share of the line's information that the first three paragraphs have
    "nothing",  # 1 where the body has no word of the line
    "missing",  # how many words the body does not have
    "words",
    "repeated",  # log of how often the body has the line's words
    "found",  # information of the words that the body has
    "rarest_missing",  # information of the rarest word that the body does not have
    "paragraph",  # share of the line's information in the best of the body's paragraphs
    "length",  # log of the body's length
)

_MIXTURE = 0.5  # weight of the body's model beside the background's
_LEAD = 3  # paragraphs
_MOST_WORDS = 15  # a line is judged by as many content words at most
_FEWEST_WORDS = 3  # content words: less may be a name
_FEWEST_FOREIGN = 4
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


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """What WORD shares with its inflections, roughly: the same for talk, talks, talked and talking."""
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


@dataclass(frozen=True)
class TeaserModel:
    """How common words are in news, and how much each feature speaks for a teaser.

    `frequencies` counts the documents, of `documents`, that have a stem. A line whose score passes `doubtful`
    may be a teaser, one that passes `certain` is taken for one.
    """

    documents: int
    frequencies: dict[str, int]
    weights: tuple[float, ...]
    bias: float
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
    stored = json.loads(files(__package__).joinpath("teasers.json").read_text(encoding="utf-8"))
    return TeaserModel(
        documents=stored["documents"],
        frequencies=stored["frequencies"],
        weights=tuple(stored["weights"][name] for name in FEATURES),
        bias=stored["bias"],
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
        paragraphs = [list(map(stem, paragraph)) for paragraph in body]
        self._counts: Counter[str] = Counter()
        for stems in paragraphs:
            self._counts.update(stems)
        self._length = self._counts.total()
        self._paragraphs = [frozenset(stems) for stems in paragraphs]
        self._lead = frozenset[str]().union(*self._paragraphs[:_LEAD])

    def coverage(self, line: str) -> float:
        """How much of LINE's information the body has, 0 to 1; 1 where LINE has no content word."""
        stems = content_stems(line)
        total = sum(map(self._model.information, stems))
        return sum(self._model.information(s) for s in stems if s in self._counts) / total if total else 1.0

    def judge(self, line: str) -> Verdict:
        """Whether LINE belongs to another article."""
        score = self.score(line)
        if score is None or score < self._model.doubtful:
            return Verdict.OWN
        if not self._is_english:
            shares_nothing = self.coverage(line) == 0 and len(content_stems(line)) >= _FEWEST_FOREIGN
            return Verdict.TEASER if shares_nothing else Verdict.OWN
        return Verdict.TEASER if score >= self._model.certain else Verdict.DOUBTFUL

    def score(self, line: str) -> float | None:
        """Log-odds that LINE belongs to another article; None where line or body are too short to tell."""
        features = self.features(line)
        if features is None:
            return None
        return self._model.bias + sum(w * x for w, x in zip(self._model.weights, features, strict=True))

    def features(self, line: str) -> tuple[float, ...] | None:
        """The values of FEATURES for LINE; None where line or body are too short to tell."""
        stems = content_stems(line)
        if len(stems) < _FEWEST_WORDS or self._length < _SHORTEST_BODY:
            return None
        weights = {s: self._model.information(s) for s in stems}
        total = sum(weights.values())
        ratios = sorted(map(self._ratio, stems), reverse=True)
        found = [weights[s] for s in stems if s in self._counts]
        missing = [weights[s] for s in stems if s not in self._counts]
        return (
            sum(found) / total,
            ratios[0],
            ratios[1],
            sum(ratios) / 8,
            sum(ratios) / len(ratios),
            sum(weights[s] for s in stems if s in self._lead) / total,
            float(not found),
            len(missing) / 8,
            len(stems) / 10,
            math.log1p(sum(self._counts[s] for s in stems)),
            sum(found) / 10,
            max(missing, default=0.0) / 8,
            max(sum(weights[s] for s in stems if s in paragraph) for paragraph in self._paragraphs) / total,
            math.log1p(self._length) / 5,
        )

    def _ratio(self, stem: str) -> float:
        """Log-likelihood ratio of STEM under the body's mixture and under the background, in nats."""
        background = (self._model.frequencies.get(stem, 0) + 0.5) / self._model.tokens
        return math.log(_MIXTURE * self._counts[stem] / self._length / background + 1 - _MIXTURE)
