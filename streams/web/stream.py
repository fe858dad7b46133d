"""Sends events to viewers. All viewers of one filter share the same bytes, and each has only a cursor.

A viewer who stops reading is dropped: nothing is kept for it but what its connection holds already. It may
come back with the id of its last event, and gets what it lacks.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Mapping

from streams.web.filters import Filter
from streams.web.history import Entry, History

Write = Callable[[bytes], Awaitable[None]]

CHUNK_BYTES = 128 * 1024
TICK_SECONDS = 0.05  # events of this time leave together: a write costs more than the bytes
BEAT_SECONDS = 15.0  # without an event, a comment keeps the connection alive
STALL_SECONDS = 15.0
SLICE = 200  # articles that are looked at before others have their turn
MOST_SHARED = 100  # chunks that are kept until the next tick
BEAT = b": \n\n"


class Stalled(Exception):
    """The viewer does not read, or not fast enough."""


class Streams:
    """The streams of all viewers over one history."""

    def __init__(self, history: History, *, stall_seconds: float = STALL_SECONDS) -> None:
        self.viewers = 0
        self.dropped = 0
        self._history = history
        self._stall_seconds = stall_seconds
        self._news = asyncio.Event()
        self._is_waking = False
        self._closing = False
        self._shared: dict[tuple[Filter, int], tuple[bytes, int]] = {}
        history.on_news = self._wake_soon

    def close(self) -> None:
        """End every stream."""
        self._closing = True
        self._wake()

    async def follow(
        self, write: Write, chosen: Filter, positions: Mapping[int, int] | None, count: int | None
    ) -> None:
        """Write the events that `chosen` admits until the viewer goes or the server ends.

        A viewer with `positions` gets what it lacks first; others get the latest `count` articles, or all.
        Raises Stalled when the viewer does not read.
        """
        self.viewers += 1
        try:
            while not self._history.is_loaded and not self._closing:
                await self._wait(write)
            cursor = await self._catch_up(write, chosen, positions, count)
            while not self._closing:
                chunk, cursor = self._read(chosen, cursor)
                if chunk:
                    await self._send(write, chunk)
                elif cursor == self._history.end:
                    await self._wait(write)
                else:
                    await asyncio.sleep(0)
        except (Stalled, LookupError) as error:
            self.dropped += 1
            raise Stalled(str(error)) from error
        finally:
            self.viewers -= 1

    async def _catch_up(
        self, write: Write, chosen: Filter, positions: Mapping[int, int] | None, count: int | None
    ) -> int:
        """Write what is there already, and return the number of the event to continue at."""
        end = self._history.end
        missed = None if positions is None else self._history.since(positions)
        if missed is None or positions is None:
            latest = await self._latest(chosen, count)
            await self._send_all(write, (entry.frame for entry in reversed(latest)))
            return end
        wanted = (entry for entry in missed if chosen.admits(entry.article))
        await self._send_all(write, (entry.frame_beyond(positions) for entry in wanted))
        return end

    async def _latest(self, chosen: Filter, count: int | None) -> list[Entry]:
        latest = []
        for number, entry in enumerate(self._history.newest(chosen, count)):
            if entry is not None:
                latest.append(entry)
            if number % SLICE == SLICE - 1:
                await asyncio.sleep(0)
        return latest

    async def _send_all(self, write: Write, frames: Iterable[bytes]) -> None:
        """Write `frames` in chunks, with a pause after each, and at least a comment."""
        chunk: list[bytes] = [BEAT]
        size = 0
        for frame in frames:
            chunk.append(frame)
            size += len(frame)
            if size > CHUNK_BYTES:
                await self._send(write, b"".join(chunk))
                await asyncio.sleep(0)
                chunk, size = [], 0
        await self._send(write, b"".join(chunk))

    def _read(self, chosen: Filter, cursor: int) -> tuple[bytes, int]:
        """Return the next events for `chosen` as one chunk, and where it ends."""
        shared = self._shared.get((chosen, cursor))
        if shared is None:
            frames, end = self._history.read(cursor, chosen, CHUNK_BYTES)
            shared = b"".join(frames), end
            if end > cursor and len(self._shared) < MOST_SHARED:
                self._shared[chosen, cursor] = shared
        return shared

    async def _send(self, write: Write, chunk: bytes) -> None:
        try:
            async with asyncio.timeout(self._stall_seconds):
                await write(chunk)
        except TimeoutError:
            raise Stalled(f"the viewer has read nothing for {self._stall_seconds:g} s") from None

    async def _wait(self, write: Write) -> None:
        """Wait for news; write a comment if there is none for some time."""
        news = self._news
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(BEAT_SECONDS):
                await news.wait()
                return
        await self._send(write, BEAT)

    def _wake_soon(self) -> None:
        if not self._is_waking:
            self._is_waking = True
            asyncio.get_running_loop().call_later(TICK_SECONDS, self._wake)

    def _wake(self) -> None:
        self._is_waking = False
        self._shared.clear()
        news, self._news = self._news, asyncio.Event()
        news.set()
