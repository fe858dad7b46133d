"""A server of the page that runs on the topics of one test."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from streams.host_port import Address
from streams.web.run import WebOptions, serving
from streams.web.trial import build_trial
from tests.broker.wire import Wire
from tests.web.pages import Page, WireWriter


@pytest.fixture
def writer(wire: Wire) -> Iterator[WireWriter]:
    """Return a writer of enriched articles, stories and raw records to the topics of this test."""
    writing = WireWriter(wire)
    yield writing
    writing.close()


@pytest.fixture
def page(wire: Wire) -> Iterator[Callable[..., Page]]:
    """Return a function that starts a server: `page(may_replay=True)`; all are stopped after the test."""
    started: list[Serving] = []

    def start(**options: Any) -> Page:
        started.append(Serving(options_for(wire, **options)))
        return started[-1].page

    yield start
    for each in started:
        each.stop()


def options_for(wire: Wire, **options: Any) -> WebOptions:
    """Return the options of a server on `wire`, which listens on a free port."""
    build = partial(build_trial, "compact", "compact", None, None, 24_000_000)
    chosen = {"connection": wire.connection, "build_trial": build, **options}
    return WebOptions(topics=wire.topics, group=wire.group, listen=Address("127.0.0.1", 0), **chosen)


class Serving:
    """A server in a thread of its own."""

    def __init__(self, options: WebOptions) -> None:
        self._options = options
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._ended = asyncio.Event()
        self._address: Address | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._ready.wait(30), "the server did not start"
        assert self._address is not None, "the server failed to start"
        self.page: Page = Page(self._address, self.stop)

    def stop(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._ended.set)
            self._thread.join(30)

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._ready.set()
            self._loop.close()

    async def _serve(self) -> None:
        async with serving(self._options) as address:
            self._address = address
            self._ready.set()
            await self._ended.wait()
