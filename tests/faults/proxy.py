"""A TCP proxy between workers and a broker: it delays, holds and cuts connections, and loses single messages.

Of Kafka's protocol it reads the frame (four bytes of length) and the first fields behind it: the kind of the
request, and the number that the answer repeats.
"""

from __future__ import annotations

import asyncio
import contextlib
import struct
import threading
from collections import Counter
from enum import Enum
from types import TracebackType
from typing import Self

from streams.broker.properties import HOST

LATE_SECONDS = 2.0  # by then the worker has reopened its lane


class Api(Enum):
    """The requests of a transaction, by their number in Kafka's protocol."""

    PRODUCE = 0
    INIT_PRODUCER_ID = 22
    ADD_PARTITIONS_TO_TXN = 24
    ADD_OFFSETS_TO_TXN = 25
    END_TXN = 26
    TXN_OFFSET_COMMIT = 28


class Loss(Enum):
    """The ways to lose a message; its connection is cut in each case."""

    ANSWER = "the broker carries it out, and its answer is lost"
    REQUEST = "the broker never gets it"
    LATE = "the broker gets it after the worker has given up"


class Proxy:
    """Passes bytes between `port` and `upstream`, both on this machine, inside a `with` statement.

    `delay` is added to each answer, in seconds. While `open` is False, new connections are cut. `lost` counts
    the lost messages.
    """

    def __init__(self, port: int, upstream: int) -> None:
        self.port = port
        self.delay = 0.0
        self.open = True
        self.lost: Counter[tuple[Api, Loss]] = Counter()
        self._upstream = upstream
        self._doomed: Counter[tuple[int, Loss]] = Counter()
        self._connections: set[asyncio.StreamWriter] = set()
        self._late: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)

    @property
    def bootstrap(self) -> str:
        """The address, as `host:port`."""
        return f"{HOST}:{self.port}"

    def lose(self, api: Api, loss: Loss, count: int = 1) -> None:
        """Lose the next `count` messages about `api` in the way of `loss`."""
        self._doomed[api.value, loss] += count

    def cut(self) -> None:
        """Cut every connection, like a router that restarts."""
        self._loop.call_soon_threadsafe(self._cut)

    def hold(self) -> None:
        """Let nothing pass, and cut nothing: neither side notices."""
        self._loop.call_soon_threadsafe(self._flowing.clear)

    def let_go(self) -> None:
        """Pass the held messages on, and continue."""
        self._loop.call_soon_threadsafe(self._flowing.set)

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._serve, HOST, self.port), self._loop
        ).result()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.open = False
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _cut(self) -> None:
        for writer in self._connections:
            writer.transport.abort()

    async def _end(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        ends = {client}
        try:
            if not self.open:
                return
            answers, broker = await asyncio.open_connection(HOST, self._upstream)
            ends.add(broker)
            self._connections |= ends
            pending: dict[int, int] = {}
            directions = [
                asyncio.ensure_future(self._pass_requests(reader, broker, pending)),
                asyncio.ensure_future(self._pass_answers(answers, client, pending)),
            ]
            try:
                await asyncio.wait(directions, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for direction in directions:
                    direction.cancel()
                await asyncio.gather(*directions, return_exceptions=True)
        except OSError:
            pass  # without the broker the proxy is away too
        finally:
            self._connections -= ends
            for end in ends:
                end.transport.abort()

    async def _pass_requests(
        self, reader: asyncio.StreamReader, broker: asyncio.StreamWriter, pending: dict[int, int]
    ) -> None:
        while True:
            frame = await _frame(reader)
            api, _, number = struct.unpack_from(">hhi", frame, 4)
            await self._flowing.wait()
            if self._is_doomed(api, Loss.REQUEST):
                return
            if self._is_doomed(api, Loss.LATE):
                late = asyncio.ensure_future(self._send_late(frame))
                self._late.add(late)
                late.add_done_callback(self._late.discard)
                return
            pending[number] = api
            broker.write(frame)
            await broker.drain()

    async def _pass_answers(
        self, reader: asyncio.StreamReader, client: asyncio.StreamWriter, pending: dict[int, int]
    ) -> None:
        while True:
            frame = await _frame(reader)
            (number,) = struct.unpack_from(">i", frame, 4)
            await self._flowing.wait()
            if self._is_doomed(pending.pop(number), Loss.ANSWER):
                return
            await asyncio.sleep(self.delay)
            client.write(frame)
            await client.drain()

    def _is_doomed(self, api: int, loss: Loss) -> bool:
        if not self._doomed[api, loss]:
            return False
        self._doomed[api, loss] -= 1
        self.lost[Api(api), loss] += 1
        return True

    async def _send_late(self, frame: bytes) -> None:
        await asyncio.sleep(LATE_SECONDS)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            reader, broker = await asyncio.open_connection(HOST, self._upstream)
            broker.write(frame)
            await _frame(reader)  # the broker has read the request when it answers
            broker.close()


async def _frame(reader: asyncio.StreamReader) -> bytes:
    """Return the next message with its length. Raises IncompleteReadError at the end of the stream."""
    length = await reader.readexactly(4)
    return length + await reader.readexactly(int.from_bytes(length, "big"))
