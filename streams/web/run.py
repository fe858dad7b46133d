"""Puts the server together from the settings' values, and runs it until a signal."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import signal
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from aiohttp import web

from streams.errors import WireroomError
from streams.host_port import Address
from streams.kafka.connection import Connection
from streams.topics import Topics
from streams.web.article import Article
from streams.web.assets import load_assets
from streams.web.feed import Feed
from streams.web.guard import LOOPBACK, Guard
from streams.web.history import History
from streams.web.letters import Letters
from streams.web.lookup import Lookup
from streams.web.pipeline import Pipeline
from streams.web.server import Parts, Server
from streams.web.stream import Streams
from streams.web.trends import Trends
from streams.web.trial import Trial
from streams.worker.stage_child import Build

log = logging.getLogger("wireroom.web")

STOP_SECONDS = 2.0
BACKLOG = 512
_ADVICE = {
    errno.EADDRINUSE: "another program has this port; stop it, or choose another one with --listen",
    errno.EACCES: "this user may not open this port; choose one above 1023",
    errno.EADDRNOTAVAIL: "this machine does not have this address; use 127.0.0.1, or 0.0.0.0 for all",
}


@dataclass(frozen=True)
class WebOptions:
    """What the server is to do; `build_trial` loads the stages in the process of the trials."""

    connection: Connection
    topics: Topics
    group: str
    listen: Address
    build_trial: Build
    articles: int = 10_000
    token: str | None = field(default=None, repr=False)
    hosts: Sequence[str] = ()
    may_replay: bool = False
    replay_limit: int = 3
    trial_seconds: float = 20.0
    trial_memory: int = 4 * 2**30
    max_event_bytes: int = 24_000_000


def run(options: WebOptions, on_ready: Callable[[Address], None] = lambda _: None) -> None:
    """Serve until SIGTERM or SIGINT; `on_ready` is called with the address once requests are answered."""
    asyncio.run(_run(options, on_ready))


async def _run(options: WebOptions, on_ready: Callable[[Address], None]) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    async with serving(options) as address:
        on_ready(address)
        await ended.wait()


@asynccontextmanager
async def serving(options: WebOptions) -> AsyncIterator[Address]:
    """Serve within the context, and yield the address; the system chose the port if it is 0."""
    parts = assemble(options)
    server = Server(parts)
    runner = web.AppRunner(server.app(), access_log=None, handle_signals=False, shutdown_timeout=STOP_SECONDS)
    await runner.setup()
    try:
        site = web.TCPSite(runner, options.listen.host, options.listen.port, backlog=BACKLOG)
        try:
            await site.start()
        except OSError as error:
            advice = _ADVICE.get(error.errno or 0, error.strerror or str(error))
            raise WireroomError(f"cannot listen on {options.listen}: {advice}") from error
        parts.feed.start()
        parts.pipeline.start()
        releasing = asyncio.create_task(_release(parts.history))
        try:
            yield Address(options.listen.host, runner.addresses[0][1])
        finally:
            releasing.cancel()
            parts.streams.close()
            parts.feed.stop()
            parts.pipeline.stop()
            await asyncio.to_thread(parts.feed.join, STOP_SECONDS)
    finally:
        await runner.cleanup()
        parts.trial.close()
        await asyncio.to_thread(parts.lookup.close)


def assemble(options: WebOptions) -> Parts:
    """Return the parts of the server."""
    trends = Trends(lambda: time.time() * 1000)
    history = History(options.articles, trends, time.monotonic)
    receiver = LoopReceiver(history, asyncio.get_running_loop())
    connection, topics = options.connection, options.topics
    return Parts(
        bootstrap=connection.bootstrap,
        history=history,
        trends=trends,
        streams=Streams(history),
        feed=Feed(connection, topics.enriched, topics.stories, options.articles, receiver),
        pipeline=Pipeline(connection, topics, options.group),
        lookup=Lookup(connection, topics, options.group),
        letters=Letters(connection, topics, options.group, options.replay_limit),
        trial=Trial(
            options.build_trial,
            seconds=options.trial_seconds,
            memory=options.trial_memory,
            max_bytes=options.max_event_bytes,
        ),
        assets=load_assets(),
        guard=Guard({*LOOPBACK, options.listen.host, *options.hosts}, options.token),
        may_replay=options.may_replay,
    )


class LoopReceiver:
    """Hands over what the feed reads to the history, which belongs to `loop`, and waits until it is taken."""

    def __init__(self, history: History, loop: asyncio.AbstractEventLoop) -> None:
        self._history = history
        self._loop = loop

    def load(
        self, articles: Sequence[Article], stories: Sequence[Mapping[str, Any]], ends: Mapping[int, int]
    ) -> None:
        """Have the history begin with `articles`."""
        self._call(partial(self._history.load, articles, stories, ends))

    def take(self, articles: Sequence[Article], stories: Sequence[Mapping[str, Any]]) -> None:
        """Have the history take `articles` and `stories`."""
        self._call(partial(self._history.take, articles, stories))

    def _call(self, call: Callable[[], None]) -> None:
        async def run() -> None:
            call()

        coroutine: Coroutine[Any, Any, None] = run()
        try:
            asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()
        except RuntimeError:  # the loop has ended
            coroutine.close()


async def _release(history: History) -> None:
    """Send articles whose stories do not come."""
    while True:
        seconds = history.seconds_to_release()
        await asyncio.sleep(0.1 if seconds is None else max(0.02, min(seconds, 0.1)))
        with contextlib.suppress(LookupError):
            history.release()
