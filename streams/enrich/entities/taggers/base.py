"""Mentions: what every tagger of names gives, whatever model is behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from streams.errors import WireroomError
from streams.events import Component, EntityType

NAMES = ("compact", "accurate", "spacy:NAME")


class Span(NamedTuple):
    """One mention: `text[start:end]` names something of TYPE; SCORE is the model's probability, 0 to 1."""

    start: int
    end: int
    type: EntityType
    score: float


class MentionTagger(Protocol):
    """Finds mentions in texts; knows nothing of articles, clusters or identities."""

    provenance: Component

    def mentions(self, texts: Sequence[str]) -> list[list[Span]]:
        """The mentions of each text, in order, not overlapping and within the text."""
        ...


class UnknownTagger(WireroomError):
    """No tagger has this name, or what it needs is not installed; the message says what to do."""


def load_mention_tagger(name: str = "compact") -> MentionTagger:
    """The tagger called NAME: `compact`, `accurate`, or `spacy:NAME` for an installed spaCy pipeline.

    Raises UnknownTagger when there is none of that name, or a package that it needs is missing.
    """
    if name == "compact":
        from streams.enrich.entities.taggers.compact import CompactTagger

        return CompactTagger.load()
    if name == "accurate":
        from streams.enrich.entities.taggers.accurate import AccurateTagger

        return AccurateTagger.load()
    kind, _, pipeline = name.partition(":")
    if kind == "spacy" and pipeline:
        from streams.enrich.entities.taggers.spacy_adapter import SpacyTagger

        return SpacyTagger.load(pipeline)
    raise UnknownTagger(f"no tagger is called {name!r}: choose one of {', '.join(NAMES)}")
