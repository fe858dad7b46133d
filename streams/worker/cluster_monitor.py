"""Whether the cluster is in a state to commit in: it answers, and every partition has a leader.

Kafka 4 ends a transaction without a marker in a partition that has no leader at that moment: it takes the
partition for deleted (TransactionMarkerChannelManager and KRaftMetadataCache.getPartitionLeaderEndpoint; seen
on 4.3.1). What was written there stays open until a later transaction of the same producer ends it, this way
or that. Partitions have no leader while all their replicas are fenced, as those of a single broker that was
paused or starved for longer than `broker.session.timeout.ms`. So lanes ask here before they commit.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Iterable

from aiokafka.admin import AIOKafkaAdminClient

from streams.worker.tasks import end_task

log = logging.getLogger("wireroom.watch")

LOOK_SECONDS = 0.5
STALE_SECONDS = 8.0  # a broker that was silent for longer may be fenced: by default after 9 s
SETTLE_SECONDS = 2.0  # after trouble, how long all must have been well
CLOSE_SECONDS = 1.0

# The outcome of a transaction is written to these too.
INTERNAL = ("__consumer_offsets", "__transaction_state")


class ClusterMonitor:
    """Looks at the leaders of topics twice a second, from `start` to `stop`.

    These are the TOPICS of the moment, and those that IS_OURS knows by name when it connects: opening a lane
    ends what a predecessor left open, wherever that wrote.
    """

    def __init__(
        self,
        make_admin: Callable[[], AIOKafkaAdminClient],
        topics: Callable[[], Iterable[str]],
        is_ours: Callable[[str], bool],
    ) -> None:
        self._make_admin = make_admin
        self._topics = topics
        self._is_ours = is_ours
        self._answered = 0.0  # monotonic; when the cluster last said that all is well
        self._well_since: float | None = None
        self._troubled = False
        self._looked = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def settled(self) -> bool:
        """Whether the cluster answers, every partition has a leader, and this has been so for a while."""
        if self._well_since is None:
            return False
        now = time.monotonic()
        is_fresh = now - self._answered < STALE_SECONDS
        return is_fresh and (not self._troubled or now - self._well_since >= SETTLE_SECONDS)

    async def looked(self) -> None:
        """Wait for the first look."""
        await self._looked.wait()

    def start(self) -> None:
        """Begin to look."""
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="cluster watch")

    async def stop(self) -> None:
        """Look no more."""
        if self._task is not None:
            await end_task(self._task)

    async def _run(self) -> None:
        admin: AIOKafkaAdminClient | None = None
        ours: list[str] = []
        try:
            while True:
                try:
                    if admin is None:
                        admin = self._make_admin()
                        await asyncio.wait_for(admin.start(), STALE_SECONDS)
                        there = await asyncio.wait_for(admin.list_topics(), STALE_SECONDS)
                        ours = sorted(filter(self._is_ours, there))
                    topics = [*ours, *self._topics()]
                    leaderless = await asyncio.wait_for(_leaderless(admin, topics), STALE_SECONDS)
                    self._note(f"no leader of {leaderless[0]}" if leaderless else None)
                # aiokafka asserts, too, where a broker knows of no brokers yet. A watch that ended at
                # whatever it met would keep all lanes from committing, and nobody would know.
                except Exception as error:  # noqa: BLE001
                    self._note(repr(error))
                    await _close(admin)
                    admin = None
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            await _close(admin)

    def _note(self, trouble: str | None) -> None:
        now = time.monotonic()
        self._looked.set()
        if trouble is not None:
            if self._well_since is not None:
                log.warning("no commits until the cluster has settled", extra={"why": trouble})
            self._well_since, self._troubled = None, True
            return
        if self._well_since is None:
            self._well_since = now
        elif now - self._answered > STALE_SECONDS:  # it, or we, stood still
            self._well_since, self._troubled = now, True
        self._answered = now


async def _leaderless(admin: AIOKafkaAdminClient, topics: Iterable[str]) -> list[str]:
    """Partitions of TOPICS and of Kafka's own that no broker leads now; topics that are missing have none."""
    described = await admin.describe_topics([*dict.fromkeys(topics), *INTERNAL])
    return [
        f"{topic['topic']}-{partition['partition']}"
        for topic in described
        for partition in topic["partitions"]
        if partition["leader"] < 0
    ]


async def _close(admin: AIOKafkaAdminClient | None) -> None:
    if admin is not None:
        with contextlib.suppress(Exception):
            await asyncio.wait_for(admin.close(), CLOSE_SECONDS)
