"""The pipeline, top to bottom; any stage may send to news.dead.

    news.raw --[cleanup]--> news.clean --[entities]--> news.tagged --[labels]--> news.enriched
                                                                             \\--> news.labels.<label>

Each agent reads one topic and writes the next, so that each can be deployed alone. An agent hands its fetches
to the delivery, which commits results, dead letters and the input offset together; Faust never acknowledges.
The stages run in the stage process, beside the process of the worker.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import faust

from streams.enrich import STAGES, UNLOADED, Enricher
from streams.events import CleanArticle, EnrichedArticle, RawArticle, TaggedArticle
from streams.stage import Stage
from streams.topics import Topics
from streams.worker.delivery import Delivery
from streams.worker.faust_overrides.transport import fetch_topic
from streams.worker.fetch import Fetch


def build_topology(app: faust.App, delivery: Delivery, wire: Topics, only: Collection[str] = STAGES) -> None:
    """Attach one agent to each stage; every stage reads one topic and writes the next."""
    only = frozenset(only)  # an iterator would be used up by the first test
    clean, tag, label = stages(UNLOADED, wire, delivery.max_bytes)  # the stage process has the loaded ones

    if "cleanup" in only:

        @app.agent(fetch_topic(app, wire.raw), name="cleanup")
        async def cleanup(fetches: faust.StreamT[Fetch]) -> None:
            """Turn raw articles into clean ones."""
            async for fetch in fetches.noack():
                delivery.accept(fetch, clean)

    if "entities" in only:

        @app.agent(fetch_topic(app, wire.clean), name="entities")
        async def entities(fetches: faust.StreamT[Fetch]) -> None:
            """Turn clean articles into tagged ones."""
            async for fetch in fetches.noack():
                delivery.accept(fetch, tag)

    if "labels" in only:

        @app.agent(fetch_topic(app, wire.tagged), name="labels")
        async def labels(fetches: faust.StreamT[Fetch]) -> None:
            """Turn tagged articles into enriched ones, on the topic of each of their labels too."""
            async for fetch in fetches.noack():
                delivery.accept(fetch, label)


def stages(enricher: Enricher, wire: Topics, max_bytes: int) -> tuple[Stage, Stage, Stage]:
    """Return the work of each agent: what it does with an article, and which topics get the result."""

    def clean_each(articles: Iterable[RawArticle]) -> list[CleanArticle]:
        return [enricher.clean(article) for article in articles]

    def by_label(article: EnrichedArticle) -> list[str]:
        return [wire.enriched, *(wire.label(label.label) for label in article.labels)]

    return (
        Stage("cleanup", RawArticle, clean_each, lambda _: [wire.clean], wire.dead, max_bytes),
        Stage("entities", CleanArticle, enricher.tag, lambda _: [wire.tagged], wire.dead, max_bytes),
        Stage("labels", TaggedArticle, enricher.label, by_label, wire.dead, max_bytes),
    )
