"""Ending tasks for certain."""

from __future__ import annotations

import asyncio
from typing import Any

AGAIN_SECONDS = 0.5


async def end_task(task: asyncio.Task[Any]) -> None:
    """Cancel TASK until it has ended; its error, if any, stays with it.

    A cancellation may be lost: where what `asyncio.wait_for` waits for comes at the same time, Python 3.11
    returns that and goes on (mended in 3.12), and aiokafka calls it in many places.
    """
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=AGAIN_SECONDS)
