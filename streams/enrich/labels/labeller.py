"""The labeller: a taxonomy compiled once, then articles in and labels with their evidence out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from streams.enrich.labels.phrases import Lexicon, fold
from streams.enrich.labels.scoring import DIGITS, SHORT_WORDS, probability, shares
from streams.enrich.labels.taxonomy import LabelFile, Taxonomy, load_taxonomy
from streams.events import EnrichedArticle, Evidence, Label, TaggedArticle

LANGUAGES = frozenset({"en", "und"})
READ_CHARACTERS = 100_000  # what an article is about shows by then; bounds the work on a 5 MB body


class Labeller:
    """Labels tagged articles by a taxonomy. Pure: the same article gives the same bytes."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self.taxonomy = taxonomy
        self.labels: tuple[str, ...] = tuple(label.label for label in taxonomy.labels)
        self.taxonomy_hash = taxonomy.hash
        self._lexicon = Lexicon(taxonomy.phrases())
        self._unknown: dict[str, float | None] = dict.fromkeys(self.labels)

    def label(self, articles: Sequence[TaggedArticle]) -> list[EnrichedArticle]:
        """Each article with its labels, best first, in the order given.

        An article in a language other than English has null scores, no labels and the warning
        `labels_english_only`.
        """
        return [self._enriched(article) for article in articles]

    def _enriched(self, article: TaggedArticle) -> EnrichedArticle:
        warnings = article.warnings
        if article.language in LANGUAGES:
            labels, scores = self._scored(article)
        else:
            labels, scores = [], self._unknown
            warnings = [*warnings, *({"labels_english_only"} - set(warnings))]
        # Everything below was validated when it was made: building it again would double the stage's time.
        fields = dict(article)
        fields["warnings"] = warnings
        fields["provenance"] = article.provenance.model_copy(update={"taxonomy": self.taxonomy_hash})
        fields["labels"] = labels
        fields["scores"] = dict(scores)
        return EnrichedArticle.model_construct(**fields)

    def _scored(self, article: TaggedArticle) -> tuple[list[Label], dict[str, float | None]]:
        text = article.text[:READ_CHARACTERS]
        folded = fold(text)
        words = len(folded.split())
        headline = article.headline or ""
        headline_end = len(headline) if headline and text.startswith(headline) else 0
        by_label = self._lexicon.find(text, folded)
        scores: dict[str, float | None] = {}
        labels: list[Label] = []
        for index, definition in enumerate(self.taxonomy.labels):
            parts = shares(by_label.get(index, ()), headline_end=headline_end, words=words)
            raw = round(sum(part.weight for part in parts), DIGITS)
            score = probability(raw, definition.short if words < SHORT_WORDS else definition.long)
            scores[definition.label] = score
            if score >= definition.threshold:
                evidence = [
                    Evidence.model_construct(
                        start=part.start, end=part.end, text=text[part.start : part.end], weight=part.weight
                    )
                    for part in parts
                ]
                labels.append(_label(definition, score, evidence))
        labels.sort(key=lambda label: (-label.score, label.label))
        return labels, scores


def _label(definition: LabelFile, score: float, evidence: list[Evidence]) -> Label:
    return Label.model_construct(
        label=definition.label,
        score=score,
        iptc=list(definition.iptc),
        name=definition.name,
        evidence=evidence,
    )


def load_labeller(folder: Path | None = None) -> Labeller:
    """The shipped taxonomy merged with a user's FOLDER of label files.

    Raises TaxonomyError, which names file, key and reason.
    """
    return Labeller(load_taxonomy(folder))
