"""The newest articles in the order in which viewers get them, each encoded once for all viewers.

An article waits a moment for its story, which comes over a topic of its own, so that viewers get both as one
event. A story that comes later goes out as an event of its own, of the type `story`, which has no id.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from streams.web.article import Article
from streams.web.filters import Filter
from streams.web.positions import as_id, furthest, is_behind, parse_id
from streams.web.trends import Trends

HOLD_SECONDS = 2.0  # a transaction of the stage of stories takes some tenths of a second
MOST_MISSES = 3  # after so many articles without a story none is waited for, until one comes
NEW = 200  # articles that are kept ready for viewers who are up to date
STORIES = 1000  # that came before their articles


@dataclass(slots=True)
class Entry:
    """An event for viewers: an article with the `id` of the event, or the story that it got afterwards."""

    article: Article
    id: str | None

    @property
    def frame(self) -> bytes:
        """The event as it is sent."""
        return self.frame_to(self.id)

    @property
    def is_story(self) -> bool:
        """True for the story of an article that was sent before."""
        return self.id is None

    def frame_to(self, event_id: str | None) -> bytes:
        """Return the event with `event_id` as its id; without one, an event of the type `story`."""
        first = b"event: story" if event_id is None else b"id: " + event_id.encode()
        return b"".join((first, b"\ndata: ", self.article.body, b"\n\n"))

    def frame_beyond(self, positions: Mapping[int, int]) -> bytes:
        """Return the event for a viewer who has come to `positions`, and must not fall behind them."""
        own = parse_id(self.id)
        if own is None or not is_behind(own, positions):
            return self.frame
        return self.frame_to(as_id(furthest(own, positions)))


class History:
    """The newest `limit` articles. Belongs to one event loop; `on_news` is called when an event is added."""

    def __init__(
        self,
        limit: int,
        trends: Trends,
        now: Callable[[], float],
        on_news: Callable[[], None] = lambda: None,
        hold_seconds: float = HOLD_SECONDS,
    ) -> None:
        self.limit = limit
        self.is_loaded = False
        self.positions: dict[int, int] = {}
        self.on_news = on_news
        self._ends: dict[int, int] = {}
        self._trends = trends
        self._now = now
        self._hold_seconds = hold_seconds
        self._entries: list[Entry] = []
        self._first = 0
        self._latest: dict[str, Entry] = {}
        self._new: deque[Article] = deque()
        self._held: deque[tuple[float, Article]] = deque()
        self._held_ids: Counter[str] = Counter()
        self._early: OrderedDict[str, Mapping[str, Any]] = OrderedDict()
        self._misses = MOST_MISSES  # until a story shows that there is a stage of stories

    @property
    def end(self) -> int:
        """The number of the next event; events are numbered from 0."""
        return self._first + len(self._entries)

    @property
    def count(self) -> int:
        """The number of articles that are kept."""
        return len(self._latest)

    def find(self, article_id: str) -> Article | None:
        """Return the latest article with this id, if it is among those that are kept."""
        entry = self._latest.get(article_id)
        return None if entry is None else entry.article

    def load(
        self, articles: Iterable[Article], stories: Iterable[Mapping[str, Any]], ends: Mapping[int, int]
    ) -> None:
        """Begin with `articles`, in their order, and `stories`; `ends` are the offsets behind them."""
        by_article = {str(story["article_id"]): story for story in stories}
        for article in articles:
            if story := by_article.pop(article.article_id, None):
                article.join(story)
                self._misses = 0
            self._add(article)
        self._ends = dict(ends)
        self.is_loaded = True
        self.on_news()

    def take(self, articles: Iterable[Article], stories: Iterable[Mapping[str, Any]]) -> None:
        """Add `articles` that came now, and `stories` of these or of earlier ones."""
        for article in articles:
            self._held.append((self._now() + self._hold_seconds, article))
            self._held_ids[article.article_id] += 1
        for story in stories:
            self._tell(story)
        self.release()

    def release(self) -> None:
        """Send the articles that have their story, or have waited long enough for it."""
        while self._held:
            deadline, article = self._held[0]
            story = self._early.pop(article.article_id, None)
            if story is not None:
                article.join(story)
                self._misses = 0
            elif article.story_id is None and self._misses < MOST_MISSES:
                if self._now() < deadline:
                    return
                self._misses += 1
            self._held.popleft()
            self._held_ids[article.article_id] -= 1
            if not self._held_ids[article.article_id]:
                del self._held_ids[article.article_id]
            self._add(article)

    def seconds_to_release(self) -> float | None:
        """Return after how many seconds `release` has something to do; None if nothing is held."""
        return max(0.0, self._held[0][0] - self._now()) if self._held else None

    def read(self, start: int, chosen: Filter, most_bytes: int) -> tuple[list[bytes], int]:
        """Return the events from number `start` on that `chosen` admits, and the number to continue at.

        Raises LookupError if the first of them is no longer kept.
        """
        if start < self._first:
            raise LookupError(f"event {start} is no longer kept; the first one is {self._first}")
        frames, size, place = [], 0, start - self._first
        while place < len(self._entries) and size < most_bytes:
            entry = self._entries[place]
            place += 1
            if chosen.admits(entry.article):
                frames.append(entry.frame)
                size += len(frames[-1])
        return frames, self._first + place

    def newest(self, chosen: Filter, count: int | None) -> Iterator[Entry | None]:
        """Yield the latest `count` articles that `chosen` admits, the newest first, or all of them.

        None stands for an article that it does not admit, so that a caller can pause in between.
        """
        left = -1 if count is None else count
        for entry in self._entries[::-1] if left else ():
            if entry.article.is_latest and not entry.is_story and chosen.admits(entry.article):
                yield entry
                left -= 1
                if left == 0:
                    return
            else:
                yield None

    def since(self, positions: Mapping[int, int]) -> list[Entry] | None:
        """Return the articles that a viewer who has come to `positions` lacks.

        None if there can be no such viewer: the topic was deleted and created again meanwhile.
        """
        ends = furthest(self._ends, {number: offset + 1 for number, offset in self.positions.items()})
        if any(offset >= ends.get(number, 0) for number, offset in positions.items()):
            return None
        return [
            entry
            for entry in self._entries
            if not entry.is_story and entry.article.offset > positions.get(entry.article.partition, -1)
        ]

    def _tell(self, story: Mapping[str, Any]) -> None:
        article_id = str(story["article_id"])
        entry = self._latest.get(article_id)
        if entry is None or article_id in self._held_ids:
            self._early[article_id] = story
            if len(self._early) > STORIES:
                self._early.popitem(last=False)
            return
        self._misses = 0
        if entry.article.story_id == story["story_id"]:
            return
        entry.article.join(story)
        self._trends.add_story(entry.article)
        self._append(Entry(entry.article, None))

    def _add(self, article: Article) -> None:
        earlier = self._latest.pop(article.article_id, None)
        if earlier is None:
            self._trends.add(article)
        else:
            earlier.article.is_latest = False
        self.positions[article.partition] = article.offset
        entry = Entry(article, as_id(self.positions))
        self._latest[article.article_id] = entry
        self._append(entry)
        self._new.append(article)
        if len(self._new) > NEW:
            self._new.popleft().plain = None

    def _append(self, entry: Entry) -> None:
        self._entries.append(entry)
        self.on_news()
        surplus = len(self._entries) - self.limit
        if surplus > max(100, self.limit // 10):
            for gone in self._entries[:surplus]:
                if self._latest.get(gone.article.article_id) is gone:
                    del self._latest[gone.article.article_id]
            del self._entries[:surplus]
            self._first += surplus
