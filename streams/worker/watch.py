"""What a running worker says about itself: that its event loop turns, that it is ready, and its lag.

`Watch` looks once a second, in the event loop: a loop that is stuck does not look. The checks may be asked
for from any thread, so that the HTTP port can tell why a worker is stuck.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Iterable, Mapping
from typing import NamedTuple, Protocol

from aiokafka.errors import KafkaError
from faust.types import TP

from streams.wording import plural
from streams.worker.delivery import Delivery
from streams.worker.fetch import ReadPosition
from streams.worker.heartbeat import process_began
from streams.worker.lag import LagMeter, PartitionLag
from streams.worker.metrics.definitions import BATCHES, BROKER, LOOP, MODELS, PARTITIONS
from streams.worker.probes import WorkerStatus

LOOK_SECONDS = 1.0
LOOP_SECONDS = 15.0  # a loop that has not turned for longer is stuck
REBALANCE_SECONDS = 30.0  # a member of the group stays ready for so long while its partitions are given out
STALE_SECONDS = 5.0  # the consumer asks twice a second, but not for a partition that is held back
ANSWER_SECONDS = 10.0


class Check(NamedTuple):
    """The result of one check, and the facts behind it."""

    ok: bool
    why: str


class ReadPositions(Protocol):
    """What the watch asks of the consumer."""

    def positions(self) -> dict[TP, ReadPosition]:
        """Return how far each assigned partition was read."""

    async def stable_offsets(self, partitions: Iterable[TP]) -> dict[TP, int]:
        """Ask the broker for the last stable offset of each of `partitions`."""


class Cluster(Protocol):
    """What the watch asks of the cluster monitor."""

    @property
    def trouble(self) -> str | None:
        """Why the cluster is not stable, or None."""


class Models(Protocol):
    """What the watch asks of the stage process."""

    @property
    def pid(self) -> int | None:
        """Process id of the child."""

    @property
    def versions(self) -> Mapping[str, str]:
        """The versions of the models, once they are loaded."""

    @property
    def is_ready(self) -> bool:
        """True while the child has its models loaded."""


class Watch:
    """Looks at one worker from `start` on.

    `group` and `instance` are its names in Kafka, `stages` has the stage that reads each topic, and a batch
    may take `batch_seconds`.
    """

    def __init__(
        self,
        delivery: Delivery,
        *,
        group: str,
        instance: str | None,
        stages: Mapping[str, str],
        consumer: ReadPositions,
        cluster: Cluster,
        models: Models,
        states: Models | None = None,
        batch_seconds: float,
    ) -> None:
        self.started_at = time.time()
        self.lags: list[PartitionLag] = []
        self._delivery = delivery
        self._group = group
        self._instance = instance
        self._consumer = consumer
        self._cluster = cluster
        self._models = models
        self._states = None if states is models else states
        self._batch_seconds = batch_seconds
        self._lag_meter = LagMeter(stages)
        self._stages = sorted(set(stages.values()))
        self._looked_at: float | None = None  # monotonic
        self._asking: asyncio.Task[None] | None = None

    @property
    def versions(self) -> Mapping[str, str]:
        """The versions of the models, once they are loaded."""
        return self._models.versions

    @property
    def stage_pid(self) -> int | None:
        """Process id of the stage process."""
        return self._models.pid

    @property
    def state_pid(self) -> int | None:
        """Process id of the state process; None if a worker has none, or no stage process beside it."""
        return self._states.pid if self._states is not None else None

    def status(self) -> WorkerStatus:
        """Return what the worker says about itself."""
        return WorkerStatus(
            pid=os.getpid(),
            group=self._group,
            instance=self._instance,
            silent_seconds=round(self.silent_seconds, 3),
            busy_seconds=round(max(self.batch_ages().values(), default=0.0), 3),
            delivered=self._delivery.delivered,
        )

    def passing(self) -> dict[str, bool]:
        """Return for each check if it passes."""
        return {name: check.ok for name, check in self.checks().items()}

    @property
    def silent_seconds(self) -> float:
        """How long the event loop has not turned, beyond the time between two looks."""
        if self._looked_at is None:
            return 0.0
        return max(0.0, time.monotonic() - self._looked_at - LOOK_SECONDS)

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Look once a second as soon as `loop` runs."""
        loop.call_soon(self._look, loop)

    def batch_ages(self) -> dict[str, float]:
        """Return for each stage how long its oldest batch in hand has taken; 0 without one."""
        now = time.monotonic()
        ages = dict.fromkeys(self._stages, 0.0)
        for stage, _, began in self._delivery.batches():
            ages[stage] = max(ages.get(stage, 0.0), now - began)
        return ages

    def checks(self) -> dict[str, Check]:
        """Return every check of the worker's readiness."""
        return {
            LOOP: self.loop_check(),
            MODELS: self._models_check(),
            PARTITIONS: self._partitions_check(),
            BROKER: self._broker_check(),
            BATCHES: self._batches_check(),
        }

    def loop_check(self) -> Check:
        """Check that the event loop turns: if it does not, only a restart helps."""
        if self._looked_at is None:
            return Check(True, "the worker is starting")
        seconds = self.silent_seconds
        if seconds > LOOP_SECONDS:
            return Check(False, f"the event loop has not turned for {seconds:.0f} s; restart the worker")
        return Check(True, "the event loop turns")

    def _models_check(self) -> Check:
        if not self._models.is_ready:
            return Check(False, "the stage process is loading its models")
        if self._models.pid is None or process_began(self._models.pid) is None:
            return Check(False, "the stage process has ended; it starts again with the next article")
        return Check(True, "the models are loaded")

    def _partitions_check(self) -> Check:
        assignment, since = self._delivery.assignment, self._delivery.rebalancing_since
        if self._delivery.is_stopping:
            return Check(False, "the worker is stopping")
        if assignment is None:
            return Check(False, "the worker has not joined its group yet")
        seconds = time.monotonic() - since if since is not None else 0.0
        if seconds > REBALANCE_SECONDS:
            return Check(False, f"its group has been rebalancing for {seconds:.0f} s")
        if not assignment:
            return Check(True, "waits for a partition: other workers of its group have them all")
        return Check(True, f"reads {plural(len(assignment), 'partition')}")

    def _broker_check(self) -> Check:
        trouble = self._cluster.trouble
        if trouble is not None:
            return Check(False, f"no commits until the cluster is stable: {trouble}")
        return Check(True, "the cluster answers, and every partition has a leader")

    def _batches_check(self) -> Check:
        now = time.monotonic()
        oldest = min(self._delivery.batches(), key=lambda batch: batch[2], default=None)
        if oldest is None:
            return Check(True, "no batch is in hand")
        stage, tp, began = oldest
        age = f"the oldest batch, of {stage} from {tp.topic}-{tp.partition}, has taken {now - began:.1f} s"
        if now - began > self._batch_seconds:
            return Check(False, f"{age}, more than {self._batch_seconds:g} s (WIREROOM_STAGE_SECONDS)")
        return Check(True, age)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        self._looked_at = time.monotonic()
        loop.call_later(LOOK_SECONDS, self._look, loop)
        if self._delivery.assignment is None:  # the consumer may not have been made yet
            return
        now = time.time()
        positions = self._consumer.positions()
        self.lags = self._lag_meter.measure(positions, self._delivery.states(), now)
        held = [tp for tp, read in positions.items() if now - read.at > STALE_SECONDS]
        if held and self._cluster.trouble is None and (self._asking is None or self._asking.done()):
            self._asking = loop.create_task(self._ask(held), name="ask for last stable offsets")

    async def _ask(self, partitions: Iterable[TP]) -> None:
        """Ask for the ends of partitions that are not polled, since their inboxes are full."""
        with contextlib.suppress(KafkaError, OSError, TimeoutError, RuntimeError):
            offsets = await asyncio.wait_for(self._consumer.stable_offsets(partitions), ANSWER_SECONDS)
            self._lag_meter.learn(offsets, time.time())
        await asyncio.sleep(STALE_SECONDS)
