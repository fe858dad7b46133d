"""The parts that a delivery works with: offsets, a monitor, the child processes and the consumer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from faust.types import TP

from streams.worker.fetch import ReadPosition
from streams.worker.inbox import ConsumerControl
from streams.worker.lane_state import StateKeeper
from streams.worker.partition_writer import Monitor, OffsetReader
from streams.worker.stage_queue import StageRunner


class ClosableOffsetReader(OffsetReader, Protocol):
    """Reads committed offsets until it is closed."""

    async def close(self) -> None:
        """Close the connection."""


class RunningMonitor(Monitor, Protocol):
    """A monitor that the delivery starts and stops."""

    def start(self, topics: Callable[[], Iterable[str]]) -> None:
        """Begin to check `topics`."""

    async def stop(self) -> None:
        """End the checks."""


class StoppableStageRunner(StageRunner, Protocol):
    """The stage process, which the delivery stops."""

    def stop(self) -> None:
        """End the process."""


class StoppableStateRunner(StoppableStageRunner, StateKeeper, Protocol):
    """The state process, which the delivery stops."""


class PositionedConsumer(ConsumerControl, Protocol):
    """A consumer that tells how far it has read."""

    def positions(self) -> dict[TP, ReadPosition]:
        """Return how far each assigned partition was read."""

    async def log_end(self, tp: TP) -> int:
        """Return the offset behind the last record of `tp`, of open transactions too."""
