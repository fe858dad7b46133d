"""Lanes share one stage process: batch after batch, in chunks of about a quarter second. No broker."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest
from faust.types import TP

from streams.one_pass import Pass, Route
from streams.records import Outgoing, Record
from streams.stage import Stage
from streams.worker.passage import Carriage, Passage
from streams.worker.stage_queue import Pace, StageQueue
from tests.fakes.kafka import STAGE, fetch


class Clock:
    """Stands still except for the work that is done."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


class TimedProcess:
    """Takes `seconds` for a record, one chunk after another.

    Notes the partition and the size of every chunk, and how many chunks were there at once. A chunk with the
    value `left_alone` is not carried.
    """

    def __init__(self, clock: Clock, seconds: float, left_alone: bytes = b"") -> None:
        self.clock = clock
        self.left_alone = left_alone
        self.carried: list[int] = []
        self.seconds = seconds
        self.chunks: list[tuple[int, int]] = []
        self.most_at_once = self._at_once = 0
        self._turn = asyncio.Lock()

    async def work(self, stage: Stage, records: Sequence[Record]) -> list[Outgoing]:
        self.chunks.append((records[0].partition, len(records)))
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        async with self._turn:
            for _ in range(5):
                await asyncio.sleep(0)
            self.clock.now += self.seconds * len(records)
        self._at_once -= 1
        return [Outgoing("news.clean", record.key, record.value, []) for record in records]

    async def carry(self, route: Route, records: Sequence[Record]) -> tuple[Pass, list[float]]:
        outgoing = await self.work(route.stages[0], records)
        self.carried.append(len(records))
        is_whole = all(record.value != self.left_alone for record in records)
        return Pass(outgoing, list(range(len(records))) if is_whole else [], is_whole), [0.5, 1.5]


@pytest.fixture
def clock(monkeypatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("streams.worker.stage_queue.time", clock)
    return clock


def work(process: TimedProcess, count: int, *partitions: int) -> list[int]:
    """Have `process` work on `count` records of each of `partitions`; return the sizes of the parts."""
    queue = StageQueue(process)
    sizes: list[int] = []

    async def one_lane(partition: int) -> None:
        records = fetch(0, count - 1, tp=TP("news.raw", partition)).records
        pace = Pace()
        while records:
            outgoing, done = await queue.work(STAGE, records, pace, seconds=1.0, is_wanted=lambda: True)
            assert [result.value for result in outgoing] == [record.value for record in records[:done]]
            sizes.append(done)
            records = records[done:]

    async def all_lanes() -> None:
        await asyncio.gather(*(one_lane(partition) for partition in partitions))

    asyncio.run(asyncio.wait_for(all_lanes(), 20))
    return sizes


def test_quick_articles_go_in_ever_larger_chunks(clock):
    process = TimedProcess(clock, 0.0001)

    work(process, 1000, 0)

    assert [size for _, size in process.chunks] == [8, 32, 128, 512, 320]


def test_slow_articles_go_in_small_chunks_and_come_back_after_about_a_second(clock):
    process = TimedProcess(clock, 0.05)

    sizes = work(process, 64, 0)

    assert [size for _, size in process.chunks] == [8] * 8
    assert sizes == [24, 24, 16]


def test_a_lane_has_the_stage_process_until_its_batch_is_done(clock):
    process = TimedProcess(clock, 0.03)

    work(process, 24, 0, 1)

    assert process.chunks == [(0, 8), (0, 8), (0, 8), (1, 8), (1, 8), (1, 8)]


def test_the_next_lane_hands_in_its_first_chunk_while_the_last_one_of_another_is_worked_on(clock):
    process = TimedProcess(clock, 0.001)

    work(process, 5, 0, 1, 2)

    assert process.chunks == [(0, 5), (1, 5), (2, 5)]
    assert process.most_at_once == 2


def test_time_in_the_queue_does_not_count_as_work(clock):
    """The second lane waits for the first; were that its own time, its next chunk would be too small."""
    process = TimedProcess(clock, 1 / 128)
    queue, waiting = StageQueue(process), Pace()
    records = list(fetch(0, 7).records)

    async def both():
        await asyncio.gather(
            queue.work(STAGE, records * 10, Pace(), seconds=60.0, is_wanted=lambda: True),
            queue.work(STAGE, records, waiting, seconds=60.0, is_wanted=lambda: True),
        )

    asyncio.run(both())

    assert waiting.chunk_records == 128 / 4


def test_a_batch_that_is_no_longer_wanted_is_left_at_the_next_chunk(clock):
    process = TimedProcess(clock, 0.05)
    wanted = iter([True, True, False])

    async def whole():
        queue = StageQueue(process)
        return await queue.work(
            STAGE, fetch(0, 63).records, Pace(), seconds=60.0, is_wanted=lambda: next(wanted)
        )

    outgoing, done = asyncio.run(whole())

    assert (len(outgoing), done) == (16, 16)


def test_a_pace_slows_down_at_once_and_speeds_up_slowly():
    pace = Pace()

    pace.took(100, 0.1)
    assert pace.chunk_records == 32
    pace.took(10, 0.25)
    assert pace.chunk_records == 10
    pace.took(10, 0.01)
    assert pace.chunk_records == 40


@pytest.mark.parametrize(("records", "seconds"), [(1, 0.01), (10, 0.1), (200, 0.2)])
def test_after_a_larger_transaction_a_lane_gathers_records_for_longer(clock, records, seconds):
    pace = Pace()
    pace.begin()

    pace.committed(records)

    assert pace.seconds_to_gather == pytest.approx(seconds)


class Alone:
    """Partitions that nobody else writes to, and that are always done."""

    generation = 1

    def owns(self, _tp: TP) -> bool:
        return True

    async def log_end(self, _tp: TP) -> int:
        return 0

    def has_done(self, _tp: TP, _offset: int) -> bool:
        return True


def carry(process: TimedProcess, count: int) -> tuple[Carriage, Pace]:
    """Have `process` carry `count` records through two stages."""
    passage = Passage(STAGE, [(TP("news.clean", 0), replace(STAGE, name="entities"))], Alone(), b"group")
    carriage, pace = Carriage(passage, lambda _key: True), Pace()
    records = fetch(0, count - 1).records
    queue = StageQueue(process)
    asyncio.run(queue.work(STAGE, records, pace, seconds=60.0, is_wanted=lambda: True, carriage=carriage))
    return carriage, pace


def test_a_batch_is_carried_chunk_by_chunk(clock):
    process = TimedProcess(clock, 0.01)

    carriage, pace = carry(process, 20)

    assert process.carried == [8, 12]
    assert [record.offset for record in carriage.records] == list(range(20))
    assert pace.chunks == [(8, 0.5), (12, 0.5)]  # of the lane's own stage
    assert carriage.chunks["entities"] == [(8, 1.5), (12, 1.5)]
    assert pace.worked == pytest.approx(0.2)


def test_behind_a_chunk_that_was_not_carried_whole_no_other_is_carried(clock):
    process = TimedProcess(clock, 0.01, left_alone=b"9")

    carriage, _ = carry(process, 60)

    assert process.carried == [8, 24]
    assert sum(size for _, size in process.chunks) == 60
    assert (len(carriage.records), carriage.is_whole) == (8, False)
