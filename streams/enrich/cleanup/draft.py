"""An article while it is being cleaned: its parts so far, what was removed, and the warnings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from streams.enrich.cleanup.paragraphs import Paragraph
from streams.events import Removed

RemovedKind = Literal["teaser", "boilerplate", "duplicate", "caption", "byline", "dateline", "markup"]


@dataclass
class Draft:
    """The article's parts so far; each step of the cleaner adds to them."""

    headline: str | None
    highlights: list[Paragraph] = field(default_factory=list)
    byline: str | None = None
    dateline: str | None = None
    removed: list[Removed] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def remove(self, kind: RemovedKind, *paragraphs: Paragraph) -> None:
        """Note the paragraphs as removed, in this order."""
        self.removed.extend(Removed.model_construct(kind=kind, text=p.text) for p in paragraphs)

    def warn(self, code: str) -> None:
        """Add a warning, unless the article has it."""
        if code not in self.warnings:
            self.warnings.append(code)
