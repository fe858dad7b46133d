"""Delivers each record once: results, dead letters and the input offset of a batch in one Kafka transaction.

`Delivery` is the registry of lanes, one for each input partition. A lane takes batches from its inbox, has
the stage process enrich them, and commits them with its partition writer. The writer's producer first fences
any predecessor and settles what that left open, and only then reads the committed offset; the lane skips what
lies below it. So each record is sent in one committed transaction, whatever fails, and Faust never
acknowledges.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from typing import Protocol

from faust.types import TP

from streams.stage import Stage
from streams.tracing.interface import Tracer
from streams.worker.fetch import Fetch
from streams.worker.inbox import ConsumerControl, Inbox, Limits
from streams.worker.lane import Lane, LaneState, StateKeeper
from streams.worker.metrics.meter import Meter
from streams.worker.partition_writer import Monitor, OffsetReader, PartitionWriter, ProducerFactory
from streams.worker.stage_queue import StageQueue, StageRunner

log = logging.getLogger("wireroom.delivery")


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


class Delivery:
    """The lanes of one worker: takes fetches in, commits results and offsets.

    `on_point` is called with the name of each point that is passed: assigned, polled, sending (before each
    batch), before offsets, after offsets, before commit, after commit, stopping. `on_failure` is called once,
    with the error that ends the delivery. `meter` counts what the lanes do, `tracer` makes their traces.
    """

    def __init__(
        self,
        group: str,
        *,
        limits: Limits,
        max_bytes: int,
        producers: ProducerFactory,
        offsets: ClosableOffsetReader,
        monitor: RunningMonitor,
        stage_process: StoppableStageRunner,
        state_process: StoppableStateRunner | None = None,
        control: ConsumerControl,
        on_failure: Callable[[BaseException], None],
        on_point: Callable[[str], None] = lambda _point: None,
        meter: Meter | None = None,
        tracer: Tracer | None = None,
    ) -> None:
        self.max_bytes = max_bytes  # of one event
        self.delivered = 0  # records whose results were committed since the start
        self.failure: BaseException | None = None
        self.assignment: frozenset[TP] | None = None  # None until the worker is a member of its group
        self.rebalancing_since: float | None = None  # monotonic
        self.is_stopping = False
        self._group = group
        self._limits = limits
        self._producers = producers
        self._offsets = offsets
        self._monitor = monitor
        self._stage_process = stage_process
        self._queue = StageQueue(stage_process)
        self._state_process = state_process
        self._state_queue = StageQueue(state_process) if state_process else None
        self._control = control
        self._on_failure = on_failure
        self._on_point = on_point
        self._meter = meter or Meter()
        self._tracer = tracer or Tracer()
        self._lanes: dict[TP, Lane] = {}
        self._generation = 0  # of the consumer group

    def accept(self, fetch: Fetch, stage: Stage) -> None:
        """Queue `fetch` for `stage`; drop it if its generation has passed, since it will be read again."""
        if self.is_stopping or fetch.generation != self._generation:
            return
        self._on_point("polled")
        lane = self._lanes.get(fetch.partition)
        if lane is None:
            lane = self._lanes[fetch.partition] = self._new_lane(fetch.partition, stage)
            lane.start()
        lane.accept(fetch)

    async def revoked(self, partitions: Iterable[TP]) -> None:
        """Finish the batches in hand of `partitions` and forget waiting records: they will be read again."""
        self.rebalancing_since = self.rebalancing_since or time.monotonic()
        await asyncio.gather(*(self._lanes[tp].pause() for tp in partitions if tp in self._lanes))

    async def assigned(self, partitions: Iterable[TP], generation: int) -> None:
        """Work on `partitions` and no others, in this `generation` of the group."""
        self._on_point("assigned")
        self._generation = generation
        kept = self.assignment = frozenset(partitions)
        self.rebalancing_since = None
        self._monitor.start(self._topics)
        await asyncio.gather(*(self._close(tp) for tp in set(self._lanes) - kept))
        for lane in self._lanes.values():
            lane.resume()

    async def stop(self) -> None:
        """Finish the batches in hand, then close every lane."""
        self.is_stopping = True
        self._on_point("stopping")
        await asyncio.gather(*(self._close(tp) for tp in list(self._lanes)))
        self._stage_process.stop()
        if self._state_process is not None:
            self._state_process.stop()
        await self._monitor.stop()
        await self._offsets.close()

    def busy_seconds(self) -> float:
        """Return how long the slowest lane has worked on the batch in hand."""
        now = time.monotonic()
        return max((now - lane.began for lane in self._lanes.values() if lane.began), default=0.0)

    def batches(self) -> list[tuple[str, TP, float]]:
        """Return the stage, the partition and the monotonic time of the begin of each batch in hand.

        May be called from any thread.
        """
        lanes = list(self._lanes.items())
        return [(lane.stage, tp, began) for tp, lane in lanes if (began := lane.began) is not None]

    def states(self) -> dict[TP, LaneState]:
        """Return what each lane has to do; a partition has a lane once it has brought a record."""
        return {tp: lane.state for tp, lane in self._lanes.items()}

    def fail(self, error: BaseException) -> None:
        """End the delivery because of `error`: a record that cannot even be buried must not be skipped."""
        if self.failure is None:
            self.failure = error
            log.critical("the worker gives up", exc_info=error)
            self._on_failure(error)

    def _new_lane(self, tp: TP, stage: Stage) -> Lane:
        fields = {"stage": stage.name, "input": f"{tp.topic}-{tp.partition}"}
        writer = PartitionWriter(
            tp,
            self._group,
            producers=self._producers,
            offsets=self._offsets,
            monitor=self._monitor,
            max_bytes=self.max_bytes,
            on_point=self._on_point,
        )
        queue, keeper = self._queue, None
        if stage.has_state:
            if self._state_queue is None:
                raise RuntimeError(f"the stage {stage.name} needs a state process")
            queue, keeper = self._state_queue, self._state_process
        return Lane(
            stage,
            Inbox(tp, self._control, self._limits, fields),
            writer,
            queue,
            keeper=keeper,
            seconds=self._limits.seconds,
            on_committed=self._count,
            on_failure=self.fail,
            meter=self._meter.stage(stage.name),
            tracer=self._tracer.lane(stage.name, tp.topic, tp.partition, self._group),
        )

    def _count(self, records: int) -> None:
        self.delivered += records

    def _topics(self) -> set[str]:
        """Return the topics that the lanes read, and those that they have written to."""
        return {topic for lane in self._lanes.values() for topic in lane.topics}

    async def _close(self, tp: TP) -> None:
        await self._lanes.pop(tp).close()
