"""The learned labels of an article: raw scores in log-odds, and the evidence and parts that they consist of.

`spread` makes a sum of words or phrases smaller, by the same factor for each of them. So each word and each
phrase has an exact share of the raw score.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from streams.enrich.labels.base import Decision, LabelScorer
from streams.enrich.labels.compact import CompactModel
from streams.enrich.labels.evidence import largest, merged, word_spans
from streams.enrich.labels.label_file import LabelFile
from streams.enrich.labels.network import Reading
from streams.enrich.labels.scoring import DIGITS, FileScore, Share
from streams.enrich.labels.terms import TermReading
from streams.enrich.labels.words import Places, article_parts, entity_kinds
from streams.events import TaggedArticle


@dataclass(eq=False)
class LearnedScore:
    """The raw score of one label. `by_word` and `by_phrase` say how much of their own weights counts."""

    raw: float
    by_file: FileScore
    base: float
    by_word: float
    by_phrase: float
    encoder: float | None
    column: int
    reading: Reading
    terms: TermReading
    places: Places

    @cached_property
    def shares(self) -> list[Share]:
        """Return the spans with the largest weights."""
        by_network = self.reading.of_words(self.column) * self.by_word
        spans = word_spans(self.places, by_network + self.terms.of_words(self.column))
        spans += [(share.start, share.end, share.weight * self.by_phrase) for share in self.by_file.shares]
        return largest(merged(spans))

    @cached_property
    def parts(self) -> dict[str, float]:
        """Return what has no place in the text; `elsewhere` is what the listed spans leave out."""
        parts = {"base": self.base}
        parts |= {name: weight * self.by_phrase for name, weight in self.by_file.parts.items()}
        parts["article"] = float(self.reading.direct[self.column]) * self.by_word
        if self.encoder is not None:
            parts["encoder"] = self.encoder
        parts = {name: rounded(weight) for name, weight in parts.items()}
        listed = sum(share.weight for share in self.shares) + sum(parts.values())
        return {**parts, "elsewhere": rounded(self.raw - listed)}


class LearnedLabels:
    """Scores the learned labels: those that a model knows and no file of a user replaces."""

    def __init__(
        self, definitions: Sequence[LabelFile], model: CompactModel, scorer: LabelScorer | None = None
    ) -> None:
        """Take all labels in use; `scorer` must have the labels of the `model`."""
        self._model, self._scorer = model, scorer
        self.versions = [model.version]
        by_label: Mapping[str, Decision] = model.card.decisions
        if scorer is not None:
            if sorted(scorer.labels) != sorted(model.labels):
                raise ValueError(f"{scorer.version} has other labels than {model.version}")
            self.versions.append(scorer.version)
            by_label = scorer.decisions
            self._order = [scorer.labels.index(label) for label in model.labels]
        positions = {label.label: at for at, label in enumerate(definitions) if not label.replaces}
        self._columns = {
            column: positions[label] for column, label in enumerate(model.labels) if label in positions
        }
        self.decisions = {at: by_label[model.labels[column]] for column, at in self._columns.items()}
        """How each learned label is decided, by its position among the labels in use."""

    def score(
        self,
        article: TaggedArticle,
        places: Places,
        numbers: NDArray[np.int64],
        headline_end: int,
        by_file: Sequence[FileScore],
    ) -> dict[int, LearnedScore]:
        """Return the score of each learned label, by its position among the labels in use.

        `places` are the words of the article, with the `numbers` that the model's embedding gives to them.
        `by_file` is what the files of all labels say of it.
        """
        model, phrases = self._model, np.zeros(len(self._model.labels))
        phrases[[*self._columns]] = [by_file[at].raw for at in self._columns.values()]
        kinds, parts = entity_kinds(places, article.entities), article_parts(places, headline_end)
        reading = model.network.read(places.forms, kinds, parts, numbers)
        terms = model.terms.read(places.forms, kinds, parts, numbers)
        by_word = model.slope * shrinkage(reading.totals)
        by_phrase = model.strength * shrinkage(phrases)
        raws = model.base + by_word * reading.totals + by_phrase * phrases + terms.totals
        encoder = None
        if self._scorer is not None:
            encoder = self._scorer.logits(article)[self._order].round(DIGITS)
            raws += encoder
        return {
            at: LearnedScore(
                raw=rounded(raws[column]),
                by_file=by_file[at],
                base=model.base[column],
                by_word=float(by_word[column]),
                by_phrase=float(by_phrase[column]),
                encoder=None if encoder is None else float(encoder[column]),
                column=column,
                reading=reading,
                terms=terms,
                places=places,
            )
            for column, at in self._columns.items()
        }


def shrinkage(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return `spread` of each sum as a share of the sum: 1 for the smallest."""
    sizes = np.abs(sums)
    shares: NDArray[np.float64] = np.where(sizes, np.log1p(sizes) / np.where(sizes, sizes, 1), 1)
    return shares


def rounded(number: float) -> float:
    """Return the number as it is shown, and never -0.0."""
    return round(float(number), DIGITS) + 0.0
