"""The index of the articles of the last days, which assigns each new one to a story."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from streams.errors import UnknownFingerprint
from streams.events import EnrichedArticle, Fingerprint, StoryArticle
from streams.stories.assignments import Assignment, assignment_of, read_assignment
from streams.stories.decisions import Decision, decide, decide_version
from streams.stories.fingerprint import Features, decode, fingerprint_of
from streams.stories.groups import Groups
from streams.stories.memory import Entry, Memory, hash_of
from streams.stories.moments import DAY, MINUTE, event_time, to_moment, to_time

if TYPE_CHECKING:
    from streams.stories.encoder import StoryEncoder

_BEHIND = 3  # articles in a row that arrive before the window: the clock of the watermark was wrong
_SPARE = 4096  # slots for the articles that announce a merge, which stay while their story lives
_DIGITS = 3  # of a similarity
COUNTS = ("late", "clamped", "evicted", "expired", "merged", "refused")


class StoryIndex:
    """The articles of the last `days`, at most the latest `max_articles`; for one thread.

    `counts` says how many articles were late (before the window: each is a story of its own), clamped
    (without a date, or dated after their arrival), evicted (at the bound, the oldest first), expired or
    refused, and how many stories were merged. An `encoder` makes the vectors of the EnrichedArticles.
    """

    def __init__(
        self, days: float = 3, max_articles: int = 500_000, encoder: StoryEncoder | None = None
    ) -> None:
        if days <= 0 or max_articles < 1:
            raise ValueError(f"days ({days}) and max_articles ({max_articles}) must be positive")
        self.days = days
        self.max_articles = max_articles
        self._encoder = encoder
        self.counts = dict.fromkeys(COUNTS, 0)
        self._most_announced = min(_SPARE, max_articles)
        size = max_articles + self._most_announced
        self._memory = Memory(size)
        self._groups = Groups(self._memory, size)
        self._announced: dict[int, str] = {}  # the younger story that the article in a slot announced
        self._span = round(days * DAY)
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
            article = fingerprint_of(article, arrived_at or datetime.now(UTC), self._encoder)
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
        self._take_over(assignment_of(event))

    def restore_json(self, value: bytes) -> None:
        """Take over the assignment of the StoryArticle with the JSON `value`."""
        self._take_over(read_assignment(value))

    def restore_many(
        self, values: Iterable[bytes], on_error: Callable[[Exception], None] | None = None
    ) -> None:
        """Take over the assignments of the StoryArticles with the JSON `values`, in their order.

        This takes a third of the time of `restore_json` for each. Values that cannot be read are left out:
        `on_error` gets the error of each.
        """
        with self._memory.linked_later():
            for value in values:
                try:
                    self._take_over(read_assignment(value))
                except Exception as error:  # noqa: BLE001 - anybody can write to a topic
                    if on_error is not None:
                        on_error(error)

    def _take_over(self, assignment: Assignment) -> None:
        entry, features, name, announced, first, last, watermark, behind = assignment
        self._move(watermark, entry.sequence, behind)
        if first // MINUTE < self._start():
            return
        story = self._groups.named(name) or self._groups.open(name, first)
        if slot := self._memory.slot(entry.article_id):
            self._forget(slot)
        if announced and (younger := self._groups.named(announced)) and younger != story:
            self._merge(younger, story)
        self._insert(entry, features, story, (first, last), announced)

    def _assign(self, article: Fingerprint, features: Features, moment: int) -> StoryArticle:
        slot = self._memory.slot(article.article_id)
        announced = self._announced.get(slot)
        if slot:
            decision = decide_version(features, self._forget(slot), self._memory, self._groups)
            moment = max(moment, self._start() * MINUTE)
        elif moment // MINUTE < self._start():
            self.counts["late"] += 1
            return self._event(
                article,
                Decision(),
                article.article_id,
                None,
                (1, int(bool(article.publisher)), moment, moment),
            )
        else:
            may_merge = len(self._announced) < self._most_announced
            decision = decide(article, features, self._memory, self._groups, may_merge=may_merge)
        groups = self._groups
        if decision.joined:
            announced = groups.name(decision.joined)
            self._merge(decision.joined, decision.story)
        story = decision.story or groups.open(article.article_id, moment)
        name = groups.name(story)
        entry = Entry(
            article.article_id,
            hash_of(article.publisher),
            hash_of(article.url),
            self._sequence,
            decision.original,
        )
        self._insert(entry, features, story, (moment, moment), announced)
        return self._event(
            article, decision, announced or name, name if announced else None, groups.facts(story)
        )

    def _insert(
        self, entry: Entry, features: Features, story: int, times: tuple[int, int], announced: str | None
    ) -> None:
        slot = self._memory.insert(entry, features)
        self._groups.put(slot, story, *times)
        if announced:
            self._announced[slot] = announced

    def _event(
        self,
        article: Fingerprint,
        decision: Decision,
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
        return -(-((self._watermark or 0) - self._span) // MINUTE)

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

    def _forget(self, slot: int) -> int:
        """Forget the article in `slot`, and return its story, which may be empty now."""
        story = self._groups.take_out(slot)
        self._memory.remove(slot)
        self._announced.pop(slot, None)
        return story

    def _merge(self, younger: int, older: int) -> None:
        self._groups.merge(younger, older)
        self.counts["merged"] += 1
