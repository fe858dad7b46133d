"""Any spaCy pipeline that the user has installed, as a tagger."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from streams.enrich.entities.taggers.base import Span, UnknownTagger
from streams.events import Component, EntityType

TYPES = {
    "PERSON": EntityType.PER,
    "PER": EntityType.PER,
    "ORG": EntityType.ORG,
    "GPE": EntityType.LOC,
    "LOC": EntityType.LOC,
    "FAC": EntityType.LOC,
    "NORP": EntityType.MISC,
    "EVENT": EntityType.MISC,
    "LANGUAGE": EntityType.MISC,
    "LAW": EntityType.MISC,
    "PRODUCT": EntityType.MISC,
    "WORK_OF_ART": EntityType.MISC,
    "MISC": EntityType.MISC,
}
"""Labels of OntoNotes and CoNLL pipelines; other labels (dates, amounts) are no entities of ours."""

LONGEST = 100_000
"""Characters that a pipeline gets at once: its memory grows with them."""

_UNUSED = ["parser", "tagger", "morphologizer", "attribute_ruler", "lemmatizer", "textcat"]

_ARTICLES = ("the ", "a ", "an ")
_GENITIVES = ("'s", "’s")


class SpacyTagger:
    """Tags texts with a spaCy pipeline; spans lose the article before and the genitive behind."""

    def __init__(self, pipeline: Any) -> None:
        """PIPELINE is a loaded `spacy.Language`."""
        self._pipeline = pipeline
        meta = pipeline.meta
        self.provenance = Component(
            name=f"spacy:{meta['lang']}_{meta['name']}",
            version=str(meta.get("spacy_version", "")),
            model=str(meta.get("version", "")),
        )

    @classmethod
    def load(cls, name: str) -> SpacyTagger:
        """The installed pipeline called NAME, less the parts that names do not need.

        Raises UnknownTagger when spaCy or the pipeline is not installed.
        """
        try:
            import spacy

            return cls(spacy.load(name, exclude=_UNUSED))
        except ImportError as error:
            raise UnknownTagger("a spaCy tagger needs spaCy: pip install spacy") from error
        except OSError as error:
            raise UnknownTagger(f"spaCy has no pipeline {name!r} installed: {error}") from error

    def mentions(self, texts: Sequence[str]) -> list[list[Span]]:
        """The mentions of each text, in order, not overlapping and within the text.

        spaCy gives no scores: they are all 1.
        """
        return [self._mentions(text) for text in texts]

    def _mentions(self, text: str) -> list[Span]:
        spans = []
        for start in range(0, len(text), LONGEST):
            for entity in self._pipeline(text[start : start + LONGEST]).ents:
                type_ = TYPES.get(entity.label_)
                first, last = _trimmed(entity.text)
                if type_ and first < last:
                    offset = start + entity.start_char
                    spans.append(Span(offset + first, offset + last, type_, 1.0))
        return spans


def _trimmed(name: str) -> tuple[int, int]:
    """Where NAME begins and ends without its article, its genitive and white space."""
    first, last = len(name) - len(name.lstrip()), len(name.rstrip())
    low = name.lower()
    for article in _ARTICLES:
        if low.startswith(article, first):
            first += len(article)
            break
    for genitive in _GENITIVES:
        if low.endswith(genitive, first, last):
            last -= len(genitive)
    return first, last
