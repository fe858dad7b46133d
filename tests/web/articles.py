"""Enriched articles made by hand, and the records in which they come."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from typing import Any

import orjson

from streams.events import EnrichedArticle
from streams.headers import Header, rfc3339
from streams.kafka.batches import LogRecord

TEXT = (
    "Ministers agree on the harbour\n\n"
    "Ada Lind met the port authority in Bergen to settle the dispute over the new harbour.\n\n"
    "The talks ended at dawn. Nobody expects a strike now."
)
_numbers = count()


def enriched(**fields: Any) -> EnrichedArticle:
    """Return an article with a text of its own; `fields` replace those of the sample."""
    return EnrichedArticle.model_validate(
        {
            "article_id": f"article-{next(_numbers)}",
            "publisher": "Harbour Post",
            "published_at": "2026-03-01T12:00:00Z",
            "language": "en",
            "headline": "Ministers agree on the harbour",
            "text": TEXT,
            "entities": [
                entity("Ada Lind", "PER", 32, role="minister"),
                entity("Bergen", "LOC", 67, ids={"wikidata": "Q26793", "geonames": "3161732"}),
            ],
            "labels": [label()],
            "scores": {"diplomacy": 0.9, "climate": 0.01},
            "removed": [{"kind": "teaser", "text": "Also: ten ways to cook cod"}],
            "provenance": {"cleaner": {"name": "wireroom-cleaner", "version": "3"}, "taxonomy": "d2287903"},
            **fields,
        }
    )


def entity(name: str, kind: str, start: int, **fields: Any) -> dict[str, Any]:
    """Return the fields of an entity with one mention in the sample text."""
    mention = {"start": start, "end": start + len(name), "text": name}
    return {
        "id": name,
        "type": kind,
        "name": name,
        "salience": 0.5,
        "count": 1,
        "mentions": [mention],
        **fields,
    }


def label(code: str = "diplomacy", score: float = 0.9, **fields: Any) -> dict[str, Any]:
    """Return the fields of a label, with evidence in the sample text whose sum is the raw score."""
    found = [("settle the dispute", 1.25), ("talks ended", 0.5), ("strike", -0.25)]
    evidence = [
        {"start": TEXT.index(text), "end": TEXT.index(text) + len(text), "text": text, "weight": weight}
        for text, weight in found
    ]
    parts = {"base": -0.5, "similarity": 0.2}
    raw = {"evidence": evidence, "parts": parts, "raw": 1.2}
    return {"label": code, "score": score, "name": code.title(), "iptc": ["20000639"], **raw, **fields}


def record(event: EnrichedArticle, offset: int = 0, *, partition: int = 0, timestamp: int = 0) -> LogRecord:
    """Return the record of `event` at a place of its topic, whose raw event is a second older."""
    began = datetime.fromtimestamp(max(0, timestamp / 1000 - 1), UTC)
    headers: list[Header] = [("ce_time", rfc3339(began).encode())]
    return LogRecord("news.enriched", partition, offset, timestamp, event.key, event.to_bytes(), headers)


def story(event: EnrichedArticle, story_id: str, **fields: Any) -> dict[str, Any]:
    """Return the fields of the StoryArticle of `event`."""
    return {
        "article_id": event.article_id,
        "story_id": story_id,
        "duplicate_of": None,
        "is_update": False,
        "articles": 1,
        "publishers": 1,
        "headline": event.headline,
        **fields,
    }


def story_value(event: EnrichedArticle, story_id: str, **fields: Any) -> bytes:
    """Return the value of the StoryArticle of `event` as it is on its topic."""
    return orjson.dumps(story(event, story_id, **fields))
