"""The pipeline, top to bottom; any stage may send to news.dead.

    news.raw --[cleanup]--> news.clean --[entities]--> news.tagged --[labels]--> news.enriched
                                                                             \\--> news.labels.<label>

Each agent reads one topic and writes the next, so that each can be deployed alone. An agent hands what it
reads to the delivery, which commits results, dead letters and the input offset together; Faust never
acknowledges. What a stage does with an article happens on the stage process, a process beside the worker's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import faust

from streams.enrich import STAGES, UNLOADED, Enricher
from streams.events import CleanArticle, EnrichedArticle, RawArticle, TaggedArticle
from streams.stage import Stage
from streams.topics import Topics
from streams.worker.delivery import Delivery
from streams.worker.faust_overrides.transport import Fetch, fetch_topic


def build_topology(app: faust.App, delivery: Delivery, wire: Topics, only: Collection[str] = STAGES) -> None:
    """Attach one agent to each stage; every stage reads one topic and writes the next."""
    only = frozenset(only)  # an iterator would be used up by the first test
    clean, tag, label = stages(UNLOADED, wire, delivery.max_bytes)  # the stage process has those that work

    if "cleanup" in only:

        @app.agent(fetch_topic(app, wire.raw), name="cleanup")
        async def cleanup(fetches: faust.StreamT[Fetch]) -> None:
            """Raw to clean."""
            async for fetch in fetches.noack():
                delivery.accept(fetch, clean)

    if "entities" in only:

        @app.agent(fetch_topic(app, wire.clean), name="entities")
        async def entities(fetches: faust.StreamT[Fetch]) -> None:
            """Clean to tagged."""
            async for fetch in fetches.noack():
                delivery.accept(fetch, tag)

    if "labels" in only:

        @app.agent(fetch_topic(app, wire.tagged), name="labels")
        async def labels(fetches: faust.StreamT[Fetch]) -> None:
            """Tagged to enriched, and to the topic of every label that the article carries."""
            async for fetch in fetches.noack():
                delivery.accept(fetch, label)


def stages(enricher: Enricher, wire: Topics, max_bytes: int) -> tuple[Stage, Stage, Stage]:
    """What each agent does with an article, and where the result goes."""

    def clean_each(articles: Iterable[RawArticle]) -> list[CleanArticle]:
        return [enricher.clean(article) for article in articles]

    def by_label(article: EnrichedArticle) -> list[str]:
        return [wire.enriched, *(wire.label(label.label) for label in article.labels)]

    return (
        Stage("cleanup", RawArticle, clean_each, lambda _: [wire.clean], wire.dead, max_bytes),
        Stage("entities", CleanArticle, enricher.tag, lambda _: [wire.tagged], wire.dead, max_bytes),
        Stage("labels", TaggedArticle, enricher.label, by_label, wire.dead, max_bytes),
    )
