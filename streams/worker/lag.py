"""The true lag of each partition: 0 when all that can be read is committed.

The difference of two offsets is not the lag of a topic that is written in transactions: control records and
aborted records take offsets too. So the records that were read and are not committed are counted one by one,
and only the offsets that were not read yet are counted as they are. The consumer's position passes control
records, so it comes to the last stable offset when there is nothing left to read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from faust.types import TP

from streams.worker.fetch import ReadPosition
from streams.worker.lane_state import LaneState

IDLE = LaneState(waiting=0, oldest=None, received=None)


class PartitionLag(NamedTuple):
    """How far the worker is behind in one partition."""

    stage: str
    partition: int
    records: int
    seconds: float
    stable: int  # the last stable offset
    high: int  # the high watermark


class LagMeter:
    """Measures the lag of each partition from what the consumer and the lanes know.

    `stages` has the stage that reads each topic.
    """

    def __init__(self, stages: Mapping[str, str]) -> None:
        self._stages = stages
        # Since when a partition is behind, and the end of what could be read then.
        self._behind: dict[TP, tuple[float, int]] = {}
        self._asked: dict[TP, tuple[int, float]] = {}  # last stable offsets that we asked for, and when

    def learn(self, stable_offsets: Mapping[TP, int], now: float) -> None:
        """Take last stable offsets that the broker gave at `now`."""
        self._asked |= {tp: (offset, now) for tp, offset in stable_offsets.items()}

    def measure(
        self, positions: Mapping[TP, ReadPosition], lanes: Mapping[TP, LaneState], now: float
    ) -> list[PartitionLag]:
        """Return the lag of each partition in `positions` at `now`, in seconds since the epoch."""
        self._forget(positions)
        lags = []
        for tp, read in sorted(positions.items()):
            lane = lanes.get(tp, IDLE)
            offset, at = self._asked.get(tp, (read.stable, read.at))
            stable = offset if at > read.at else read.stable
            records = lane.waiting + _on_the_way(read, lane) + max(0, stable - read.position)
            behind = self._behind_since(tp, records, _done_until(read, lane), stable, now)
            seconds = _age(behind, lane.oldest, now)
            stage = self._stages[tp.topic]
            lags.append(PartitionLag(stage, tp.partition, records, seconds, stable, max(stable, read.high)))
        return lags

    def _behind_since(self, tp: TP, records: int, done_until: int, stable: int, now: float) -> float | None:
        """Return since when one of the `records` that wait has done so, as far as we know; None without any.

        Once all that could be read when we noticed is done, what waits is younger: a partition at work has
        something that waits at nearly every look.
        """
        if records == 0:
            self._behind.pop(tp, None)
            return None
        since, end = self._behind.get(tp, (now, stable))
        if done_until >= end:
            since, end = now, stable
        self._behind[tp] = since, end
        return since

    def _forget(self, kept: Mapping[TP, ReadPosition]) -> None:
        """Forget the partitions that other workers have now."""
        self._behind = {tp: behind for tp, behind in self._behind.items() if tp in kept}
        self._asked = {tp: asked for tp, asked in self._asked.items() if tp in kept}


def _age(behind_since: float | None, oldest: int | None, now: float) -> float:
    """Return the age of the oldest record that waits, at least the time `behind_since` we noticed it.

    A producer chooses the timestamp of a record, and may give one of the future or none.
    """
    if behind_since is None:
        return 0.0
    since = min(behind_since, oldest / 1000) if oldest is not None and oldest > 0 else behind_since
    return max(0.0, now - since)


def _done_until(read: ReadPosition, lane: LaneState) -> int:
    """Return the offset below which nothing waits."""
    if lane.waiting:
        return lane.first or 0
    if read.handed_over is None or not _on_the_way(read, lane):
        return read.position
    return max(read.handed_over[0], lane.received or 0)


def _on_the_way(read: ReadPosition, lane: LaneState) -> int:
    """Return the offsets that the consumer has handed over and that have not come to the lane."""
    if read.handed_over is None:
        return 0
    begin, end = read.handed_over
    return max(0, end - max(begin, lane.received or 0))
