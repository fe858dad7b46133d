"""The labeller: a taxonomy compiled once, then articles in and labels with their evidence out."""

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
READ_CHARACTERS = 100_000  # what an article is about shows by then; bounds the work on a 5 MB body


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
        """Whether the article gets the label."""
        return self.score >= self.definition.threshold


class Labeller:
    """Labels tagged articles by a taxonomy. Pure: the same article gives the same bytes.

    For one thread at a time.
    """

    def __init__(self, taxonomy: Taxonomy) -> None:
        self.taxonomy = taxonomy
        self.labels: tuple[str, ...] = tuple(label.label for label in taxonomy.labels)
        self.taxonomy_hash = taxonomy.hash(load_vectors().fingerprint)
        self._lexicon = Lexicon(taxonomy.phrases())
        self._similarity = Similarity(load_embedding(), taxonomy.labels)
        self._unknown: dict[str, float | None] = dict.fromkeys(self.labels)

    def label(self, articles: Sequence[TaggedArticle]) -> list[EnrichedArticle]:
        """Each article with its labels, best first, in the order given.

        An article in a language other than English has null scores, no labels and the warning
        `labels_english_only`.
        """
        return [self._enriched(article) for article in articles]

    def assess(self, article: TaggedArticle) -> list[Assessment]:
        """Every label of the taxonomy on ARTICLE, in the order of `labels`, whatever its language."""
        text = article.text[:READ_CHARACTERS]
        folded = fold_characters(text)
        words = folded.split()
        headline = article.headline or ""
        headline_end = len(headline) if text.startswith(headline) else 0
        found = self._lexicon.find(text, folded)
        similarity = self._similarity.of(words)
        short = len(words) < SHORT_WORDS
        assessments = []
        for index, definition in enumerate(self.taxonomy.labels):
            by_phrase = shares(found.get(index, ()), headline_end=headline_end, words=len(words))
            phrases = sum(share.weight for share in by_phrase)
            parts = {"similarity": supported(float(similarity[index]), phrases)}
            if by_entities := entity_weight(definition.entities, article.entities, words=len(words)):
                parts["entities"] = by_entities
            raw = round(phrases + sum(parts.values()), DIGITS)
            score = probability(raw, definition.calibration.short if short else definition.calibration.long)
            assessments.append(Assessment(definition, by_phrase, parts, raw, score, short))
        return assessments

    def _enriched(self, article: TaggedArticle) -> EnrichedArticle:
        warnings, labels, scores = article.warnings, [], self._unknown
        if article.language in LANGUAGES:
            assessments = self.assess(article)
            scores = {one.definition.label: one.score for one in assessments}
            labels = [_label(one, article.text) for one in assessments if one.applies]
            labels.sort(key=lambda label: (-label.score, -label.raw, label.label))
        else:
            warnings = [*warnings, *({"labels_english_only"} - set(warnings))]
        # Everything below was validated when it was made: building it again would double the stage's time.
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
    """The shipped taxonomy merged with a user's FOLDER of label files.

    Raises TaxonomyError, which names file, key and reason.
    """
    return Labeller(load_taxonomy(folder))
