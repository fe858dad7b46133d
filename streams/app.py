"""Composition root: builds what `wireroom worker` and `faust -A streams.app worker` run."""

from __future__ import annotations

import signal
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Any

from faust.auth import Credentials, SASLCredentials, SSLCredentials

from streams.children import load_stages, load_states
from streams.kafka.connection import Connection
from streams.kafka.transactions import TransactionClient
from streams.logs import configure_logging
from streams.settings import Settings
from streams.stateful import States
from streams.topics import PIPELINE
from streams.topology import build_topology
from streams.tracing.opening import close_tracer, open_tracer
from streams.worker.cluster_monitor import ClusterMonitor
from streams.worker.delivery import Delivery
from streams.worker.faust_overrides.app import FaustConsumerControl, WireApp
from streams.worker.faust_overrides.assignor import Assignor
from streams.worker.faust_overrides.recovery import NoTables
from streams.worker.group_offsets import GroupOffsets
from streams.worker.heartbeat import HeartbeatWriter, heartbeat_file
from streams.worker.limits import Limits
from streams.worker.metrics.meter import CountingMeter, Meter
from streams.worker.run import run_app
from streams.worker.stage_child import Build
from streams.worker.stage_process import StageProcess
from streams.worker.state_process import StateProcess
from streams.worker.watch import Watch

HUGE = 10.0**9  # seconds; switches off a timeout of Faust
STATE_MEMORY = 2**30  # at least, for each partition: an index of stories reserves half of it when it is made
PARTITIONS_SECONDS = 15  # within this time a worker sees that partitions were added


def run_worker(
    settings: Settings,
    only: Collection[str] = PIPELINE,
    *,
    log_level: str = "INFO",
    build_stages: Build | None = None,
    build_states: Callable[[], States] | None = None,
    check: Callable[[], None] = lambda: None,
    on_point: Callable[[str], None] = lambda _point: None,
) -> int:
    """Run a worker for the stages in `only` until SIGTERM or SIGINT, and return the exit code.

    `check` is called while the models load; an error from it ends the worker before it reads a record. See
    `build_app` for the others.
    """
    configure_logging(log_level, settings.log_format, articles=settings.log_articles)
    code = run_app(
        partial(
            build_app,
            settings,
            only,
            log_level=log_level,
            build_stages=build_stages,
            build_states=build_states,
            on_point=on_point,
        ),
        broker=settings.broker,
        heartbeat=HeartbeatWriter(heartbeat_file(settings.group, settings.instance)),
        http=settings.http_address,
        check=check,
    )
    close_tracer()
    return code


def build_app(
    settings: Settings,
    only: Collection[str] = PIPELINE,
    *,
    log_level: str | None = None,
    build_stages: Build | None = None,
    build_states: Callable[[], States] | None = None,
    on_point: Callable[[str], None] = lambda _point: None,
) -> WireApp:
    """Return the app of a worker for the stages in `only`, with its child processes launched.

    The stage process calls `build_stages`; the default loads the enricher that `settings` describe, and logs
    from `log_level` on in the format of `settings`. The state process calls `build_states` likewise.
    `on_point` is called at each point that the delivery passes.
    """
    only = frozenset(only)
    wanted = [stage for stage in PIPELINE if stage in only]
    meter = CountingMeter(wanted) if settings.http else Meter()
    stage_process, state_process = _launch_children(
        settings,
        wanted,
        meter,
        build_stages or partial(load_stages, settings, wanted, log_level),
        build_states or partial(load_states, settings, log_level),
    )
    connection = Connection.from_settings(settings)
    app = WireApp(settings.group, **faust_options(settings, connection))
    client = TransactionClient(connection)
    monitor = ClusterMonitor(client.admin, settings.topics.has)
    control = FaustConsumerControl(app)
    delivery = Delivery(
        settings.group,
        limits=Limits(settings.batch_size),
        max_bytes=settings.max_event_bytes,
        producers=client,
        offsets=GroupOffsets(client.admin, settings.group),
        monitor=monitor,
        stage_process=stage_process,
        state_process=state_process,
        control=control,
        on_failure=_stop_worker,
        on_point=on_point,
        meter=meter,
        tracer=open_tracer(settings.instance),
    )
    build_topology(app, delivery, settings.topics, wanted, one_pass=settings.one_pass)
    app.attach(delivery, *dict.fromkeys(filter(None, (stage_process, state_process))))
    if isinstance(meter, CountingMeter):
        from streams.worker.endpoints import Endpoints  # its libraries take memory

        watch = Watch(
            delivery,
            group=settings.group,
            instance=settings.instance,
            stages=app.stages_by_topic,
            consumer=control,
            cluster=monitor,
            models=stage_process,
            states=state_process,
            batch_seconds=settings.stage_seconds,
        )
        app.endpoints = Endpoints(meter, watch)
    return app


def faust_credentials(connection: Connection) -> Credentials | None:
    """Return `connection`'s TLS and SASL as Faust's `broker_credentials`; None for PLAINTEXT."""
    options = connection.client_options()
    if connection.uses_sasl:
        return SASLCredentials(
            username=options["sasl_plain_username"],
            password=options["sasl_plain_password"],
            mechanism=options["sasl_mechanism"],
            ssl_context=options.get("ssl_context"),
        )
    return SSLCredentials(options["ssl_context"]) if connection.uses_tls else None


def faust_options(settings: Settings, connection: Connection) -> dict[str, Any]:
    """Return the options of the Faust app."""
    return {
        "broker": [f"kafka://{server}" for server in connection.servers],
        "broker_credentials": faust_credentials(connection),
        "consumer_group_instance_id": settings.instance,
        "consumer_auto_offset_reset": "earliest",
        "consumer_metadata_max_age_ms": PARTITIONS_SECONDS * 1000,
        "consumer_max_fetch_size": 2 * 1024 * 1024,
        "broker_max_poll_interval": HUGE,  # else a worker without partitions leaves its group, and stays out
        "broker_max_poll_records": 4 * settings.batch_size,
        "broker_session_timeout": 10.0,
        "broker_heartbeat_interval": 1.0,
        "broker_request_timeout": 30.0,
        "broker_commit_interval": 60.0,  # Faust has nothing to commit
        "broker_commit_livelock_soft_timeout": HUGE,
        "stream_processing_timeout": HUGE,
        "stream_buffer_maxsize": 64,
        "stream_wait_empty": False,  # else rebalances and SIGTERM wait for acknowledgements that never come
        "stream_recovery_delay": 0.0,
        "topic_disable_leader": True,
        "topic_allow_declare": False,
        "web_enabled": False,
        "autodiscover": False,
        "store": "memory://",
        "PartitionAssignor": Assignor,
        "TableManager": NoTables,
    }


def _launch_children(
    settings: Settings,
    wanted: Sequence[str],
    meter: Meter,
    build_stages: Build,
    build_states: Callable[[], States],
) -> tuple[StageProcess, StateProcess | None]:
    """Return the stage process and the state process, launched, as far as the `wanted` stages need them.

    If `stories` is the only stage, the state process takes the place of the stage process as well.
    """
    limits: dict[str, Any] = {
        "seconds": settings.stage_seconds,
        "memory": settings.stage_memory_mb * 2**20,
        "on_restart": meter.restarted,
    }
    state_process = None
    if "stories" in wanted:
        memory = max(limits["memory"], (1 + settings.story_partitions) * STATE_MEMORY)
        state_process = StateProcess(build_states, on_measures=meter.measured, **limits | {"memory": memory})
        state_process.launch()
        if len(wanted) == 1:
            return state_process, state_process
    stage_process = StageProcess(build_stages, **limits)
    stage_process.launch()
    return stage_process, state_process


def _stop_worker(_error: BaseException) -> None:
    """Stop as at SIGTERM, which finishes the batches in hand of the lanes that still work."""
    signal.raise_signal(signal.SIGTERM)


def __getattr__(name: str) -> Any:
    """Return `app` for `faust -A streams.app`, built at the first use."""
    if name == "app":
        app = globals()["app"] = build_app(Settings())
        return app
    raise AttributeError(name)
