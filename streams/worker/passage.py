"""When a lane may carry its articles through the stages that follow, and what it carried.

A version of an article must not overtake an earlier one. So a lane carries only while nothing of its
partition is on the way between the stages: everything on the topics that follow was committed by the lanes of
this same worker. Once it has sent an article that was not carried, it waits until the next lanes have
caught up.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from aiokafka.errors import KafkaError
from faust.types import TP

from streams.one_pass import Pass, Route
from streams.records import Record
from streams.stage import Stage
from streams.tracing.interface import Chunk

WAIT_SECONDS = 5.0  # for the lanes that follow; then a batch goes on without being carried
LOOK_SECONDS = 0.02


class Downstream(Protocol):
    """What a passage asks about the partitions that follow its own."""

    @property
    def generation(self) -> int:
        """The generation of the consumer group."""

    def owns(self, tp: TP) -> bool:
        """Return True if this worker reads `tp`."""

    async def log_end(self, tp: TP) -> int:
        """Return the offset behind the last record of `tp`, of open transactions too."""

    def has_done(self, tp: TP, offset: int) -> bool:
        """Return True if all records of `tp` below `offset` were committed."""


class Passage:
    """The way of one lane's articles through `following`: the partition and the stage of each next topic."""

    def __init__(
        self, stage: Stage, following: Sequence[tuple[TP, Stage]], downstream: Downstream, group: bytes
    ) -> None:
        self.stages = (stage, *(next_stage for _, next_stage in following))
        self.group = group
        self._partitions = [tp for tp, _ in following]
        self._downstream = downstream
        self._generation: int | None = None
        self._strays = False  # articles go to other partitions, and are not carried
        self._done = 0  # the number of partitions that have nothing on the way
        self._end: int | None = None  # the log end of the next partition, when it was asked for

    @property
    def is_possible(self) -> bool:
        """True if this worker runs the stages that follow, on the same partition."""
        return not self._strays and all(map(self._downstream.owns, self._partitions))

    @property
    def topics(self) -> list[str]:
        """The topics that follow."""
        return [tp.topic for tp in self._partitions]

    @property
    def is_open(self) -> bool:
        """True if articles may be carried."""
        return (
            self.is_possible
            and self._done == len(self._partitions)
            and self._generation == self._downstream.generation
        )

    def begin(self) -> None:
        """Note that the lane has a new producer: something may be on the way."""
        self._strays = False
        self._block()

    def carried(self, carriage: Carriage | None) -> None:
        """Note what was carried of a batch that is about to be committed; None if nothing was."""
        if carriage is not None and carriage.strays:
            self._strays = True
        if carriage is None or not carriage.is_whole:
            self._block()

    def _block(self) -> None:
        self._done, self._end = 0, None

    async def opens(self, seconds: float, is_wanted: Callable[[], bool]) -> bool:
        """Wait until articles may be carried, at most `seconds` and while `is_wanted`; return if they may.

        The log end of a partition is asked for when all before it is done: only then everything that comes to
        it has come.
        """
        with contextlib.suppress(TimeoutError, KafkaError, OSError, RuntimeError):
            async with asyncio.timeout(seconds):
                while self.is_possible and is_wanted():
                    if await self._look():
                        return True
                    await asyncio.sleep(LOOK_SECONDS)
        return False

    async def _look(self) -> bool:
        if self._generation != self._downstream.generation:
            self._block()
            self._generation = self._downstream.generation
        while self._done < len(self._partitions):
            tp = self._partitions[self._done]
            if self._end is None:
                end = await self._downstream.log_end(tp)
                if self._generation != self._downstream.generation:
                    return False
                self._end = end
            if not self._downstream.has_done(tp, self._end):
                return False
            self._done, self._end = self._done + 1, None
        return self.is_open


class Carriage:
    """What is carried of one batch."""

    def __init__(self, passage: Passage, stays: Callable[[bytes | None], bool]) -> None:
        self.route = Route(passage.stages, passage.group, stays)
        self.stages = passage.stages
        self.topics = passage.topics
        self.is_whole = True  # until an article that should be carried is not
        self.strays = False  # True if an article goes to another partition, and so would others
        self.records: list[Record] = []  # that passed every stage
        self.chunks: Mapping[str, list[Chunk]] = {stage.name: [] for stage in self.stages}

    def takes(self, chunk: Sequence[Record]) -> bool:
        """Return True if `chunk` is to be carried; from the first chunk on that is not, no other is."""
        if not all(self.route.stays(record.key) for record in chunk):
            self.strays = True
            self.is_whole = False
        return self.is_whole

    def add(self, chunk: Sequence[Record], passed: Pass, seconds: Sequence[float]) -> None:
        """Note that `chunk` was `passed`, in so many `seconds` for each stage."""
        self.is_whole = passed.is_whole
        self.strays = passed.strays
        self.records += [chunk[place] for place in passed.carried]
        for stage, spent in zip(self.stages, seconds, strict=True):
            self.chunks[stage.name].append((len(chunk), spent))
