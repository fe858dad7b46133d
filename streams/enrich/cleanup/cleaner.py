"""The cleaner: placeholder until its module lands."""

from __future__ import annotations

from streams.errors import EmptyArticle
from streams.events import CleanArticle, Component, Provenance, RawArticle


class Cleaner:
    """Turns raw articles into clean ones."""

    provenance = Component(name="wireroom-cleaner", version="0")

    def clean(self, raw: RawArticle) -> CleanArticle:
        """The article as clean text. Raises EmptyArticle when no text is left."""
        if not raw.body.strip():
            raise EmptyArticle(f"article {raw.article_id} has no text")
        return CleanArticle(
            article_id=raw.article_id,
            publisher=raw.publisher,
            url=raw.url,
            published_at=raw.published_at,
            headline=raw.headline,
            text=raw.body.strip(),
            provenance=Provenance(cleaner=self.provenance),
        )
