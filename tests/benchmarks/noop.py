"""A worker whose enrichment does nothing, so only the streaming costs time.

Arguments: `bytes` or `events`, and perhaps the address of its HTTP port.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from streams.app import run_worker
from streams.enrich import STAGES, Enricher
from streams.errors import EnrichmentError
from streams.events import CleanArticle, EnrichedArticle, RawArticle, TaggedArticle
from streams.settings import Settings
from streams.stage import Payload, Result, Stage
from streams.topology import stages

Event = TypeVar("Event", bound=CleanArticle)

UNREAD = CleanArticle(article_id="-", text="-", word_count=1, content_hash="none")


class NoCleaner:
    """Takes the body as the text."""

    def clean(self, raw: RawArticle) -> CleanArticle:
        return _with(CleanArticle, UNREAD, article_id=raw.article_id, text=raw.body)


class NoTagger:
    """Finds nothing."""

    def tag(self, articles: Sequence[CleanArticle]) -> list[TaggedArticle]:
        return [_with(TaggedArticle, article, entities=[]) for article in articles]


class NoLabeller:
    """Gives no labels."""

    def label(self, articles: Sequence[TaggedArticle]) -> list[EnrichedArticle]:
        return [_with(EnrichedArticle, article, labels=[], scores={}) for article in articles]


def _with(event: type[Event], article: CleanArticle, **more: Any) -> Event:
    """Return `article` as an `event` with `more` fields, without validation, which would cost time."""
    made = event.__new__(event)
    fields = {**vars(article), **more}
    object.__setattr__(made, "__dict__", fields)
    object.__setattr__(made, "__pydantic_fields_set__", set(fields))
    object.__setattr__(made, "__pydantic_extra__", None)
    object.__setattr__(made, "__pydantic_private__", None)
    return made


class Passing(Stage):
    """Passes each record on, byte for byte."""

    def process(self, payloads: Sequence[Payload]) -> list[Result | EnrichmentError]:
        topics = self.to(None)
        return [Result(topics, key or b"", value or b"", "passed") for key, value, _ in payloads]


def always(topic: str) -> Callable[[Any], list[str]]:
    """Return a function that names `topic` for every article."""
    return lambda _: [topic]


def noop_stages(mode: str, settings: Settings) -> dict[str, Stage]:
    """Return three stages that pass bytes, or that decode and encode events."""
    wire = settings.topics
    if mode == "events":
        nothing = Enricher(NoCleaner(), NoTagger(), NoLabeller())  # type: ignore[arg-type]
        return {stage.name: stage for stage in stages(nothing, wire, settings.max_event_bytes)}
    targets = (wire.clean, wire.tagged, wire.enriched)
    return {
        name: Passing(name, RawArticle, list, always(target), wire.dead, settings.max_event_bytes)
        for name, target in zip(STAGES, targets, strict=True)
    }


if __name__ == "__main__":
    settings = Settings(http=sys.argv[2] if len(sys.argv) > 2 else None)
    sys.exit(
        run_worker(
            settings, STAGES, log_level="ERROR", build_stages=partial(noop_stages, sys.argv[1], settings)
        )
    )
