"""Run a worker: the Faust app in this process until a signal, its heartbeat in a file for the health check."""

from __future__ import annotations

import asyncio
import inspect
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import faust
from aiokafka.errors import IllegalOperation, KafkaConnectionError, KafkaError

from streams.app import WireApp, build_app
from streams.enrich import STAGES
from streams.kafka.connect import broker_missing, describe_error
from streams.logs import configure_logging
from streams.settings import Settings
from streams.worker.heartbeat import (
    HEARTBEAT_SECONDS,
    Heartbeat,
    heartbeat_file,
    process_began,
    remove_heartbeat,
    write_heartbeat,
)
from streams.worker.stage_process import Build, spare_the_collector

log = logging.getLogger("wireroom.worker")

SHUTDOWN_SECONDS = 9.0  # the batch in hand has 5


def run_worker(
    settings: Settings,
    stages: Collection[str] = STAGES,
    *,
    log_level: str = "INFO",
    build: Build | None = None,
    check: Callable[[], None] = lambda: None,
    at: Callable[[str], None] = lambda _point: None,
) -> int:
    """Work until SIGTERM or SIGINT, finish the batches in hand, return the exit code.

    CHECK is called while the models load; what it raises, or what loading raises, ends the worker before it
    has read anything. AT is told of every point that the delivery passes.
    """
    configure_logging(log_level, settings.log_format)
    signal.signal(signal.SIGTERM, _leave)  # Faust takes it over once it runs
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.set_exception_handler(_report)
    app = build_app(settings, stages, build=build)
    app.delivery.at = at
    try:
        check()
        app.delivery.stage_process.wait_ready()
    except BaseException:
        app.delivery.stage_process.stop()
        raise
    worker = _Worker(app, settings, loop=loop)
    spare_the_collector()
    app.delivery.on_failure = lambda _: worker.stop_on_failure()
    try:
        worker.execute_from_commandline()
    except SystemExit as ended:
        return 1 if app.delivery.failure is not None else int(ended.code or 0)
    finally:
        remove_heartbeat(heartbeat_file(settings), os.getpid())
    return 0


def _leave(_signal: int, _frame: object) -> None:
    raise SystemExit(0)


def _report(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Tell what a task left behind: of the Kafka client's tasks one line, since the lanes begin anew anyway.

    Its own errors, which the lanes have met, and tasks of it that ended with a lane are for debugging.
    """
    error = context.get("exception")
    was_met = isinstance(error, (KafkaError, IllegalOperation))
    if not was_met and not _is_the_clients(context.get("future") or context.get("task")):
        loop.default_exception_handler(context)
        return
    log.debug(context["message"], exc_info=error)
    if error is not None and not was_met:
        log.warning("a task of the Kafka client failed", extra={"why": repr(error)})


def _is_the_clients(task: object) -> bool:
    """Whether TASK runs a coroutine of aiokafka's."""
    coroutine = task.get_coro() if isinstance(task, asyncio.Task) else None
    return inspect.iscoroutine(coroutine) and "aiokafka" in Path(coroutine.cr_code.co_filename).parts


class _Worker(faust.Worker):  # type: ignore[misc]
    """Faust's worker without its spinner and its logging, with a heartbeat."""

    def __init__(self, app: WireApp, settings: Settings, *, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(app, loop=loop, override_logging=False, redirect_stdouts=False, quiet=True)
        self.spinner = None
        self._broker = settings.broker
        self._heartbeat = heartbeat_file(settings)
        self._began = time.monotonic()

    async def start(self) -> None:
        """Run; a broker that went away since the check is a failure in one line, not a traceback."""
        try:
            await super().start()
        except (KafkaError, OSError) as error:
            self.app.delivery.failure = error
            if isinstance(error, KafkaConnectionError):
                log.critical("%s", broker_missing(self._broker))
            else:
                log.critical("the broker at %s failed: %s", self._broker, describe_error(error))

    async def on_startup_finished(self) -> None:
        log.info("worker ready after %.1f s: %s", time.monotonic() - self._began, ", ".join(self.app.agents))
        self.add_future(self._beat())

    async def _beat(self) -> None:
        pid = os.getpid()
        began = process_began(pid) or 0
        warned = False
        while not self.should_stop:
            delivery = self.app.delivery
            heartbeat = Heartbeat(time.time(), pid, began, delivery.busy_seconds(), delivery.delivered)
            try:
                write_heartbeat(self._heartbeat, heartbeat)
                warned = False
            except OSError as error:
                if not warned:
                    log.warning("cannot write the heartbeat: `wireroom health` fails", extra={"why": error})
                warned = True
            await self.sleep(HEARTBEAT_SECONDS)

    def stop_on_failure(self) -> None:
        """Stop as at a signal, which ends the process in any case: another worker takes over."""
        self._schedule_shutdown(signal.SIGTERM)

    def _schedule_shutdown(self, signal: signal.Signals) -> None:
        """Stop in order; a broker that does not answer may not keep the worker from ending."""
        backstop = threading.Timer(SHUTDOWN_SECONDS, self._leave_anyway)
        backstop.daemon = True
        backstop.start()
        super()._schedule_shutdown(signal)

    def _leave_anyway(self) -> None:
        log.warning("leaving without the broker's answer: what is not committed will be read again")
        logging.shutdown()
        remove_heartbeat(self._heartbeat, os.getpid())
        os._exit(0 if self.app.delivery.failure is None else 1)

    def _setproctitle(self, info: str, *, ident: str = "wireroom worker") -> None:
        super()._setproctitle(info, ident=ident)

    def _proc_ident(self) -> str:
        return str(self.app.conf.id)

    async def _sentinel_task(self) -> None:
        """Faust waits here a second for nothing."""
        await asyncio.sleep(0)
