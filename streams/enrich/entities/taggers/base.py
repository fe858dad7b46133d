"""The interface of all mention taggers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from streams.events import Component, EntityType


class Span(NamedTuple):
    """One mention: `text[start:end]` names something of this type; `score` is a probability, 0 to 1."""

    start: int
    end: int
    type: EntityType
    score: float


class MentionTagger(Protocol):
    """Finds mentions in texts. It knows nothing of articles, clusters or identities."""

    provenance: Component

    def mentions(self, texts: Sequence[str]) -> list[list[Span]]:
        """Return the mentions of each text, in order, without overlaps and within the text."""
        ...
