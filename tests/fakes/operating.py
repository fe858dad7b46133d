"""A worker as its metrics and probes see it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from faust.types import TP

from streams.worker.fetch import ReadPosition
from streams.worker.lag import PartitionLag
from streams.worker.lane_state import LaneState


@dataclass
class FakeWorker:
    """What the metrics ask of a worker."""

    started_at: float = 1_772_366_400.0
    lags: Sequence[PartitionLag] = ()
    versions: dict[str, str] = field(default_factory=dict)
    stage_pid: int | None = None
    state_pid: int | None = None
    checks: dict[str, bool] = field(default_factory=lambda: {"loop": True})

    def batch_ages(self) -> dict[str, float]:
        return {"cleanup": 0.0}

    def passing(self) -> dict[str, bool]:
        return self.checks


@dataclass
class FakeDelivery:
    """What the watch asks of a delivery; batches are stage, partition and begin."""

    assignment: frozenset[TP] | None = None
    rebalancing_since: float | None = None
    is_stopping: bool = False
    delivered: int = 40
    in_hand: list[tuple[str, TP, float]] = field(default_factory=list)
    lanes: dict[TP, LaneState] = field(default_factory=dict)

    def batches(self) -> list[tuple[str, TP, float]]:
        return self.in_hand

    def states(self) -> dict[TP, LaneState]:
        return self.lanes


@dataclass
class FakePositions:
    """What the watch asks of the consumer; `stable` has the answers of the broker."""

    read: dict[TP, ReadPosition] = field(default_factory=dict)
    stable: dict[TP, int] = field(default_factory=dict)
    asked: list[list[TP]] = field(default_factory=list)

    def positions(self) -> dict[TP, ReadPosition]:
        return self.read

    async def stable_offsets(self, partitions: Iterable[TP]) -> dict[TP, int]:
        self.asked.append(sorted(partitions))
        return self.stable


@dataclass
class FakeCluster:
    """What the watch asks of the cluster monitor."""

    trouble: str | None = None


@dataclass
class FakeModels:
    """What the watch asks of the stage process."""

    pid: int | None = None
    is_ready: bool = True
    versions: dict[str, str] = field(default_factory=dict)
