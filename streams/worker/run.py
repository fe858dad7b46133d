"""Runs the Faust app of a worker in this process until a signal."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import logging
import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiokafka.errors import IllegalOperation, KafkaError

from streams.host_port import Address
from streams.worker.faust_overrides.app import WireApp
from streams.worker.faust_overrides.worker import WireWorker
from streams.worker.heartbeat import HeartbeatWriter
from streams.worker.stage_child import tune_garbage_collection

if TYPE_CHECKING:
    from streams.worker.http_port import HttpPort

log = logging.getLogger("wireroom.worker")


def run_app(
    build: Callable[[], WireApp],
    *,
    broker: str,
    heartbeat: HeartbeatWriter,
    http: Address | None,
    check: Callable[[], None],
) -> int:
    """Work until SIGTERM or SIGINT, finish the batches in hand, and return the exit code.

    `build` is called once a signal can end the process in order, because it starts the stage process. `check`
    is called while the models load; an error from it, or from loading, ends the worker before it reads a
    record. The endpoints of the app are served at `http`, while it starts and works.
    """
    signal.signal(signal.SIGTERM, _leave)  # until Faust takes the signal over
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.set_exception_handler(log_leftover)
    with contextlib.ExitStack() as stack:
        port = stack.enter_context(_open_port(http)) if http else None  # an error ends the worker at once
        app = build()
        if port is not None and app.endpoints is not None:
            app.endpoints.start(loop)
            port.start(app.endpoints.by_path())
        try:
            check()
            app.wait_ready()
        except BaseException:
            app.stop_children()
            raise
        worker = WireWorker(app, broker=broker, heartbeat=heartbeat, loop=loop)
        tune_garbage_collection()
        try:
            worker.execute_from_commandline()
        except SystemExit as ended:
            return worker.exit_code or int(ended.code or 0)
        finally:
            heartbeat.remove()
    return 0


def _open_port(address: Address) -> contextlib.closing[HttpPort]:
    from streams.worker.http_port import HttpPort  # its libraries take memory

    return contextlib.closing(HttpPort(address))


def _leave(_signal: int, _frame: object) -> None:
    raise SystemExit(0)


def log_leftover(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log an error that nobody awaited, such as that of a task which a discarded producer left behind.

    A KafkaError is for debugging only, since a lane has met it. Any other error in a task of the Kafka client
    is one line, since the lanes start again anyway. All else is ours and is logged in full.
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
    """Return True if `task` runs a coroutine of aiokafka."""
    coroutine = task.get_coro() if isinstance(task, asyncio.Task) else None
    return inspect.iscoroutine(coroutine) and "aiokafka" in Path(coroutine.cr_code.co_filename).parts
