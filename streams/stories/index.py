"""The index of the articles of the last days, which assigns each new one to a story."""

from __future__ import annotations

from datetime import UTC, datetime

from streams.errors import UnknownFingerprint
from streams.events import EnrichedArticle, Fingerprint, StoryArticle
from streams.stories.fingerprint import VERSION, fingerprint_of


class StoryIndex:
    """The articles of the last `days`, at most `max_articles`; for one thread."""

    def __init__(self, days: float = 3, max_articles: int = 500_000) -> None:
        self.days = days
        self.max_articles = max_articles
        self.counts = dict.fromkeys(("late", "clamped", "evicted", "expired", "merged", "refused"), 0)
        self._sequence = 0
        self._stories: dict[str, StoryArticle] = {}

    def __len__(self) -> int:
        return len(self._stories)

    def add(self, article: EnrichedArticle | Fingerprint, arrived_at: datetime | None = None) -> StoryArticle:
        """Return `article` with its story. Raises UnknownFingerprint if it cannot be read."""
        if isinstance(article, EnrichedArticle):
            article = fingerprint_of(article, arrived_at or datetime.now(UTC))
        if article.version != VERSION:
            self.counts["refused"] += 1
            raise UnknownFingerprint(
                f"version {article.version} is not supported; this release reads {VERSION}"
            )
        twin = next(
            (story for story in self._stories.values() if story.fingerprint.sketch == article.sketch), None
        )
        event = StoryArticle(
            article_id=article.article_id,
            story_id=twin.story_id if twin else article.article_id,
            duplicate_of=twin.article_id if twin else None,
            similarity=1.0 if twin else 0.0,
            articles=twin.articles + 1 if twin else 1,
            publishers=1,
            first_seen=article.arrived_at,
            last_seen=article.arrived_at,
            headline=article.headline,
            publisher=article.publisher,
            url=article.url,
            published_at=article.published_at,
            labels=article.labels,
            sequence=self._sequence + 1,
            watermark=article.arrived_at,
            fingerprint=article,
        )
        self.restore(event)
        return event

    def restore(self, event: StoryArticle) -> None:
        """Take over the decision of `event`."""
        self._sequence = event.sequence
        self._stories[event.article_id] = event

    def restore_json(self, value: bytes) -> None:
        """Take over the decision of the StoryArticle whose bytes are `value`."""
        self.restore(StoryArticle.model_validate_json(value))
