"""Ends tasks for certain, and admin clients within a limit."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient

CANCEL_SECONDS = 0.5  # between two cancellations
CLOSE_SECONDS = 1.0


async def end_task(task: asyncio.Task[Any]) -> None:
    """Cancel `task` until it has ended; its error, if any, stays with it.

    One cancellation may be lost: in Python 3.11 `asyncio.wait_for` swallows it if its own result arrives at
    the same moment (fixed in 3.12), and aiokafka calls it in many places.
    """
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=CANCEL_SECONDS)


async def close_admin(admin: AIOKafkaAdminClient | None) -> None:
    """Close `admin`, if there is one; give up after `CLOSE_SECONDS`, and ignore its errors."""
    if admin is not None:
        with contextlib.suppress(Exception):
            await asyncio.wait_for(admin.close(), CLOSE_SECONDS)
