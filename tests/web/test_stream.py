"""The streams of viewers: nothing missing, nothing twice, and nobody holds up the others."""

from __future__ import annotations

import asyncio
import re

import pytest

from streams.web.article import read_article
from streams.web.filters import Filter
from streams.web.history import History
from streams.web.stream import BEAT_SECONDS, Stalled, Streams
from streams.web.trends import Trends
from tests.web.articles import enriched, label, record, story

ALL = Filter()
PATIENCE = 20.0


class Viewer:
    """Collects what is written to it."""

    def __init__(self) -> None:
        self.got = b""
        self.chunks: list[bytes] = []
        self._news = asyncio.Event()

    async def write(self, chunk: bytes) -> None:
        self.got += chunk
        self.chunks.append(chunk)
        self._news.set()

    @property
    def articles(self) -> list[str]:
        return re.findall(r'"article_id":"([^"]+)"', self.got.decode())

    @property
    def last_id(self) -> str:
        return re.findall(r"^id: (.+)$", self.got.decode(), re.MULTILINE)[-1]

    async def has(self, count: int) -> None:
        async with asyncio.timeout(PATIENCE):
            while len(self.articles) < count:
                self._news.clear()
                await self._news.wait()


def history_with(count: int, **fields) -> History:
    history = History(1000, Trends(lambda: 0.0), lambda: 0.0)
    history.load([read_article(record(enriched(**fields), at)) for at in range(count)], [], {0: count})
    return history


async def watch(streams: Streams, viewer: Viewer, chosen: Filter = ALL, positions=None, count=None) -> None:
    await streams.follow(viewer.write, chosen, positions, count)


def test_a_viewer_gets_the_latest_articles_and_then_those_that_come():
    async def run() -> None:
        history = history_with(10)
        streams, viewer = Streams(history), Viewer()
        watching = asyncio.create_task(watch(streams, viewer, count=3))
        await viewer.has(3)

        history.take([read_article(record(enriched(article_id="new"), 10))], [])

        await viewer.has(4)
        assert viewer.articles[-1] == "new"
        assert viewer.last_id == "0:10"
        streams.close()
        await watching

    asyncio.run(run())


def test_a_viewer_who_connects_while_articles_come_misses_none_and_gets_none_twice():
    async def run() -> None:
        history = history_with(0)
        streams, viewers = Streams(history), [Viewer() for _ in range(5)]
        tasks = []
        for offset in range(100):
            if offset % 20 == 0:
                tasks.append(asyncio.create_task(watch(streams, viewers[offset // 20])))
            history.take([read_article(record(enriched(article_id=f"a{offset}"), offset))], [])
            await asyncio.sleep(0)

        for viewer in viewers:
            await viewer.has(100)
            assert viewer.articles == [f"a{offset}" for offset in range(100)]
        streams.close()
        await asyncio.gather(*tasks)

    asyncio.run(run())


def test_viewers_of_one_filter_share_the_bytes():
    async def run() -> None:
        history = history_with(0)
        streams, viewers = Streams(history), [Viewer() for _ in range(3)]
        tasks = [asyncio.create_task(watch(streams, viewer)) for viewer in viewers]
        await asyncio.sleep(0)
        await asyncio.sleep(0)

        history.take([read_article(record(enriched(), 0))], [])

        for viewer in viewers:
            await viewer.has(1)
        assert len({id(viewer.chunks[-1]) for viewer in viewers}) == 1
        streams.close()
        await asyncio.gather(*tasks)

    asyncio.run(run())


def test_a_viewer_who_comes_back_gets_exactly_what_it_lacks():
    async def run() -> None:
        history = history_with(10)
        streams, viewer = Streams(history), Viewer()

        watching = asyncio.create_task(watch(streams, viewer, positions={0: 6}, count=5))

        await viewer.has(3)
        history.take([read_article(record(enriched(article_id="new"), 10))], [])
        await viewer.has(4)
        assert len(viewer.articles) == 4
        assert viewer.last_id == "0:10"
        streams.close()
        await watching

    asyncio.run(run())


def test_a_filter_holds_for_the_history_and_for_what_comes():
    async def run() -> None:
        history = history_with(5)
        streams, viewer = Streams(history), Viewer()
        watching = asyncio.create_task(watch(streams, viewer, Filter(labels=("climate",))))
        await asyncio.sleep(0)

        for offset in range(5, 9):
            fields = {"labels": [label("climate")], "article_id": f"c{offset}"} if offset % 2 else {}
            history.take([read_article(record(enriched(**fields), offset))], [])

        await viewer.has(2)
        assert viewer.articles == ["c5", "c7"]
        streams.close()
        await watching

    asyncio.run(run())


def test_a_viewer_who_does_not_read_is_dropped_and_the_others_go_on():
    async def run() -> None:
        history = history_with(1)
        streams, viewer = Streams(history, stall_seconds=0.01), Viewer()
        other = asyncio.create_task(watch(streams, viewer))

        async def never(_chunk: bytes) -> None:
            await asyncio.Event().wait()

        with pytest.raises(Stalled):
            await streams.follow(never, ALL, None, None)

        history.take([read_article(record(enriched(article_id="new"), 1))], [])
        await viewer.has(2)
        assert (streams.viewers, streams.dropped) == (1, 1)
        streams.close()
        await other

    asyncio.run(run())


def test_a_viewer_who_fell_too_far_behind_is_dropped():
    async def run() -> None:
        history = History(100, Trends(lambda: 0.0), lambda: 0.0)
        history.load([], [], {})
        streams = Streams(history)
        may_go_on, is_writing = asyncio.Event(), asyncio.Event()

        async def slowly(_chunk: bytes) -> None:
            is_writing.set()
            await may_go_on.wait()

        watching = asyncio.create_task(streams.follow(slowly, ALL, None, None))
        await is_writing.wait()
        history.take([read_article(record(enriched(), offset)) for offset in range(1000)], [])

        may_go_on.set()

        with pytest.raises(Stalled, match="no longer kept"):
            await watching

    asyncio.run(run())


def test_a_viewer_waits_while_the_history_is_read():
    async def run() -> None:
        history = History(100, Trends(lambda: 0.0), lambda: 0.0)
        streams, viewer = Streams(history), Viewer()
        watching = asyncio.create_task(watch(streams, viewer))
        await asyncio.sleep(0)

        history.load([read_article(record(enriched(article_id="first"), 0))], [], {0: 1})

        await viewer.has(1)
        assert viewer.articles == ["first"]
        streams.close()
        await watching

    asyncio.run(run())


def test_a_story_that_comes_later_wakes_the_viewers():
    async def run() -> None:
        history = history_with(0)
        streams, viewer = Streams(history), Viewer()
        watching = asyncio.create_task(watch(streams, viewer))
        event = enriched()
        history.take([read_article(record(event, 0))], [])
        await viewer.has(1)

        history.take([], [story(event, "s1")])

        async with asyncio.timeout(BEAT_SECONDS / 2):
            await viewer.has(2)
        assert "event: story" in viewer.got.decode()
        streams.close()
        await watching

    asyncio.run(run())
