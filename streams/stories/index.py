"""The index of the articles of the last days, which assigns each new one to a story."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime
from typing import NamedTuple

from streams.errors import UnknownFingerprint
from streams.events import EnrichedArticle, Fingerprint, StoryArticle
from streams.stories.fingerprint import Features, decode, fingerprint_of
from streams.stories.groups import Groups
from streams.stories.memory import Entry, Memory
from streams.stories.moments import DAY, MINUTE, event_time, to_moment, to_time
from streams.stories.near import nearest
from streams.stories.related import LINKS, Related, are_one, closest_stories

_BEHIND = 3  # articles in a row that arrive before the window: the clock of the watermark was wrong
_SPARE = 4096  # slots for the articles that announce a merge, which stay while their story lives
_DIGITS = 3  # of a similarity
COUNTS = ("late", "clamped", "evicted", "expired", "merged", "refused")


class _Decision(NamedTuple):
    """Where an article goes: into `story`, or into a story of its own."""

    story: int = 0
    similarity: float = 0.0
    original: str | None = None
    is_update: bool = False
    joined: int = 0  # a younger story, which becomes a part of `story`


class StoryIndex:
    """The articles of the last `days`, at most the latest `max_articles`; for one thread.

    `counts` says how many articles were late (before the window: each is a story of its own), clamped
    (without a date, or dated after their arrival), evicted (at the bound, the oldest first), expired or
    refused, and how many stories were merged.
    """

    def __init__(self, days: float = 3, max_articles: int = 500_000) -> None:
        if days <= 0 or max_articles < 1:
            raise ValueError(f"days ({days}) and max_articles ({max_articles}) must be positive")
        self.days = days
        self.max_articles = max_articles
        self.counts = dict.fromkeys(COUNTS, 0)
        self._most_announced = min(_SPARE, max_articles)
        size = max_articles + self._most_announced
        self._memory = Memory(size)
        self._groups = Groups(self._memory, size)
        self._announced: dict[int, str] = {}  # the younger story that the article in a slot announced
        self._sequence = 0
        self._watermark: int | None = None
        self._behind = 0

    def __len__(self) -> int:
        return len(self._memory)

    def add(self, article: EnrichedArticle | Fingerprint, arrived_at: datetime | None = None) -> StoryArticle:
        """Return `article` with its story; `arrived_at` is that of a Fingerprint, or now.

        Raises UnknownFingerprint if the fingerprint cannot be read; the index is then as before.
        """
        if isinstance(article, EnrichedArticle):
            article = fingerprint_of(article, arrived_at or datetime.now(UTC))
        elif arrived_at is not None:
            article = article.model_copy(update={"arrived_at": arrived_at})
        try:
            features = decode(article)
        except UnknownFingerprint:
            self.counts["refused"] += 1
            raise
        arrived = to_moment(article.arrived_at)
        moment, is_clamped = event_time(article.published_at, arrived)
        self.counts["clamped"] += is_clamped
        self._advance(arrived, moment)
        return self._assign(article, features, moment)

    def restore(self, event: StoryArticle) -> None:
        """Take over the assignment of `event`, as it was decided."""
        self._take_over(event, decode(event.fingerprint))

    def restore_json(self, value: bytes) -> None:
        """Take over the assignment of the StoryArticle with the JSON `value`."""
        self.restore(StoryArticle.model_validate_json(value))

    def _take_over(self, event: StoryArticle, features: Features) -> None:
        self._move(to_moment(event.watermark), event.sequence, event.behind)
        slot = self._memory.slot(event.article_id)
        first, last = to_moment(event.first_seen), to_moment(event.last_seen)
        if first // MINUTE < self._start():
            return
        name = event.merged_into or event.story_id
        story = self._groups.named(name) or self._groups.open(name, first)
        if slot:
            self._replace(slot)
        announced = event.story_id if event.merged_into else None
        if announced and (younger := self._groups.named(announced)) and younger != story:
            self._merge(younger, story)
        self._insert(event.fingerprint, features, event.duplicate_of, story, (first, last), announced)

    def _assign(self, article: Fingerprint, features: Features, moment: int) -> StoryArticle:
        slot = self._memory.slot(article.article_id)
        announced = self._announced.get(slot)
        if slot:
            decision = self._version(slot, features)
            moment = max(moment, self._start() * MINUTE)
        elif moment // MINUTE < self._start():
            self.counts["late"] += 1
            return self._event(
                article,
                _Decision(),
                article.article_id,
                None,
                (1, int(bool(article.publisher)), moment, moment),
            )
        else:
            decision = self._decide(article, features)
        groups = self._groups
        if decision.joined:
            announced = groups.name(decision.joined)
            self._merge(decision.joined, decision.story)
        story = decision.story or groups.open(article.article_id, moment)
        name = groups.name(story)
        self._insert(article, features, decision.original, story, (moment, moment), announced)
        return self._event(
            article, decision, announced or name, name if announced else None, groups.facts(story)
        )

    def _decide(self, article: Fingerprint, features: Features) -> _Decision:
        """Return where an article goes that the index does not have."""
        memory, groups = self._memory, self._groups
        own = groups.named(article.article_id)  # its story lives, though it was evicted itself
        near = nearest(features, memory)
        if near:
            is_update = bool(
                (article.publisher and _hash(article.publisher) == memory.publishers[near.slot])
                or (article.url and _hash(article.url) == memory.urls[near.slot])
            )
            story = own or int(groups.of_slot[near.slot])
            return _Decision(story, near.contained, memory.ids[near.slot], is_update)
        related = closest_stories(features, label_bits(article.labels), memory, groups)
        if own:
            return _Decision(own, next((one.similarity for one in related if one.story == own), 0.0))
        return self._joining(related)

    def _joining(self, related: list[Related]) -> _Decision:
        if not related:
            return _Decision()
        best, *others = related
        if others and others[0].similarity >= LINKS and len(self._announced) < self._most_announced:
            pair = (best.story, others[0].story)
            older, younger = sorted(pair, key=self._groups.age)
            if are_one(younger, older, self._memory, self._groups):
                return _Decision(older, best.similarity, joined=younger)
        return _Decision(best.story, best.similarity)

    def _version(self, slot: int, features: Features) -> _Decision:
        """Take out the older version in `slot`, and return where the new one goes: into the same story."""
        story = self._replace(slot)
        near = nearest(features, self._memory)
        original = self._memory.ids[near.slot] if near and self._groups.of_slot[near.slot] == story else None
        return _Decision(story, near.contained if near and original else 1.0, original, is_update=True)

    def _insert(
        self,
        article: Fingerprint,
        features: Features,
        original: str | None,
        story: int,
        times: tuple[int, int],
        announced: str | None,
    ) -> None:
        entry = Entry(
            article.article_id,
            _hash(article.publisher),
            _hash(article.url),
            label_bits(article.labels),
            self._sequence,
            original,
        )
        slot = self._memory.insert(entry, features)
        self._groups.put(slot, story, *times)
        if announced:
            self._announced[slot] = announced

    def _event(
        self,
        article: Fingerprint,
        decision: _Decision,
        story_id: str,
        merged_into: str | None,
        facts: tuple[int, int, int, int],
    ) -> StoryArticle:
        articles, publishers, first, last = facts
        return StoryArticle(
            article_id=article.article_id,
            story_id=story_id,
            duplicate_of=decision.original,
            similarity=round(min(decision.similarity, 1.0), _DIGITS),
            is_update=decision.is_update,
            merged_into=merged_into,
            articles=articles,
            publishers=publishers,
            first_seen=to_time(first),
            last_seen=to_time(last),
            headline=article.headline,
            publisher=article.publisher,
            url=article.url,
            published_at=article.published_at,
            labels=article.labels,
            sequence=self._sequence,
            watermark=to_time(self._watermark or 0),
            behind=self._behind,
            fingerprint=article,
        )

    def _start(self) -> int:
        """Return the first minute of the window."""
        return -(-((self._watermark or 0) - round(self.days * DAY)) // MINUTE)

    def _advance(self, arrived: int, moment: int) -> None:
        """Take an article that arrived at `arrived` and appeared at `moment` into the times of the index.

        The watermark follows the latest article. Where articles in a row arrive before the window, the clock
        of an article was wrong that moved it, so it moves back.
        """
        watermark = moment if self._watermark is None else self._watermark
        behind = self._behind + 1 if arrived // MINUTE < self._start() and self._watermark is not None else 0
        if behind >= _BEHIND:
            watermark, behind = moment, 0
        self._move(max(watermark, moment), self._sequence + 1, behind)

    def _move(self, watermark: int, sequence: int, behind: int) -> None:
        """Set the times of the index, and forget the articles that are outside of them."""
        is_back = self._watermark is not None and watermark < self._watermark
        self._watermark, self._sequence, self._behind = watermark, sequence, behind
        stories = self._groups.expired(self._start())
        if is_back:
            stories += self._groups.premature(watermark // MINUTE)
        for story in stories:
            for slot in self._groups.members(story):
                self._forget(slot)
                self.counts["expired"] += 1
            self._groups.close(story)
        self._evict()

    def _evict(self) -> None:
        """Forget the articles before the latest `max_articles`, but for those that announced a merge."""
        bound = self._sequence - self.max_articles
        if bound <= 0:
            return
        for slot in self._memory.oldest():
            if self._memory.sequences[slot] > bound:
                return
            if slot in self._announced:
                continue
            story = self._forget(slot)
            self.counts["evicted"] += 1
            if self._groups.is_empty(story):
                self._groups.close(story)

    def _replace(self, slot: int) -> int:
        """Forget an older version of an article, and return its story, which stays."""
        return self._forget(slot)

    def _forget(self, slot: int) -> int:
        story = self._groups.take_out(slot)
        self._memory.remove(slot)
        self._announced.pop(slot, None)
        return story

    def _merge(self, younger: int, older: int) -> None:
        self._groups.merge(younger, older)
        self.counts["merged"] += 1


def _hash(text: str | None) -> int:
    return zlib.crc32(text.encode("utf-8", "surrogatepass")) if text else 0


def label_bits(labels: list[str]) -> int:
    """Return `labels` as bits, which the index compares."""
    bits = 0
    for label in labels:
        bits |= 1 << (_hash(label) % 32)
    return bits
