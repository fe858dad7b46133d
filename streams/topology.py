"""The pipeline, top to bottom; any stage may send to news.dead.

    news.raw --[cleanup]--> news.clean --[entities]--> news.tagged --[labels]--> news.enriched
                                                                             |--> news.labels.<label>
                                       news.stories <--[stories]-- news.fingerprints <--/

Each agent reads one topic and writes the next, so that each can be deployed alone. An agent hands its fetches
to the delivery, which commits results, dead letters and the input offset together; Faust never acknowledges.
The stages run in the stage process, beside the process of the worker; `stories`, which remembers the articles
of some days, runs in the state process.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING, Any

from streams.enrich import UNLOADED, Enricher
from streams.events import CleanArticle, EnrichedArticle, RawArticle, TaggedArticle
from streams.stage import Stage
from streams.story_stage import fingerprint_beside, story_stage
from streams.topics import PIPELINE, Topics

if TYPE_CHECKING:  # the child processes call `stages` and need no Faust
    import faust

    from streams.stories.encoder import StoryEncoder
    from streams.worker.delivery import Delivery
    from streams.worker.fetch import Fetch


def build_topology(
    app: faust.App,
    delivery: Delivery,
    wire: Topics,
    only: Collection[str] = PIPELINE,
    *,
    one_pass: bool = False,
) -> None:
    """Attach one agent to each stage; every stage reads one topic and writes the next.

    With `one_pass`, stages that follow each other commit an article together, see streams/one_pass.py.
    """
    from streams.worker.faust_overrides.transport import fetch_topic

    only = frozenset(only)  # an iterator would be used up by the first test
    clean, tag, label, group = stages(UNLOADED, wire, delivery.max_bytes)  # the children have the loaded ones

    delivery.connect([(wire.raw, clean), (wire.clean, tag), (wire.tagged, label)], only if one_pass else ())

    def agent(name: str, topic: str) -> Callable[[Any], Any]:
        return app.agent(fetch_topic(app, topic), name=name) if name in only else lambda unused: unused

    @agent("cleanup", wire.raw)
    async def cleanup(fetches: faust.StreamT[Fetch]) -> None:
        """Turn raw articles into clean ones."""
        async for fetch in fetches.noack():
            delivery.accept(fetch, clean)

    @agent("entities", wire.clean)
    async def entities(fetches: faust.StreamT[Fetch]) -> None:
        """Turn clean articles into tagged ones."""
        async for fetch in fetches.noack():
            delivery.accept(fetch, tag)

    @agent("labels", wire.tagged)
    async def labels(fetches: faust.StreamT[Fetch]) -> None:
        """Turn tagged articles into enriched ones, on the topic of each of their labels too."""
        async for fetch in fetches.noack():
            delivery.accept(fetch, label)

    @agent("stories", wire.fingerprints)
    async def stories(fetches: faust.StreamT[Fetch]) -> None:
        """Group articles into stories, by their fingerprints."""
        async for fetch in fetches.noack():
            delivery.accept(fetch, group)


def stages(
    enricher: Enricher, wire: Topics, max_bytes: int, encoder: StoryEncoder | None = None
) -> tuple[Stage, Stage, Stage, Stage]:
    """Return the work of each agent: what it does with an article, and which topics get the result.

    With an `encoder`, it makes the vectors of the fingerprints.
    """
    beside = fingerprint_beside(wire, encoder)

    def clean_each(articles: Iterable[RawArticle]) -> list[CleanArticle]:
        return [enricher.clean(article) for article in articles]

    def by_label(article: EnrichedArticle) -> list[str]:
        return [wire.enriched, *(wire.label(label.label) for label in article.labels)]

    return (
        Stage("cleanup", RawArticle, clean_each, lambda _: [wire.clean], wire.dead, max_bytes),
        Stage("entities", CleanArticle, enricher.tag, lambda _: [wire.tagged], wire.dead, max_bytes),
        Stage("labels", TaggedArticle, enricher.label, by_label, wire.dead, max_bytes, beside),
        story_stage(wire, max_bytes),
    )
