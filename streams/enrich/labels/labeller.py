"""The labeller: it compiles a taxonomy once, then gives articles their labels with the evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from streams.enrich.embedding import load_embedding, load_vectors
from streams.enrich.folding import fold_characters
from streams.enrich.labels.label_file import LabelFile
from streams.enrich.labels.phrases import Lexicon
from streams.enrich.labels.scoring import (
    DIGITS,
    SHORT_WORDS,
    Share,
    entity_weight,
    probability,
    shares,
    supported,
)
from streams.enrich.labels.similarity import Similarity
from streams.enrich.labels.taxonomy import Taxonomy, load_taxonomy
from streams.events import EnrichedArticle, Evidence, Label, TaggedArticle

LANGUAGES = frozenset({"en", "und"})
READ_CHARACTERS = 100_000  # enough to see an article's topics; bounds the work on a body of 5 MB


@dataclass(frozen=True)
class Assessment:
    """How one label fits one article: `raw` is the sum of all shares and parts, `score` its probability."""

    definition: LabelFile
    shares: list[Share]
    parts: dict[str, float]
    raw: float
    score: float
    short: bool

    @property
    def applies(self) -> bool:
        """True if the article gets the label."""
        return self.score >= self.definition.threshold


class Labeller:
    """Labels tagged articles by a taxonomy. The same article gives the same bytes.

    Call it from one thread at a time.
    """

    def __init__(self, taxonomy: Taxonomy) -> None:
        self.taxonomy = taxonomy
        self.labels: tuple[str, ...] = tuple(label.label for label in taxonomy.labels)
        self.taxonomy_hash = taxonomy.hash(load_vectors().fingerprint)
        self._lexicon = Lexicon(taxonomy.phrases())
        self._similarity = Similarity(load_embedding(), taxonomy.labels)
        self._null_scores: dict[str, float | None] = dict.fromkeys(self.labels)

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
        similarity = self._similarity.of(words)
        short = len(words) < SHORT_WORDS
        assessments = []
        for index, definition in enumerate(self.taxonomy.labels):
            by_phrase = shares(phrases.get(index, ()), headline_end=headline_end, words=len(words))
            phrase_weight = sum(share.weight for share in by_phrase)
            parts = {"similarity": supported(float(similarity[index]), phrase_weight)}
            if by_entities := entity_weight(definition.entities, article.entities, words=len(words)):
                parts["entities"] = by_entities
            raw = round(phrase_weight + sum(parts.values()), DIGITS)
            score = probability(raw, definition.calibration.short if short else definition.calibration.long)
            assessments.append(Assessment(definition, by_phrase, parts, raw, score, short))
        return assessments

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
        fields["provenance"] = article.provenance.model_copy(update={"taxonomy": self.taxonomy_hash})
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


def load_labeller(folder: Path | None = None) -> Labeller:
    """Return a labeller of the shipped labels and those of a user's `folder`.

    Raise TaxonomyError, with the file, the key, the value and the reason, if a file cannot be used.
    """
    return Labeller(load_taxonomy(folder))
