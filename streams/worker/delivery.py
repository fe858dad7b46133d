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
from collections.abc import Callable, Collection, Iterable, Sequence

from faust.types import TP

from streams.records import Record
from streams.stage import Stage
from streams.tracing.interface import Chunk, Tracer
from streams.worker.fetch import Fetch
from streams.worker.inbox import Inbox
from streams.worker.lane import Lane
from streams.worker.lane_reports import LaneReports
from streams.worker.lane_state import LaneState
from streams.worker.limits import Limits
from streams.worker.metrics.meter import Meter
from streams.worker.partition_writer import PartitionWriter, ProducerFactory
from streams.worker.passage import Passage
from streams.worker.skipping import skip_to_the_end
from streams.worker.stage_flow import StageFlow
from streams.worker.stage_queue import StageQueue
from streams.worker.surroundings import (
    ClosableOffsetReader,
    PositionedConsumer,
    RunningMonitor,
    StoppableStageRunner,
    StoppableStateRunner,
)

log = logging.getLogger("wireroom.delivery")


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
        control: PositionedConsumer,
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
        self._flow = StageFlow(group)
        self._has_carried = False
        self.generation = 0  # of the consumer group

    def connect(self, flow: Sequence[tuple[str, Stage]], carried: Collection[str]) -> None:
        """Tell which stages follow each other: `flow` has their topics and them, in order.

        Articles are carried through those of `carried` in one transaction. Every lane behind the first skips
        what another one has carried on, in this worker or elsewhere.
        """
        self._flow = StageFlow(self._group, flow, carried)

    def accept(self, fetch: Fetch, stage: Stage) -> None:
        """Queue `fetch` for `stage`; drop it if its generation has passed, since it will be read again.

        While the delivery stops, it takes only what it skips.
        """
        if (self.is_stopping and not self._may_skip(fetch.partition)) or fetch.generation != self.generation:
            return
        self._on_point("polled")
        lane = self._lanes.get(fetch.partition)
        if lane is None:
            lane = self._lanes[fetch.partition] = self._new_lane(fetch.partition, stage)
            lane.start()
            if self.is_stopping:
                lane.finish()
        lane.accept(fetch)

    async def revoked(self, partitions: Iterable[TP]) -> None:
        """Finish the batches in hand of `partitions` and forget waiting records: they will be read again."""
        self.rebalancing_since = self.rebalancing_since or time.monotonic()
        await asyncio.gather(*(self._lanes[tp].pause() for tp in partitions if tp in self._lanes))

    async def assigned(self, partitions: Iterable[TP], generation: int) -> None:
        """Work on `partitions` and no others, in this `generation` of the group."""
        self._on_point("assigned")
        self.generation = generation
        kept = self.assignment = frozenset(partitions)
        self.rebalancing_since = None
        self._monitor.start(self._topics)
        await asyncio.gather(*(self._close(tp) for tp in set(self._lanes) - kept))
        for lane in self._lanes.values():
            lane.resume()

    async def stop(self) -> None:
        """Finish the batches in hand, then close every lane.

        What was carried on is skipped before that, so that its offsets are committed too.
        """
        self.is_stopping = True
        self._on_point("stopping")
        for lane in self._lanes.values():
            lane.finish()
        first = [tp for tp in self._lanes if not self._may_skip(tp)]
        await asyncio.gather(*(self._close(tp) for tp in first))
        await skip_to_the_end(filter(self._may_skip, self.assignment or ()), self, self._lanes)
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

    def owns(self, tp: TP) -> bool:
        """Return True if this worker reads `tp`."""
        return self.assignment is not None and tp in self.assignment and not self.is_stopping

    async def log_end(self, tp: TP) -> int:
        """Return the offset behind the last record of `tp`, of open transactions too."""
        return await self._control.log_end(tp)

    def has_done(self, tp: TP, offset: int) -> bool:
        """Return True if all records of `tp` below `offset` were committed."""
        read = self._control.positions().get(tp)
        if read is None or read.polled is None or min(read.polled, read.position) < offset:
            return False
        lane = self._lanes.get(tp)
        return read.handed_over is None if lane is None else lane.has_done(read)

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
        is_passed = self._flow.is_passed if self._flow.is_behind(tp) else None
        following = self._flow.following(tp, stage)
        reports = LaneReports(
            fields,
            meter=self._meter.stage(stage.name),
            tracer=self._tracer.lane(stage.name, tp.topic, tp.partition, self._group),
            on_committed=self._count,
            on_carried=self._carried,
        )
        return Lane(
            stage,
            Inbox(tp, self._control, self._limits, fields, is_passed),
            writer,
            queue,
            reports,
            keeper=keeper,
            seconds=self._limits.seconds,
            on_failure=self.fail,
            passage=Passage(stage, following, self, self._flow.group) if following else None,
        )

    def _may_skip(self, tp: TP) -> bool:
        """Return True if `tp` may have records that a lane of this worker has carried on."""
        return self._has_carried and self._flow.is_behind(tp)

    def _count(self, records: int) -> None:
        self.delivered += records

    def _carried(self, stage: str, records: Sequence[Record], chunks: Sequence[Chunk]) -> None:
        self._has_carried = True
        self._meter.stage(stage).carried(records, chunks)

    def _topics(self) -> set[str]:
        """Return the topics that the lanes read, and those that they have written to."""
        return {topic for lane in self._lanes.values() for topic in lane.topics}

    async def _close(self, tp: TP) -> None:
        await self._lanes.pop(tp).close()
