"""Counts by minute for the charts: the articles of each label, and who and what is in the news.

Time is that of the records. Two hours are kept, and of each minute the names that occur most.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from streams.web.article import Article

MINUTE_MS = 60_000
WINDOW = 60  # minutes of a chart, which are compared with as many before
NAMES = 2_000  # of a minute
SHOWN = 10


@dataclass
class _Minute:
    number: int
    articles: int = 0
    labels: Counter[str] = field(default_factory=Counter)
    entities: Counter[tuple[str, str]] = field(default_factory=Counter)
    stories: Counter[str] = field(default_factory=Counter)


class Trends:
    """Counts the articles of two hours; `now` returns milliseconds since the epoch."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._minutes: deque[_Minute] = deque()  # by number
        self._headlines: dict[str, str] = {}
        self.ages: deque[int] = deque(maxlen=1000)  # of the latest articles, in milliseconds

    def add(self, article: Article) -> None:
        """Count `article`."""
        if article.age is not None:
            self.ages.append(article.age)
        if minute := self._minute(article.timestamp):
            minute.articles += 1
            minute.labels.update(article.labels)
            minute.entities.update((each["name"], each["type"]) for each in article.fields["entities"])
            _prune(minute.entities)
        self.add_story(article)

    def add_story(self, article: Article) -> None:
        """Count the story of `article`, once it has one."""
        minute = self._minute(article.timestamp)
        if minute and article.story_id:
            minute.stories[article.story_id] += 1
            _prune(minute.stories)
            if article.story_id not in self._headlines:
                fields = article.fields
                self._headlines[article.story_id] = fields["headline"] or fields["opening"]

    def report(self) -> dict[str, Any]:
        """Return the numbers of the charts."""
        self._forget()
        this = self._number()
        hour = [minute for minute in self._minutes if minute.number > this - WINDOW]
        before = [minute for minute in self._minutes if minute.number <= this - WINDOW]
        by_label: dict[str, list[int]] = {}
        total = [0] * WINDOW
        for minute in hour:
            place = WINDOW - 1 - (this - minute.number)
            total[place] += minute.articles
            for label, count in minute.labels.items():
                by_label.setdefault(label, [0] * WINDOW)[place] += count
        entities = _compared((m.entities for m in hour), (m.entities for m in before))
        stories = _compared((m.stories for m in hour), (m.stories for m in before))
        return {
            "minutes": WINDOW,
            "until": (this + 1) * MINUTE_MS,
            "articles": total,
            "labels": dict(sorted(by_label.items(), key=lambda each: -sum(each[1]))),
            "entities": [
                {"name": name, "type": kind, "now": now, "before": earlier}
                for (name, kind), now, earlier in entities
            ],
            "stories": [
                {"story_id": story, "headline": self._headlines.get(story), "now": now, "before": earlier}
                for story, now, earlier in stories
            ],
        }

    def _number(self) -> int:
        return int(self._now() // MINUTE_MS)

    def _minute(self, timestamp: int) -> _Minute | None:
        """Return the minute of `timestamp`, or None if it is not one of the last two hours."""
        this, number = self._number(), timestamp // MINUTE_MS
        if not this - 2 * WINDOW < number <= this:
            return None
        place = len(self._minutes)
        while place and self._minutes[place - 1].number > number:
            place -= 1
        if place and self._minutes[place - 1].number == number:
            return self._minutes[place - 1]
        minute = _Minute(number)
        self._minutes.insert(place, minute)
        self._forget()
        return minute

    def _forget(self) -> None:
        while self._minutes and self._minutes[0].number <= self._number() - 2 * WINDOW:
            self._minutes.popleft()
        if len(self._headlines) > 10 * NAMES:
            kept = {story for minute in self._minutes for story in minute.stories}
            self._headlines = {story: text for story, text in self._headlines.items() if story in kept}


def percentile(values: Iterable[int], share: float) -> int | None:
    """Return the value below which `share` of `values` are; None if there are none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else None


def _compared(now: Iterable[Counter[Any]], before: Iterable[Counter[Any]]) -> list[tuple[Any, int, int]]:
    """Return the keys that are the most frequent now, with how often they occur now and before."""
    current: Counter[Any] = Counter()
    earlier: Counter[Any] = Counter()
    for counts in now:
        current.update(counts)
    for counts in before:
        earlier.update(counts)
    return [(key, count, earlier[key]) for key, count in current.most_common(SHOWN)]


def _prune(counts: Counter[Any]) -> None:
    if len(counts) > 2 * NAMES:
        for key, _ in counts.most_common()[NAMES:]:
            del counts[key]
