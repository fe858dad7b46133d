"""A worker whose enrichment does nothing: what is left is the streaming (`bytes` or `events` as argument)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import datetime

import streams.topology
from streams.enrich import STAGES, Enricher
from streams.events import CleanArticle, EnrichedArticle, RawArticle, TaggedArticle
from streams.settings import Settings
from streams.stage import Outgoing, Record, Stage
from streams.topics import Topics
from streams.worker import run_worker


class NoCleaner:
    """The body is the text."""

    def clean(self, raw: RawArticle) -> CleanArticle:
        return CleanArticle(article_id=raw.article_id, text=raw.body)


class NoTagger:
    """Finds nothing."""

    def tag(self, articles: Sequence[CleanArticle]) -> list[TaggedArticle]:
        return [TaggedArticle.model_construct(**{**dict(article), "entities": []}) for article in articles]


class NoLabeller:
    """Says nothing."""

    def label(self, articles: Sequence[TaggedArticle]) -> list[EnrichedArticle]:
        return [
            EnrichedArticle.model_construct(**{**dict(article), "labels": [], "scores": {}})
            for article in articles
        ]


class Passing(Stage):
    """Sends on what it reads, byte for byte."""

    def work(self, records: Sequence[Record], now: Callable[[], datetime] | None = None) -> list[Outgoing]:
        (target,) = self.to(None)
        return [Outgoing(target, record.key, record.value, list(record.headers)) for record in records]


def passing_stages(enricher: Enricher, wire: Topics, max_bytes: int) -> tuple[Stage, ...]:
    """Three stages that pass bytes."""
    targets = (wire.clean, wire.tagged, wire.enriched)
    return tuple(
        Passing(name, RawArticle, list, lambda _, target=target: [target], wire.dead)
        for name, target in zip(STAGES, targets, strict=True)
    )


if __name__ == "__main__":
    if sys.argv[1] == "bytes":
        streams.topology.stages = passing_stages  # type: ignore[assignment]
    nothing = Enricher(NoCleaner(), NoTagger(), NoLabeller())  # type: ignore[arg-type]
    sys.exit(run_worker(Settings(), log_level="ERROR", enricher=nothing))
