"""Reads the committed offsets of the consumer group."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError
from faust.types import TP

from streams.worker.tasks import close_admin

ANSWER_SECONDS = 10.0


class GroupOffsets:
    """Asks the broker for offsets, one question at a time, over a connection that is made when needed."""

    def __init__(self, make_admin: Callable[[], AIOKafkaAdminClient], group: str) -> None:
        self._make_admin = make_admin
        self._group = group
        self._admin: AIOKafkaAdminClient | None = None
        self._asking = asyncio.Lock()

    async def committed(self, tp: TP) -> int:
        """Return the group's committed offset in `tp`, 0 if the group has none.

        Raises KafkaError, OSError or TimeoutError if the broker does not answer the question. To take that
        for "none" would enrich the whole partition again.
        """
        partition = TopicPartition(tp.topic, tp.partition)
        async with self._asking:
            try:
                if self._admin is None:
                    self._admin = self._make_admin()
                    await self._admin.start()
                offsets = await asyncio.wait_for(
                    self._admin.list_consumer_group_offsets(self._group, partitions=[partition]),
                    ANSWER_SECONDS,
                )
            except BaseException:
                await self.close()
                raise
        if partition not in offsets:  # the client ignores an error that concerns the whole group
            raise GroupCoordinatorNotAvailableError(f"no answer for {tp.topic}-{tp.partition}")
        return max(int(offsets[partition].offset), 0)

    async def close(self) -> None:
        """Close the connection; the next question makes a new one."""
        admin, self._admin = self._admin, None
        await close_admin(admin)
