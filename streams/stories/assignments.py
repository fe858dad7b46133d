"""What the index takes over of a StoryArticle that was sent, read without pydantic where its form is ours."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from streams.events import StoryArticle
from streams.stories.fingerprint import Features, decode, decode_parts
from streams.stories.memory import Entry, hash_of
from streams.stories.moments import to_moment


class Assignment(NamedTuple):
    """An article with its story, as it was decided; times are in microseconds."""

    entry: Entry
    features: Features
    story: str
    announced: str | None  # the younger story, which became a part of `story` with this article
    first: int
    last: int
    watermark: int
    behind: int


def assignment_of(event: StoryArticle) -> Assignment:
    """Return the assignment of `event`. Raises UnknownFingerprint."""
    article = event.fingerprint
    entry = Entry(
        event.article_id,
        hash_of(article.publisher),
        hash_of(article.url),
        event.sequence,
        event.duplicate_of,
    )
    return Assignment(
        entry,
        decode(article),
        event.merged_into or event.story_id,
        event.story_id if event.merged_into else None,
        to_moment(event.first_seen),
        to_moment(event.last_seen),
        to_moment(event.watermark),
        event.behind,
    )


def read_assignment(value: bytes) -> Assignment:
    """Return the assignment of the StoryArticle with the JSON `value`.

    Raises UnknownFingerprint, or a ValidationError if `value` is not a StoryArticle.
    """
    try:
        return _read(orjson.loads(value))
    except (ValueError, KeyError, TypeError, AttributeError):
        # The value is not of our own making, or is none: pydantic reads every form, and tells the reason.
        return assignment_of(StoryArticle.model_validate_json(value))


def _read(fields: dict[str, Any]) -> Assignment:
    article = fields["fingerprint"]
    name, story, merged_into = fields["article_id"], fields["story_id"], fields["merged_into"]
    sequence, behind, version = fields["sequence"], fields["behind"], article["version"]
    if not (type(sequence) is type(behind) is type(version) is int) or not name or sequence < 1:
        raise ValueError("not as our events are")
    parts = article["sketch"], article["terms"], article.get("vector", ""), article.get("words", "")
    entry = Entry(
        name,
        hash_of(article["publisher"]),
        hash_of(article["url"]),
        sequence,
        _text_or_none(fields["duplicate_of"]),
    )
    return Assignment(
        entry,
        decode_parts(_text(name), version, parts),
        _text_or_none(merged_into) or _text(story),
        story if merged_into else None,
        _moment(fields["first_seen"]),
        _moment(fields["last_seen"]),
        _moment(fields["watermark"]),
        behind,
    )


@lru_cache(1024)  # the times of an event are often the same
def _moment(text: str) -> int:
    return to_moment(datetime.fromisoformat(text))


def _text(field: Any) -> str:
    if type(field) is not str:
        raise TypeError("not a text")
    return field


def _text_or_none(field: Any) -> str | None:
    return None if field is None else _text(field)
