"""The stage `stories`: from fingerprints to stories, with the index of stories as its state."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson

from streams.events import ArticleEvent, EnrichedArticle, Fingerprint, StoryArticle
from streams.stage import Beside, Stage
from streams.stateful import StatefulStage
from streams.topics import Topics

if TYPE_CHECKING:
    from streams.stories import StoryIndex
    from streams.stories.encoder import StoryEncoder

SLACK = timedelta(hours=1)  # between the clocks of the workers


class StoryState:
    """The index of stories, as the state of a partition of fingerprints."""

    def __init__(self, index: StoryIndex) -> None:
        self._index = index

    def apply(self, event: Fingerprint) -> StoryArticle:
        """Return `event` with its story. Raises UnknownFingerprint, and then nothing has changed."""
        return self._index.add(event)

    def restore(self, value: bytes) -> None:
        """Take over the decision of a StoryArticle; raises an error if `value` is not one."""
        self._index.restore_json(value)

    def restore_many(self, values: Iterable[bytes], on_error: Callable[[Exception], None]) -> None:
        """Take over the decisions of StoryArticles; `on_error` gets the error of each other value."""
        self._index.restore_many(values, on_error)

    def measures(self) -> dict[str, int]:
        """Return the number of articles in the index, and what it has counted."""
        return {"articles": len(self._index), **self._index.counts}


def story_stage(wire: Topics, max_bytes: int) -> Stage:
    """Return the stage without its state."""
    return Stage(
        "stories", Fingerprint, _without_state, lambda _: [wire.stories], wire.dead, max_bytes, has_state=True
    )


def stateful_story_stage(wire: Topics, max_bytes: int, days: float) -> StatefulStage:
    """Return the stage with its state: the articles of the last `days` before the latest one."""
    return StatefulStage(
        story_stage(wire, max_bytes), wire.stories, partial(_new_state, days), partial(story_since, days)
    )


def fingerprint_beside(wire: Topics, encoder: StoryEncoder | None = None) -> Beside:
    """Return the function that makes the fingerprint of an enriched article, which the label stage sends.

    With an `encoder`, it makes the vector.
    """

    def fingerprint(article: EnrichedArticle, arrived: int) -> tuple[str, Fingerprint]:
        from streams.stories import fingerprint_of  # numpy: only the stage process needs it

        arrived_at = datetime.fromtimestamp(arrived / 1000, UTC)
        return wire.fingerprints, fingerprint_of(article, arrived_at, encoder)

    return fingerprint


def story_since(days: float, value: bytes) -> int:
    """Return the time from which on stories matter to the index, in milliseconds since the epoch.

    `value` is a StoryArticle, and its watermark is the time of the latest article so far. An article cannot
    be newer than the record that has it. Return 0 if `value` is not a StoryArticle.
    """
    try:
        watermark = datetime.fromisoformat(orjson.loads(value)["watermark"])
        return int((watermark - timedelta(days=days) - SLACK).timestamp() * 1000)
    except (ValueError, KeyError, TypeError, OverflowError):
        return 0


def _new_state(days: float) -> StoryState:
    from streams.stories import StoryIndex  # as above: only the state process needs it

    return StoryState(StoryIndex(days))


def _without_state(_: Sequence[Any]) -> Sequence[ArticleEvent]:
    raise RuntimeError("the stage stories has no state here: it works in the state process")
