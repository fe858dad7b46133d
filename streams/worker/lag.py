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
        self._behind_since: dict[TP, float] = {}
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
            seconds = self._seconds(tp, records, lane.oldest, now)
            stage = self._stages[tp.topic]
            lags.append(PartitionLag(stage, tp.partition, records, seconds, stable, max(stable, read.high)))
        return lags

    def _seconds(self, tp: TP, records: int, oldest: int | None, now: float) -> float:
        """Return the age of the oldest record, at least the time since we noticed that something waits.

        A producer chooses the timestamp of a record, and may give one of the future or none.
        """
        if records == 0:
            self._behind_since.pop(tp, None)
            return 0.0
        since = self._behind_since.setdefault(tp, now)
        if oldest is not None and oldest > 0:
            since = min(since, oldest / 1000)
        return max(0.0, now - since)

    def _forget(self, kept: Mapping[TP, ReadPosition]) -> None:
        """Forget the partitions that other workers have now."""
        self._behind_since = {tp: since for tp, since in self._behind_since.items() if tp in kept}
        self._asked = {tp: asked for tp, asked in self._asked.items() if tp in kept}


def _on_the_way(read: ReadPosition, lane: LaneState) -> int:
    """Return the offsets that the consumer has handed over and that have not come to the lane."""
    if read.handed_over is None:
        return 0
    begin, end = read.handed_over
    return max(0, end - max(begin, lane.received or 0))
