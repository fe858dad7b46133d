"""How lanes share the one stage process: batch after batch, each in chunks of about a quarter second."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from streams.one_pass import Pass, Route
from streams.records import Outgoing, Record
from streams.stage import Stage
from streams.tracing.interface import Chunk
from streams.worker.passage import Carriage

CHUNK_RECORDS = 8  # at least; between two chunks a lane can stop
CHUNK_SECONDS = 0.25
SKIP_SECONDS = 1.0  # from one transaction to the next, if it only has the offset of records that were skipped
GATHER_SECONDS = 0.2  # at most this long from one transaction of a lane to the next, unless a full one waits
GATHER_SECONDS_PER_RECORD = 0.01  # of the last transaction: after a small one nothing is waited for


class StageRunner(Protocol):
    """The stage process, as the queue needs it."""

    async def work(self, stage: Stage, records: Sequence[Record]) -> list[Outgoing]:
        """Return the results and dead letters of `records`."""

    async def carry(self, route: Route, records: Sequence[Record]) -> tuple[Pass, Sequence[float]]:
        """Return what one pass makes of `records`, and the seconds of each stage."""


class Pace:
    """The timing of one lane: how large its chunks are, and when its next transaction may begin."""

    def __init__(self) -> None:
        self.began: float | None = None  # monotonic time when the batch in hand was begun
        self.chunks: list[Chunk] = []  # of the batch in hand, for the metrics
        self.worked = 0.0  # seconds of the stage process for the batch in hand
        self._seconds_per_record = CHUNK_SECONDS / CHUNK_RECORDS
        self._next_at = 0.0  # monotonic
        self._last_began = 0.0

    @property
    def chunk_records(self) -> int:
        """The number of records in the next chunk."""
        return max(CHUNK_RECORDS, int(CHUNK_SECONDS / self._seconds_per_record))

    @property
    def seconds_to_gather(self) -> float:
        """The seconds to wait for more records; zero or less if the next transaction may begin."""
        return self._next_at - time.monotonic()

    @property
    def seconds_to_skip(self) -> float:
        """The seconds until a transaction may begin that has no records, only an offset."""
        return self._last_began + SKIP_SECONDS - time.monotonic()

    def begin(self) -> None:
        """Note that work on a batch begins now."""
        self.began = self._last_began = time.monotonic()
        self.chunks, self.worked = [], 0.0

    def end(self) -> None:
        """Note that no batch is in hand."""
        self.began = None

    def took(self, records: int, seconds: float, own: float | None = None) -> None:
        """Learn from a chunk. Slow down at once and speed up slowly: the next articles may be longer.

        `own` are the seconds of the lane's own stage, if the chunk was carried through others too.
        """
        self._seconds_per_record = max(seconds / records, self._seconds_per_record / 4)
        self.chunks.append((records, seconds if own is None else own))
        self.worked += seconds

    def committed(self, records: int) -> None:
        """Note that the batch in hand was committed with `records`."""
        gather_seconds = min(GATHER_SECONDS, GATHER_SECONDS_PER_RECORD * records)
        self._next_at = (self.began or 0.0) + gather_seconds


class StageQueue:
    """Gives the stage process to one lane at a time, in the order in which they ask.

    If lanes took turns chunk by chunk, each would wait for all others at every chunk, and its time would be
    up after a few records. Only while the last chunk of a batch is worked on may the next lane hand in its
    first chunk: otherwise the stage process would stand still until the event loop comes round.
    """

    def __init__(self, runner: StageRunner) -> None:
        self._runner = runner
        self._batch_turn = asyncio.Lock()  # held for a batch, except for its last chunk
        self._chunk_places = asyncio.Semaphore(2)  # a last chunk, and the first chunk of the next batch
        self._idle_since = 0.0  # monotonic time when the stage process finished its last chunk

    async def work(
        self,
        stage: Stage,
        batch: Sequence[Record],
        pace: Pace,
        *,
        seconds: float,
        is_wanted: Callable[[], bool],
        carriage: Carriage | None = None,
    ) -> tuple[list[Outgoing], int]:
        """Return the results for the first records of `batch`, and for how many.

        At least one chunk is worked on; the rest of the batch is left once `seconds` are spent, or when
        `is_wanted` turns false. A `carriage` takes what can be carried through the stages that follow.
        """
        outgoing: list[Outgoing] = []
        done, spent = 0, 0.0
        last: asyncio.Task[tuple[list[Outgoing], float]] | None = None
        async with self._chunk_places:
            async with self._batch_turn:
                pace.begin()
                while done < len(batch) and is_wanted() and spent <= seconds:
                    chunk = batch[done : done + pace.chunk_records]
                    done += len(chunk)
                    if done == len(batch):
                        last = asyncio.create_task(self._run(stage, chunk, pace, carriage))
                        break
                    results, chunk_seconds = await self._run(stage, chunk, pace, carriage)
                    outgoing += results
                    spent += chunk_seconds
            if last is not None:
                outgoing += (await last)[0]
        return outgoing, done

    async def _run(
        self, stage: Stage, chunk: Sequence[Record], pace: Pace, carriage: Carriage | None
    ) -> tuple[list[Outgoing], float]:
        """Return the results of `chunk`, and the seconds that the stage process took for it."""
        asked = time.monotonic()
        own = None
        if carriage is not None and carriage.takes(chunk):
            passed, spent = await self._runner.carry(carriage.route, chunk)
            carriage.add(chunk, passed, spent)
            results, own = passed.outgoing, spent[0]
        else:
            results = await self._runner.work(stage, chunk)
        now = time.monotonic()
        seconds = now - max(asked, self._idle_since)
        self._idle_since = now
        pace.took(len(chunk), seconds, own)
        return results, seconds
