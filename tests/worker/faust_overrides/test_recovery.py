"""How long a worker waits, after a rebalance, for what the broker has to tell it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from faust.tables.recovery import RebalanceAgain, ServiceStopped

from streams.app import build_app
from streams.settings import Settings
from streams.worker.faust_overrides.recovery import WaitingRecovery


def play(scenario: Callable[[WaitingRecovery], Awaitable[None]]) -> None:
    async def whole() -> None:
        app = build_app(Settings(), ["cleanup"], build_stages=dict)
        app.stage_process.stop()
        async with asyncio.timeout(10):
            await scenario(app.tables.recovery)

    asyncio.run(whole())


def test_an_answer_that_takes_longer_than_faust_would_wait_is_waited_for() -> None:
    async def scenario(recovery: WaitingRecovery) -> None:
        answered = asyncio.Event()
        asyncio.get_running_loop().call_later(0.05, answered.set)
        await recovery._wait(answered.wait(), timeout=0.001)
        assert answered.is_set()

    play(scenario)


@pytest.mark.parametrize(
    ("event", "ended_by"), [("signal_recovery_start", RebalanceAgain), ("_stopped", ServiceStopped)]
)
def test_another_rebalance_and_the_end_of_the_service_end_the_wait(
    event: str, ended_by: type[Exception]
) -> None:
    async def scenario(recovery: WaitingRecovery) -> None:
        asyncio.get_running_loop().call_later(0.01, getattr(recovery, event).set)
        with pytest.raises(ended_by):
            await recovery._wait(asyncio.Event().wait(), timeout=0.001)

    play(scenario)
