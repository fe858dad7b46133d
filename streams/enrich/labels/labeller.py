"""The labeller: placeholder until its module lands."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from streams.events import EnrichedArticle, TaggedArticle


class Labeller:
    """Labels tagged articles by a taxonomy."""

    taxonomy_hash = "none"
    labels: tuple[str, ...] = ("climate", "diplomacy")

    def label(self, articles: Sequence[TaggedArticle]) -> list[EnrichedArticle]:
        """Each article with its labels, in the order given."""
        return [
            EnrichedArticle.model_construct(
                **{
                    **dict(article),
                    "labels": [],
                    "scores": {},
                    "provenance": article.provenance.model_copy(update={"taxonomy": self.taxonomy_hash}),
                }
            )
            for article in articles
        ]


def load_labeller(folder: Path | None = None) -> Labeller:
    """The shipped taxonomy merged with a user's FOLDER of label files."""
    return Labeller()
