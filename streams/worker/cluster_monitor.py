"""Watches if the cluster is in a state to commit in: it answers, and every partition has a leader.

If a partition has no leader when a transaction ends, Kafka 4 writes no marker there: it takes the partition
for deleted (TransactionMarkerChannelManager and KRaftMetadataCache.getPartitionLeaderEndpoint; seen on
4.3.1). The records there stay open until a later transaction of the same producer ends, and take over its
outcome. A partition has no leader while all its replicas are fenced, as on a single broker that was paused or
starved for longer than `broker.session.timeout.ms`. So lanes ask the monitor before they commit.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable

from aiokafka.admin import AIOKafkaAdminClient

from streams.worker.tasks import close_admin, end_task

log = logging.getLogger("wireroom.cluster")

CHECK_SECONDS = 0.5
STALE_SECONDS = 8.0  # a broker that was silent for longer may be fenced: by default after 9 s
SETTLE_SECONDS = 2.0  # after trouble, how long every check must succeed

# Kafka writes the outcome of a transaction to these too.
INTERNAL_TOPICS = ("__consumer_offsets", "__transaction_state")


class ClusterUnstable(Exception):
    """A transaction that ends now, this one or a predecessor's, could stay half done."""


class ClusterMonitor:
    """Checks the leaders of topics twice a second, from `start` to `stop`.

    `is_ours` tells by its name if a topic belongs to this pipeline. All these topics are checked, because
    starting a producer ends the open transaction of its predecessor, wherever that one wrote.
    """

    def __init__(self, make_admin: Callable[[], AIOKafkaAdminClient], is_ours: Callable[[str], bool]) -> None:
        self._make_admin = make_admin
        self._is_ours = is_ours
        self._checked_at = 0.0  # monotonic time of the last check without trouble
        self._good_since: float | None = None  # monotonic
        self._had_trouble = False
        self._trouble = "the cluster was not checked yet"
        self._first_check = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def stable(self) -> bool:
        """True if the cluster answers and every partition has a leader, after trouble for a while already."""
        if self._good_since is None:
            return False
        now = time.monotonic()
        is_fresh = now - self._checked_at < STALE_SECONDS
        return is_fresh and (not self._had_trouble or now - self._good_since >= SETTLE_SECONDS)

    @property
    def trouble(self) -> str | None:
        """Why the cluster is not stable, as of the last check; None if it is."""
        return None if self.stable else self._trouble

    def require_stable(self) -> None:
        """Raise ClusterUnstable if the cluster is not stable."""
        if not self.stable:
            raise ClusterUnstable

    async def first_check(self) -> None:
        """Wait for the first check."""
        await self._first_check.wait()

    def start(self, topics: Callable[[], Iterable[str]]) -> None:
        """Begin to check our topics as they are now, and those that `topics` returns at each check."""
        if self._task is None:
            self._task = asyncio.create_task(self._run(topics), name="cluster monitor")

    async def stop(self) -> None:
        """End the checks."""
        if self._task is not None:
            await end_task(self._task)

    async def _run(self, topics: Callable[[], Iterable[str]]) -> None:
        admin: AIOKafkaAdminClient | None = None
        ours: list[str] = []
        try:
            while True:
                try:
                    if admin is None:
                        admin = self._make_admin()
                        await asyncio.wait_for(admin.start(), STALE_SECONDS)
                        existing = await asyncio.wait_for(admin.list_topics(), STALE_SECONDS)
                        ours = sorted(filter(self._is_ours, existing))
                    leaderless = await asyncio.wait_for(
                        _leaderless_partitions(admin, [*ours, *topics()]), STALE_SECONDS
                    )
                    self._note(f"{leaderless[0]} has no leader" if leaderless else None)
                # aiokafka also fails assertions, such as when a broker knows of no brokers yet. If the
                # monitor ended at any error, no lane would ever commit again, and nobody would know why.
                except Exception as error:  # noqa: BLE001
                    self._note(repr(error))
                    await close_admin(admin)
                    admin = None
                await asyncio.sleep(CHECK_SECONDS)
        finally:
            await close_admin(admin)

    def _note(self, trouble: str | None) -> None:
        now = time.monotonic()
        self._first_check.set()
        if trouble is not None:
            if self._good_since is not None:
                log.warning("no commits until the cluster is stable", extra={"why": trouble})
            self._good_since, self._had_trouble = None, True
            self._trouble = trouble
            return
        if self._good_since is None:
            self._good_since = now
        elif now - self._checked_at > STALE_SECONDS:  # the cluster, or this process, stood still
            self._good_since, self._had_trouble = now, True
        self._checked_at = now


async def _leaderless_partitions(admin: AIOKafkaAdminClient, topics: Iterable[str]) -> list[str]:
    """Return the partitions of `topics` and of Kafka's own topics that have no leader now.

    A topic that does not exist has no partitions.
    """
    described = await admin.describe_topics([*dict.fromkeys(topics), *INTERNAL_TOPICS])
    return [
        f"{topic['topic']}-{partition['partition']}"
        for topic in described
        for partition in topic["partitions"]
        if partition["leader"] < 0
    ]
