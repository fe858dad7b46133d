"""Composition root: what `faust -A streams.app worker` and `wireroom worker` run."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Iterable
from functools import partial
from typing import Any

import faust
from faust.types import TP

from streams.enrich import STAGES, load_enricher
from streams.kafka.connection import Connection
from streams.kafka.security import faust_credentials
from streams.kafka.transactions import TransactionClient
from streams.settings import Settings
from streams.stage import Stage
from streams.topology import build_topology, stages
from streams.worker.delivery import Delivery, Limits
from streams.worker.faust_overrides.assignor import Assignor
from streams.worker.faust_overrides.recovery import NoTables
from streams.worker.faust_overrides.transport import CommittedTransport
from streams.worker.stage_process import Build, StageProcess

log = logging.getLogger("wireroom.worker")

HUGE = 10.0**9  # seconds; switches a timeout of Faust's off
PARTITIONS_SECONDS = 15  # within which a worker sees that partitions were added


class WireApp(faust.App):  # type: ignore[misc]
    """A Faust app that acknowledges nothing: its delivery commits offsets with the results."""

    delivery: Delivery

    def _new_transport(self) -> CommittedTransport:
        return CommittedTransport(self.conf.broker_consumer, self)

    def _create_directories(self) -> None:
        """Faust's folders are for tables; there are none."""

    async def on_start(self) -> None:
        """Wait for the models before any record is read."""
        await asyncio.get_running_loop().run_in_executor(None, self.delivery.stage_process.wait_ready)
        await super().on_start()

    async def on_stop(self) -> None:
        """Finish the batches in hand while the consumer still keeps our membership alive."""
        await self.delivery.stop()
        await super().on_stop()


def load_stages(settings: Settings, wanted: Iterable[str]) -> dict[str, Stage]:
    """The stages in WANTED with their models, by name: what a stage process is set up with."""
    enricher = load_enricher(
        tagger=settings.tagger, gazetteer=settings.gazetteer, taxonomy=settings.taxonomy, stages=wanted
    )
    return {stage.name: stage for stage in stages(enricher, settings.topics, settings.max_event_bytes)}


def build_app(settings: Settings, only: Collection[str] = STAGES, *, build: Build | None = None) -> WireApp:
    """A worker's app for the stages in ONLY, which BUILD makes; its stage process is launched, not waited for."""
    only = frozenset(only)
    connection = Connection.from_settings(settings)
    wanted = [stage for stage in STAGES if stage in only]
    stage_process = StageProcess(
        build or partial(load_stages, settings, wanted),
        seconds=settings.stage_seconds,
        memory=settings.stage_memory_mb * 2**20,
    )
    stage_process.launch()
    app = WireApp(
        settings.group,
        broker=[f"kafka://{server}" for server in connection.servers],
        broker_credentials=faust_credentials(connection),
        consumer_group_instance_id=settings.instance,
        consumer_auto_offset_reset="earliest",
        consumer_metadata_max_age_ms=PARTITIONS_SECONDS * 1000,
        consumer_max_fetch_size=2 * 1024 * 1024,
        broker_max_poll_interval=HUGE,  # else a worker that has no partition leaves its group, and stays out
        broker_max_poll_records=4 * settings.batch_size,
        broker_session_timeout=10.0,
        broker_heartbeat_interval=1.0,
        broker_request_timeout=30.0,
        broker_commit_interval=60.0,  # there is nothing to commit
        broker_commit_livelock_soft_timeout=HUGE,
        stream_processing_timeout=HUGE,
        stream_buffer_maxsize=64,
        stream_wait_empty=False,  # else rebalances and SIGTERM wait for acknowledgements that never come
        stream_recovery_delay=0.0,
        topic_disable_leader=True,
        topic_allow_declare=False,
        web_enabled=False,
        autodiscover=False,
        store="memory://",
        PartitionAssignor=Assignor,
        TableManager=NoTables,
    )
    app.delivery = Delivery(
        TransactionClient(connection),
        settings.group,
        Limits(settings.batch_size),
        stage_process,
        max_bytes=settings.max_event_bytes,
        is_ours=settings.topics.has,
    )
    build_topology(app, app.delivery, settings.topics, wanted)
    _connect(app)
    return app


def _connect(app: WireApp) -> None:
    """Tell the delivery of rebalances, and give it a hold on the consumer."""

    @app.on_partitions_revoked.connect(weak=False)
    async def revoked(_app: Any, partitions: set[TP], **_: Any) -> None:
        await app.delivery.revoked(partitions)

    @app.on_rebalance_complete.connect(weak=False)
    async def assigned(_app: Any, **_: Any) -> None:
        # Sent before Faust seeks to the committed offsets and lets records flow.
        await app.delivery.assigned(app.consumer.assignment(), app.consumer_generation_id)

    def flow(tp: TP, is_open: bool) -> None:
        (app.consumer.release if is_open else app.consumer.hold)(tp)

    async def seek(tp: TP, offset: int) -> None:
        await app.consumer.seek_wait({tp: offset})

    async def earliest(tp: TP) -> int:
        return int(min((await app.consumer.earliest_offsets(tp)).values()))

    app.delivery.flow = flow
    app.delivery.seek = seek
    app.delivery.earliest = earliest


def __getattr__(name: str) -> Any:
    """`app`, for `faust -A streams.app`, built when it is asked for."""
    if name == "app":
        app = globals()["app"] = build_app(Settings())
        return app
    raise AttributeError(name)
