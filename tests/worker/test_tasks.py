"""Tasks end, whatever becomes of a cancellation."""

from __future__ import annotations

import asyncio

import pytest

from streams.worker import tasks


def test_a_task_that_loses_a_cancellation_is_ended_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "AGAIN_SECONDS", 0.01)

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


def test_the_error_of_a_task_stays_with_it() -> None:
    async def failing() -> None:
        raise ValueError("no")

    async def whole() -> BaseException | None:
        task = asyncio.create_task(failing())
        await asyncio.sleep(0)
        await tasks.end_task(task)
        return task.exception()

    assert isinstance(asyncio.run(whole()), ValueError)
