"""The Faust app of a worker: it acknowledges nothing, since its delivery commits offsets with the results."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import faust
from faust.types import TP

from streams.worker.delivery import Delivery
from streams.worker.faust_overrides.transport import CommittedTransport
from streams.worker.fetch import ReadPosition
from streams.worker.stage_process import StageProcess

if TYPE_CHECKING:
    from streams.worker.endpoints import Endpoints


class WireApp(faust.App):  # type: ignore[misc]
    """A Faust app around a delivery and its child processes, which `attach` sets."""

    delivery: Delivery
    children: tuple[StageProcess, ...]
    endpoints: Endpoints | None = None  # of the HTTP port, if the worker has one

    @property
    def stages_by_topic(self) -> dict[str, str]:
        """The name of the stage that reads each topic."""
        return {topic: name for name, agent in self.agents.items() for topic in agent.get_topic_names()}

    def attach(self, delivery: Delivery, *children: StageProcess) -> None:
        """Start and stop `delivery` and `children` with the app, and pass on each rebalance."""
        self.delivery = delivery
        self.children = children
        self.on_partitions_revoked.connect(self._revoked, weak=False)
        self.on_rebalance_complete.connect(self._assigned, weak=False)

    def wait_ready(self) -> None:
        """Wait until every child process is ready; raises the error with which one of them failed."""
        for child in self.children:
            child.wait_ready()

    def stop_children(self) -> None:
        """End the child processes."""
        for child in self.children:
            child.stop()

    async def on_start(self) -> None:
        """Wait for the models before any record is read."""
        await asyncio.get_running_loop().run_in_executor(None, self.wait_ready)
        await super().on_start()

    async def on_stop(self) -> None:
        """Finish the batches in hand while the consumer still keeps the worker's membership alive."""
        await self.delivery.stop()
        await super().on_stop()

    async def _revoked(self, _app: Any, partitions: Iterable[TP], **_: Any) -> None:
        await self.delivery.revoked(partitions)

    async def _assigned(self, _app: Any, **_: Any) -> None:
        # Faust sends this signal before it seeks to the committed offsets and lets records flow.
        await self.delivery.assigned(self.consumer.assignment(), self.consumer_generation_id)

    def _new_transport(self) -> CommittedTransport:
        return CommittedTransport(self.conf.broker_consumer, self)

    def _create_directories(self) -> None:
        """Create nothing: Faust's folders are for tables, and there are none."""


class FaustConsumerControl:
    """Holds, releases and seeks the consumer of `app`, which Faust makes when it starts."""

    def __init__(self, app: faust.App) -> None:
        self._app = app

    def hold(self, tp: TP) -> None:
        """Read no more records of `tp`."""
        self._app.consumer.hold(tp)

    def release(self, tp: TP) -> None:
        """Read records of `tp` again."""
        self._app.consumer.release(tp)

    async def seek(self, tp: TP, offset: int) -> None:
        """Read `tp` from `offset` on."""
        await self._app.consumer.seek_wait({tp: offset})

    def positions(self) -> dict[TP, ReadPosition]:
        """Return how far each assigned partition was read, as far as the broker has answered yet."""
        positions: dict[TP, ReadPosition] = self._app.consumer.positions()
        return positions

    async def stable_offsets(self, partitions: Iterable[TP]) -> dict[TP, int]:
        """Ask the broker for the last stable offset of each of `partitions`."""
        offsets = await self._app.consumer.highwaters(*partitions)  # as far as this consumer may read
        return {TP(tp.topic, tp.partition): int(offset) for tp, offset in offsets.items()}

    async def log_end(self, tp: TP) -> int:
        """Return the offset behind the last record of `tp`, of open transactions too."""
        return int(await self._app.consumer.log_end(tp))

    async def earliest(self, tp: TP) -> int:
        """Return the first offset of `tp` that the log still has."""
        return int(min((await self._app.consumer.earliest_offsets(tp)).values()))
