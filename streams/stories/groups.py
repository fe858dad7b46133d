"""The stories of a memory: their articles, publishers and times, and how two of them become one."""

from __future__ import annotations

import heapq
from collections import Counter
from typing import NamedTuple

import numpy as np

from streams.stories.memory import Memory
from streams.stories.moments import MINUTE


class Facts(NamedTuple):
    """What an event says of a story."""

    articles: int
    publishers: int
    first_seen: int
    last_seen: int


class Groups:
    """Stories, each with a number from 1 on; each article of the memory is in one story."""

    def __init__(self, memory: Memory, size: int) -> None:
        slots = size + 1
        self._memory = memory
        self.of_slot = np.zeros(slots, dtype=np.int32)
        self._older = np.zeros(slots, dtype=np.int32).data  # articles of the same story
        self._newer = np.zeros(slots, dtype=np.int32).data
        self._newest = np.zeros(slots, dtype=np.int32).data  # by story
        self._counts = np.zeros(slots, dtype=np.int32).data
        self._firsts = np.zeros(slots, dtype=np.int64).data
        self._lasts = np.zeros(slots, dtype=np.int64).data
        self._names: list[str] = [""]
        self._free: list[int] = []
        self._publishers: dict[int, Counter[int]] = {}  # of stories with two articles or more
        self._orphans: dict[str, int] = {}  # stories whose first article is not remembered, by name
        self._buckets: dict[int, list[int]] = {}  # stories by the minute in which they began
        self._minutes: list[int] = []

    def name(self, story: int) -> str:
        """Return the name of `story`, which is the id of its first article."""
        return self._names[story]

    def named(self, name: str) -> int:
        """Return the story called `name`, or 0."""
        return self._orphans.get(name) or int(self.of_slot[self._memory.slot(name)])

    def open(self, name: str, moment: int) -> int:
        """Return a new story without articles, which began at `moment`."""
        story = self._free.pop() if self._free else len(self._names)
        if story == len(self._names):
            self._names.append("")
        self._names[story] = name
        self._newest[story] = self._counts[story] = 0
        self._firsts[story] = self._lasts[story] = moment
        self._orphans[name] = story  # until its first article is put in
        self._schedule(story)
        return story

    def put(self, slot: int, story: int, facts_first: int, facts_last: int) -> None:
        """Put the article in `slot`, the latest of all, into `story`, and widen the times of the story."""
        newest = self._newest[story]
        self.of_slot[slot] = story
        self._older[slot], self._newer[slot], self._newest[story] = newest, 0, slot
        if newest:
            self._newer[newest] = slot
        self._counts[story] += 1
        self._count_publisher(story, slot)
        self.widen(story, facts_first, facts_last)
        if self._memory.ids[slot] == self._names[story]:
            self._orphans.pop(self._names[story], None)

    def widen(self, story: int, first: int, last: int) -> None:
        """Let `story` begin no later than `first` and end no earlier than `last`."""
        if first < self._firsts[story]:
            self._firsts[story] = first
            self._schedule(story)
        self._lasts[story] = max(self._lasts[story], last)

    def take_out(self, slot: int) -> int:
        """Take the article in `slot` out of its story, and return the story, which may be empty."""
        story = int(self.of_slot[slot])
        older, newer = self._older[slot], self._newer[slot]
        if newer:
            self._older[newer] = older
        else:
            self._newest[story] = older
        if older:
            self._newer[older] = newer
        self._counts[story] -= 1
        if counted := self._publishers.get(story):
            publisher = int(self._memory.publishers[slot])
            counted[publisher] -= 1
            if not counted[publisher]:
                del counted[publisher]
        self.of_slot[slot] = 0
        if self._memory.ids[slot] == self._names[story]:
            self._orphans[self._names[story]] = story
        return story

    def close(self, story: int) -> None:
        """Forget `story`, which is empty."""
        self._orphans.pop(self._names[story], None)
        self._publishers.pop(story, None)
        self._names[story] = ""
        self._firsts[story] = 0
        self._free.append(story)

    def members(self, story: int, most: int | None = None) -> list[int]:
        """Return the slots of the articles of `story`, the latest first."""
        older, slot = self._older, self._newest[story]
        slots: list[int] = []
        for _ in range(self._counts[story] if most is None else most):
            if not slot:
                break
            slots.append(slot)
            slot = older[slot]
        return slots

    def is_empty(self, story: int) -> bool:
        """Return True if `story` has no article."""
        return self._counts[story] == 0

    def facts(self, story: int) -> Facts:
        """Return the counts and times of `story`."""
        counted = self._publishers.get(story)
        if counted is None:
            newest = self._newest[story]
            publishers = int(bool(newest and self._memory.publishers[newest]))
        else:
            publishers = len(counted) - (0 in counted)
        return Facts(self._counts[story], publishers, self._firsts[story], self._lasts[story])

    def age(self, story: int) -> tuple[int, str]:
        """Return what the older of two stories has less of."""
        return self._firsts[story], self._names[story]

    def merge(self, younger: int, older: int) -> None:
        """Move the articles of `younger` into `older`, in the order in which they came."""
        slots = [*self.members(younger), *self.members(older)]
        slots.sort(key=lambda slot: self._memory.sequences[slot])
        first, last = self._firsts[younger], self._lasts[younger]
        for slot in self.members(younger):
            self.take_out(slot)
        self.close(younger)
        self._newest[older] = self._counts[older] = 0
        self._publishers.pop(older, None)
        for slot in slots:
            self.put(slot, older, first, last)

    def expired(self, start: int) -> list[int]:
        """Return the stories that began before the minute `start`; forget when they began."""
        found: list[int] = []
        while self._minutes and self._minutes[0] < start:
            found += self._begun_in(heapq.heappop(self._minutes))
        return found

    def premature(self, end: int) -> list[int]:
        """Return the stories that began after the minute `end`; forget when they began."""
        late = sorted(minute for minute in self._minutes if minute > end)
        self._minutes = sorted(set(self._minutes).difference(late))  # a sorted list is a heap
        return [story for minute in late for story in self._begun_in(minute)]

    def _begun_in(self, minute: int) -> list[int]:
        stories = dict.fromkeys(self._buckets.pop(minute))
        return [story for story in stories if self._names[story] and self._firsts[story] // MINUTE == minute]

    def _schedule(self, story: int) -> None:
        minute = self._firsts[story] // MINUTE
        if minute not in self._buckets:
            self._buckets[minute] = []
            heapq.heappush(self._minutes, minute)
        self._buckets[minute].append(story)

    def _count_publisher(self, story: int, slot: int) -> None:
        if self._counts[story] == 1:
            return
        counted = self._publishers.get(story)
        if counted is None:
            counted = self._publishers[story] = Counter()
            for member in self.members(story):
                counted[int(self._memory.publishers[member])] += 1
        else:
            counted[int(self._memory.publishers[slot])] += 1
