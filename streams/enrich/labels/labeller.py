"""The labeller: it compiles a taxonomy once, then gives articles their labels with the evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

import streams
from streams.enrich.embedding import load_embedding, load_vectors
from streams.enrich.folding import fold_characters
from streams.enrich.labels.base import Decision, LabelScorer
from streams.enrich.labels.compact import CompactModel
from streams.enrich.labels.label_file import LabelFile
from streams.enrich.labels.learned import LearnedLabels, LearnedScore
from streams.enrich.labels.phrases import Lexicon
from streams.enrich.labels.scoring import SHORT_WORDS, RawScore, Share, file_score, probability
from streams.enrich.labels.similarity import Similarity
from streams.enrich.labels.taxonomy import Taxonomy
from streams.enrich.labels.words import BREAK, locate_words, place_numbers
from streams.events import Component, EnrichedArticle, Evidence, Label, TaggedArticle

LANGUAGES = frozenset({"en", "und"})
READ_CHARACTERS = 100_000  # enough to see an article's topics; bounds the work on a body of 5 MB


@dataclass(frozen=True)
class Assessment:
    """How one label fits one article; `score` is the probability of its raw score.

    A learned label has the `decision` of a model; any other label goes by its `definition` alone.
    """

    definition: LabelFile
    raw_score: RawScore
    score: float
    short: bool
    decision: Decision | None = None

    @property
    def raw(self) -> float:
        """The sum of all shares and parts."""
        return self.raw_score.raw

    @property
    def shares(self) -> list[Share]:
        """What parts of the text add to the sum."""
        return self.raw_score.shares

    @property
    def parts(self) -> dict[str, float]:
        """What the text as a whole adds to the sum."""
        return self.raw_score.parts

    @property
    def threshold(self) -> float:
        """The score from which on an article gets the label."""
        return self.definition.threshold if self.decision is None else self.decision.threshold

    @property
    def applies(self) -> bool:
        """True if the article gets the label."""
        return self.score >= self.threshold


class Labeller:
    """Labels tagged articles by a taxonomy. The same article gives the same bytes.

    The shipped labels are learned: a model decides them by words and phrases. A user's labels, and those that
    replace shipped ones, go by their files alone. Call it from one thread at a time.
    """

    def __init__(
        self, taxonomy: Taxonomy, model: CompactModel | None = None, scorer: LabelScorer | None = None
    ) -> None:
        """Take the model, and perhaps a scorer beside it. Without a model all labels go by their files."""
        if model is None and scorer is not None:
            raise ValueError(f"{scorer.version} works beside a compact model only")
        self.taxonomy = taxonomy
        self.labels: tuple[str, ...] = tuple(label.label for label in taxonomy.labels)
        self._learned = LearnedLabels(taxonomy.labels, model, scorer) if model else None
        self.versions: tuple[str, ...] = tuple(self._learned.versions) if self._learned else ()
        self.taxonomy_hash = taxonomy.hash(load_vectors().fingerprint, *self.versions)
        self.provenance = _component(self.versions)
        self._lexicon = Lexicon(taxonomy.phrases())
        self._embedding = load_embedding()
        self._similarity = Similarity(self._embedding, taxonomy.labels)
        self._null_scores: dict[str, float | None] = dict.fromkeys(self.labels)

    @property
    def decisions(self) -> dict[str, Decision]:
        """How the model decides on each learned label."""
        decisions = self._learned.decisions if self._learned else {}
        return {self.labels[index]: decision for index, decision in decisions.items()}

    def label(self, articles: Sequence[TaggedArticle]) -> list[EnrichedArticle]:
        """Return each article with its labels, best first; the articles stay in their order.

        An article in another language than English gets null scores, no labels and the warning
        `labels_english_only`.
        """
        return [self._enrich(article) for article in articles]

    def assess(self, article: TaggedArticle) -> list[Assessment]:
        """Return how each label fits the article, in the order of `labels`, whatever its language."""
        text = article.text[:READ_CHARACTERS]
        folded = fold_characters(text)
        words = folded.split()
        headline = article.headline or ""
        headline_end = len(headline) if text.startswith(headline) else 0
        phrases = self._lexicon.find(text, folded)
        break_number, word_numbers = np.split(self._embedding.numbers.of([BREAK, *words]), [1])
        similarity = self._similarity.of_numbers(word_numbers).tolist()
        by_file = [
            file_score(
                definition,
                phrases.get(index, ()),
                similarity[index],
                article.entities,
                headline_end=headline_end,
                words=len(words),
            )
            for index, definition in enumerate(self.taxonomy.labels)
        ]
        learned: dict[int, LearnedScore] = {}
        if self._learned is not None:
            places = locate_words(folded, words)
            numbers = place_numbers(places, word_numbers, break_number)
            learned = self._learned.score(article, places, numbers, headline_end, by_file)
        short = len(words) < SHORT_WORDS
        return [
            self._assessment(index, learned.get(index, by_file[index]), short=short)
            for index in range(len(self.labels))
        ]

    def _assessment(self, index: int, raw_score: RawScore, *, short: bool) -> Assessment:
        definition = self.taxonomy.labels[index]
        decision = self._learned.decisions.get(index) if self._learned else None
        if decision is None:
            calibration = definition.calibration.short if short else definition.calibration.long
            score = probability(raw_score.raw, calibration)
        else:
            score = decision.score(raw_score.raw, short=short)
        return Assessment(definition, raw_score, score, short, decision)

    def _enrich(self, article: TaggedArticle) -> EnrichedArticle:
        warnings, labels, scores = article.warnings, [], self._null_scores
        if article.language in LANGUAGES:
            assessments = self.assess(article)
            scores = {assessment.definition.label: assessment.score for assessment in assessments}
            labels = [_label(assessment, article.text) for assessment in assessments if assessment.applies]
            labels.sort(key=lambda label: (-label.score, -label.raw, label.label))
        else:
            warnings = [*warnings, *({"labels_english_only"} - set(warnings))]
        # All of it was validated when it was made. To validate it again would double the time of the stage.
        fields = dict(article)
        fields["warnings"] = warnings
        fields["provenance"] = article.provenance.model_copy(
            update={"labeller": self.provenance, "taxonomy": self.taxonomy_hash}
        )
        fields["labels"] = labels
        fields["scores"] = dict(scores)
        return EnrichedArticle.model_construct(**fields)


def _label(assessment: Assessment, text: str) -> Label:
    definition = assessment.definition
    return Label.model_construct(
        label=definition.label,
        score=assessment.score,
        iptc=list(definition.iptc),
        name=definition.name,
        evidence=[
            Evidence.model_construct(
                start=share.start, end=share.end, text=text[share.start : share.end], weight=share.weight
            )
            for share in assessment.shares
        ],
        parts=assessment.parts,
        raw=assessment.raw,
    )


def _component(versions: Sequence[str]) -> Component:
    """Return what names the labeller in an event; `versions` are the names and versions of its models."""
    name = versions[-1].split()[0] if versions else "phrases"
    models = "+".join(version.replace(" ", ".") for version in reversed(versions))
    return Component(name=name, version=streams.__version__, model=models or None)
