"""Read the stories of now from their topic: who is in which, what became of merges, and which are largest."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from kafka import TopicPartition
from pydantic import ValidationError

from streams.errors import WireroomError
from streams.events import StoryArticle
from streams.kafka.admin import administer
from streams.kafka.connection import Connection
from streams.kafka.history import values_since
from streams.kafka.offsets import partitions_of

SLACK = timedelta(hours=1)  # between the clocks of the workers


@dataclass(frozen=True)
class Story:
    """A story with the latest version of each of its articles, in the order in which they came."""

    story_id: str
    articles: tuple[StoryArticle, ...]
    names: frozenset[str]  # its id, and those of the stories that were merged into it

    @property
    def publishers(self) -> list[str]:
        """The names of its publishers, in the order in which they came."""
        return list(dict.fromkeys(each.publisher for each in self.articles if each.publisher))

    @property
    def labels(self) -> list[str]:
        """The codes of the labels of its articles, the most frequent one first."""
        return [
            code for code, _ in Counter(code for each in self.articles for code in each.labels).most_common()
        ]

    @property
    def first_seen(self) -> datetime:
        """The time of its earliest article."""
        return min(each.first_seen for each in self.articles)

    @property
    def last_seen(self) -> datetime:
        """The time of its latest article."""
        return max(each.last_seen for each in self.articles)

    @cached_property
    def reprints(self) -> Mapping[str, list[StoryArticle]]:
        """The reprints of each article, by its id."""
        originals: defaultdict[str, list[StoryArticle]] = defaultdict(list)
        for each in self.articles:
            if each.duplicate_of is not None:
                originals[each.duplicate_of].append(each)
        return originals

    @property
    def originals(self) -> list[StoryArticle]:
        """The articles that reprint none of the others."""
        here = {each.article_id for each in self.articles}
        return [each for each in self.articles if each.duplicate_of not in here]

    @property
    def central(self) -> StoryArticle:
        """The article that was reprinted most; among equals the one that is most like the story."""
        return max(
            self.originals or self.articles,
            key=lambda each: (len(self.reprints.get(each.article_id, ())), each.similarity),
        )


def current_stories(connection: Connection, topic: str, *, since: datetime, days: float) -> list[Story]:
    """Return the stories with an article after `since`, the largest first.

    `days` is the longest life of a story. Raises BrokerError when the broker or the topic is missing.
    """
    events = read_stories(connection, topic, since - timedelta(days=days) - SLACK)
    stories = [story for story in group_stories(events) if story.last_seen >= since]
    return sorted(stories, key=lambda each: (-len(each.articles), -len(each.publishers), each.first_seen))


def find_story(connection: Connection, topic: str, name: str) -> Story:
    """Return the story with the id `name`, which may be cut short, or that of an article in it.

    Raises WireroomError when there is none, or more than one.
    """
    stories = list(group_stories(read_stories(connection, topic, None)))
    found = [story for story in stories if name in story.names]
    found = found or [s for s in stories if any(each.article_id == name for each in s.articles)]
    found = found or [s for s in stories if any(story_id.startswith(name) for story_id in s.names)]
    if len(found) == 1:
        return found[0]
    if not found:
        raise WireroomError(f"{topic} has no story {name!r}; list the stories with `wireroom stories`")
    ids = ", ".join(story.story_id for story in found[:5])
    raise WireroomError(f"{name!r} begins the ids of {len(found)} stories ({ids}); write more of it")


def read_stories(connection: Connection, topic: str, since: datetime | None) -> Iterator[StoryArticle]:
    """Yield the valid events on `topic` from `since` on, partition by partition."""
    with administer(connection) as admin:
        partitions: Sequence[TopicPartition] = partitions_of(admin, [topic], connection.bootstrap)
        for partition in partitions:
            for value in values_since(admin, connection.bootstrap, partition, since):
                try:
                    yield StoryArticle.model_validate_json(value)
                except ValidationError:
                    continue


def group_stories(events: Iterable[StoryArticle]) -> Iterator[Story]:
    """Yield the stories of `events`, which are in the order of their topic.

    The last event of each article counts.
    """
    latest: dict[str, StoryArticle] = {}
    merged: dict[str, str] = {}
    for event in events:
        latest.pop(event.article_id, None)  # so that the order is that of the last versions
        latest[event.article_id] = event
        if event.merged_into is not None:
            merged[event.story_id] = event.merged_into
    members: defaultdict[str, list[StoryArticle]] = defaultdict(list)
    names: defaultdict[str, set[str]] = defaultdict(set)
    for event in latest.values():
        story_id = _resolved(event.story_id, merged)
        members[story_id].append(event)
        names[story_id] |= {story_id, event.story_id}
    for story_id, articles in members.items():
        yield Story(story_id, tuple(articles), frozenset(names[story_id]))


def _resolved(story_id: str, merged: Mapping[str, str]) -> str:
    """Return the story that `story_id` is a part of in the end; a circle, which no index makes, is cut."""
    seen = {story_id}
    while (into := merged.get(story_id)) is not None and into not in seen:
        seen.add(into)
        story_id = into
    return story_id
