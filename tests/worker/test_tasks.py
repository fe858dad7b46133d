"""Tasks end even if a cancellation is lost, and admin clients close within a limit. No broker."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from streams.worker import tasks


def test_a_task_that_loses_a_cancellation_is_ended_all_the_same(monkeypatch):
    monkeypatch.setattr(tasks, "CANCEL_SECONDS", 0.01)

    async def deaf() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.Event().wait()

    async def whole() -> bool:
        task = asyncio.create_task(deaf())
        await asyncio.sleep(0)
        await asyncio.wait_for(tasks.end_task(task), 20)
        return task.cancelled()

    assert asyncio.run(whole())


def test_the_error_of_a_task_stays_with_it():
    async def failing() -> None:
        raise ValueError("no")

    async def whole() -> BaseException | None:
        task = asyncio.create_task(failing())
        await asyncio.sleep(0)
        await tasks.end_task(task)
        return task.exception()

    assert isinstance(asyncio.run(whole()), ValueError)


class FakeAdmin:
    """Does what `closes` says when it is closed."""

    def __init__(self, closes: Callable[[], Awaitable[object]]) -> None:
        self.close = closes


async def fail() -> None:
    raise AssertionError("no brokers")


@pytest.mark.parametrize("closes", [fail, lambda: asyncio.Event().wait()], ids=["fails", "hangs"])
def test_an_admin_client_that_fails_or_hangs_is_closed_all_the_same(monkeypatch, closes):
    monkeypatch.setattr(tasks, "CLOSE_SECONDS", 0.01)

    async def whole():
        await tasks.close_admin(None)
        await asyncio.wait_for(tasks.close_admin(FakeAdmin(closes)), 20)

    asyncio.run(whole())
