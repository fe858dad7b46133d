"""The spaCy adapter: any pipeline that the user has installed, as a mention tagger."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from streams.enrich.entities.taggers.base import Span
from streams.errors import UnknownTagger
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
"""Our type for each label of OntoNotes and CoNLL pipelines. Other labels (dates, amounts) are left out."""

MAX_CHARACTERS = 100_000
"""Characters that a pipeline reads at once. Its memory grows with them."""

_UNUSED_COMPONENTS = ["parser", "tagger", "morphologizer", "attribute_ruler", "lemmatizer", "textcat"]

_ARTICLES = ("the ", "a ", "an ")
_GENITIVES = ("'s", "’s")


class SpacyTagger:
    """Tags texts with a spaCy pipeline. Articles and genitives are cut from its spans."""

    def __init__(self, pipeline: Any) -> None:
        """Take a loaded `spacy.Language`."""
        self._pipeline = pipeline
        meta = pipeline.meta
        self.provenance = Component(
            name=f"spacy:{meta['lang']}_{meta['name']}",
            version=str(meta.get("spacy_version", "")),
            model=str(meta.get("version", "")),
        )

    @classmethod
    def load(cls, name: str) -> SpacyTagger:
        """Load the installed pipeline called `name`, without the components that names do not need.

        Raise UnknownTagger if spaCy or the pipeline is not installed.
        """
        try:
            import spacy

            return cls(spacy.load(name, exclude=_UNUSED_COMPONENTS))
        except ImportError as error:
            raise UnknownTagger("a spaCy tagger needs spaCy: pip install spacy") from error
        except OSError as error:
            raise UnknownTagger(f"spaCy has no pipeline {name!r} installed: {error}") from error

    def mentions(self, texts: Sequence[str]) -> list[list[Span]]:
        """Return the mentions of each text, in order, without overlaps and within the text.

        Their scores are all 1, because spaCy gives none.
        """
        return [self._mentions(text) for text in texts]

    def _mentions(self, text: str) -> list[Span]:
        spans = []
        for start in range(0, len(text), MAX_CHARACTERS):
            for entity in self._pipeline(text[start : start + MAX_CHARACTERS]).ents:
                type_ = TYPES.get(entity.label_)
                first, last = _trim(entity.text)
                if type_ and first < last:
                    offset = start + entity.start_char
                    spans.append(Span(offset + first, offset + last, type_, 1.0))
        return spans


def _trim(name: str) -> tuple[int, int]:
    """Return where the name begins and ends without its article, its genitive and white space."""
    first, last = len(name) - len(name.lstrip()), len(name.rstrip())
    lower = name.lower()
    for article in _ARTICLES:
        if lower.startswith(article, first):
            first += len(article)
            break
    for genitive in _GENITIVES:
        if lower.endswith(genitive, first, last):
            last -= len(genitive)
    return first, last
