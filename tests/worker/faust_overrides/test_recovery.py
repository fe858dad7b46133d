"""After a rebalance a worker waits for the committed offsets for as long as the broker takes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from faust.tables.recovery import RebalanceAgain, ServiceStopped

from streams.worker.faust_overrides.recovery import WaitingRecovery


@pytest.fixture
def run(app):
    """Runs a coroutine function with the recovery of an app that nobody starts."""

    def run(scenario: Callable[[WaitingRecovery], Awaitable[None]]) -> None:
        async def whole() -> None:
            async with asyncio.timeout(10):
                await scenario(app.tables.recovery)

        asyncio.run(whole())

    return run


def test_an_answer_that_takes_longer_than_faust_would_wait_is_waited_for(run):
    async def scenario(recovery):
        answered = asyncio.Event()
        asyncio.get_running_loop().call_later(0.05, answered.set)
        await recovery._wait(answered.wait(), timeout=0.001)
        assert answered.is_set()

    run(scenario)


@pytest.mark.parametrize(
    ("event", "ended_by"), [("signal_recovery_start", RebalanceAgain), ("_stopped", ServiceStopped)]
)
def test_another_rebalance_and_the_end_of_the_service_end_the_wait(run, event, ended_by):
    async def scenario(recovery):
        asyncio.get_running_loop().call_later(0.01, getattr(recovery, event).set)
        with pytest.raises(ended_by):
            await recovery._wait(asyncio.Event().wait(), timeout=0.001)

    run(scenario)
