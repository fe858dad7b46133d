"""An article as the river shows it: a short event for viewers, and what filters look at.

The whole article stays on its topic. What is kept of each is small, because some thousands are kept.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from pydantic import Field

from streams.events import EntityType, Frozen, Timestamp
from streams.headers import rfc3339, text_of
from streams.records import Record

SHOWN_ENTITIES = 5
SHOWN_CHARACTERS = 500  # of a headline, a name or a url; longer ones are cut
MOST_ENTITIES = 100  # that an article can be found by, the most salient ones
OPENING_CHARACTERS = 220
SEARCHED_CHARACTERS = 20_000  # of the text; an article has 3,000 on average

_STORY_FIELDS = ("articles", "publishers", "headline", "first_seen", "last_seen")


class _Entity(Frozen):
    name: str
    type: EntityType
    ids: dict[str, str] = Field(default_factory=dict)


class _Label(Frozen):
    label: str
    name: str
    score: float


class _Event(Frozen):
    """The fields of an EnrichedArticle that the river needs; to read only these takes a third of the time."""

    article_id: str = Field(min_length=1)
    publisher: str | None = None
    url: str | None = None
    published_at: Timestamp | None = None
    language: str = "und"
    headline: str | None = None
    text: str = Field(min_length=1)
    word_count: int = 0
    entities: list[_Entity]
    labels: list[_Label]


@dataclass(slots=True, eq=False)
class Article:
    """An enriched article, at a place of its topic; `timestamp` is in milliseconds since the epoch.

    `body` is the event for viewers, as JSON. `names` has the entities and their ids, a line each, in lower
    case. `age` is the time in milliseconds from the raw event to this record. `searched` is compressed text;
    `plain` is the same while the article is new.
    """

    article_id: str
    partition: int
    offset: int
    timestamp: int
    body: bytes
    labels: tuple[str, ...]
    names: str
    publisher: str
    language: str
    age: int | None
    searched: bytes
    plain: str | None = None
    story_id: str | None = None
    is_latest: bool = True

    @property
    def text(self) -> str:
        """The text to search in, in lower case."""
        return self.plain if self.plain is not None else zlib.decompress(self.searched).decode()

    @property
    def fields(self) -> dict[str, Any]:
        """The fields of the event for viewers."""
        fields: dict[str, Any] = orjson.loads(self.body)
        return fields

    def join(self, story: Mapping[str, Any]) -> None:
        """Add what the stage of stories says about the article; `story` are the fields of a StoryArticle."""
        self.story_id = _text(story.get("story_id"))
        fields = {
            **self.fields,
            "story_id": self.story_id,
            "duplicate_of": _text(story.get("duplicate_of")),
            "is_update": bool(story.get("is_update")),
            "story": {name: _short(story.get(name)) for name in _STORY_FIELDS},
        }
        self.body = _encode(fields)


def read_article(record: Record) -> Article:
    """Return the article in `record`. Raises pydantic's ValidationError if it has none."""
    event = _Event.model_validate_json(record.value or b"")
    headline, publisher = _cut(event.headline or ""), _cut(event.publisher or "")
    entities = event.entities[:MOST_ENTITIES]
    names = [_cut(entity.name) for entity in entities]
    ids = [_cut(value) for entity in entities for value in entity.ids.values()]
    found = [headline, publisher, *names, event.text[:SEARCHED_CHARACTERS]]
    plain = "\n".join(found).casefold()
    return Article(
        article_id=event.article_id,
        partition=record.partition,
        offset=record.offset,
        timestamp=record.timestamp,
        body=_encode(_fields(event, record.timestamp)),
        labels=tuple(label.label for label in event.labels),
        names=as_lines([*names, *ids]),
        publisher=publisher.strip().casefold(),
        language=_cut(event.language).casefold(),
        age=_age(record),
        searched=zlib.compress(plain.encode("utf-8", "replace"), 1),
        plain=plain,
    )


def read_story(record: Record) -> dict[str, Any] | None:
    """Return the fields of the StoryArticle in `record`, or None if it has none."""
    try:
        fields = orjson.loads(record.value or b"")
    except orjson.JSONDecodeError:
        return None
    known = isinstance(fields, dict) and all(_text(fields.get(name)) for name in ("article_id", "story_id"))
    return fields if known else None


def as_lines(names: Sequence[str]) -> str:
    """Return `names` in lower case, each between line feeds, so that a whole name can be looked for."""
    lines = "\n".join(" ".join(name.split()).casefold() for name in names)
    return f"\n{lines}\n"


def _encode(fields: Mapping[str, Any]) -> bytes:
    """Return `fields` as JSON, in a copy: what orjson returns keeps 8 KB of memory behind it."""
    return bytes(memoryview(orjson.dumps(fields, option=orjson.OPT_UTC_Z)))


def _fields(event: _Event, timestamp: int) -> dict[str, Any]:
    return {
        "article_id": event.article_id,
        "headline": _cut_or_none(event.headline),
        "publisher": _cut_or_none(event.publisher),
        "published_at": event.published_at,
        "labels": [
            {"label": label.label, "name": _cut(label.name), "score": label.score} for label in event.labels
        ],
        "entities": [
            {"name": _cut(entity.name), "type": entity.type.value}
            for entity in event.entities[:SHOWN_ENTITIES]
        ],
        "story_id": None,
        "duplicate_of": None,
        "is_update": False,
        "story": None,
        "language": _cut(event.language),
        "url": event.url if event.url and len(event.url) <= SHOWN_CHARACTERS else None,
        "opening": _opening(event),
        "seen_at": _time(timestamp),
        "word_count": event.word_count,
    }


def _opening(event: _Event) -> str:
    """Return how the article begins, behind its headline."""
    start = 0
    if event.headline and event.text.startswith(event.headline):
        start = len(event.headline)
    opening = event.text[start : start + 2 * OPENING_CHARACTERS].split()
    text = " ".join(opening)
    return text if len(text) <= OPENING_CHARACTERS else f"{text[:OPENING_CHARACTERS].rstrip()} …"


def _age(record: Record) -> int | None:
    """Return the milliseconds since the time of the raw event; None if no header tells it."""
    try:
        began = datetime.fromisoformat(text_of(record.headers, "ce_time") or "")
        began = began if began.tzinfo else began.replace(tzinfo=UTC)
        return max(0, record.timestamp - int(began.timestamp() * 1000))
    except (OverflowError, ValueError):
        return None


def _time(timestamp: int) -> str | None:
    try:
        return rfc3339(datetime.fromtimestamp(max(timestamp, 0) / 1000, UTC))
    except (OverflowError, ValueError):
        return None


def _cut(text: str) -> str:
    if len(text) <= SHOWN_CHARACTERS:
        return text
    return f"{text[:SHOWN_CHARACTERS]} …"


def _cut_or_none(text: str | None) -> str | None:
    return None if text is None else _cut(text)


def _short(value: Any) -> Any:
    """Return `value` of a story: a number or a short text."""
    return value if isinstance(value, int) else _cut_or_none(_text(value))


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
