"""Faust's worker with a heartbeat and a limit on the time to stop, without its spinner and its logging."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
import time

import faust
from aiokafka.errors import KafkaConnectionError, KafkaError

from streams.kafka.connection import broker_missing, describe_error
from streams.worker.faust_overrides.app import WireApp
from streams.worker.heartbeat import HEARTBEAT_SECONDS, HeartbeatWriter

log = logging.getLogger("wireroom.worker")

SHUTDOWN_SECONDS = 9.0  # the batch in hand has 5


class WireWorker(faust.Worker):  # type: ignore[misc]
    """Runs `app` on `loop` until a signal; `broker` is its address for messages."""

    def __init__(
        self, app: WireApp, *, broker: str, heartbeat: HeartbeatWriter, loop: asyncio.AbstractEventLoop
    ) -> None:
        super().__init__(app, loop=loop, override_logging=False, redirect_stdouts=False, quiet=True)
        self.spinner = None
        self._broker = broker
        self._heartbeat = heartbeat
        self._began = time.monotonic()
        self._start_failed = False

    @property
    def exit_code(self) -> int:
        """1 if the worker could not start or its delivery failed, else 0."""
        return int(self._start_failed or self.app.delivery.failure is not None)

    async def start(self) -> None:
        """Run; log one line and no traceback if the broker went away since it was checked."""
        try:
            await super().start()
        except (KafkaError, OSError) as error:
            self._start_failed = True
            if isinstance(error, KafkaConnectionError):
                log.critical("%s", broker_missing(self._broker))
            else:
                log.critical("the broker at %s failed: %s", self._broker, describe_error(error))

    async def on_startup_finished(self) -> None:
        """Log that the worker is ready, and begin to write the heartbeat."""
        seconds = time.monotonic() - self._began
        log.info("worker ready after %.1f s: %s", seconds, ", ".join(self.app.agents))
        self.add_future(self._keep_beating())

    async def _keep_beating(self) -> None:
        while not self.should_stop:
            delivery = self.app.delivery
            self._heartbeat.beat(delivery.busy_seconds(), delivery.delivered)
            await self.sleep(HEARTBEAT_SECONDS)

    def _schedule_shutdown(self, signal: signal.Signals) -> None:
        """Stop in order; a broker that does not answer must not keep the worker from ending."""
        backstop = threading.Timer(SHUTDOWN_SECONDS, self._leave_anyway)
        backstop.daemon = True
        backstop.start()
        super()._schedule_shutdown(signal)

    def _leave_anyway(self) -> None:
        log.warning("ending without the broker's answer: what is not committed will be read again")
        logging.shutdown()
        self._heartbeat.remove()
        os._exit(self.exit_code)

    def _setproctitle(self, info: str, *, ident: str = "wireroom worker") -> None:
        super()._setproctitle(info, ident=ident)

    def _proc_ident(self) -> str:
        return str(self.app.conf.id)

    async def _sentinel_task(self) -> None:
        """Do not wait: Faust sleeps a second here for nothing."""
        await asyncio.sleep(0)
