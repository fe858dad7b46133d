"""Measures the pipeline every few seconds, in a thread of its own: rates, lag, dead letters, and the balance.

Every record that went in came out, became a dead letter, or waits: in = out + dead + waiting. All four are
counted from the log, without the workers, from the moment at which the server started.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from kafka import KafkaAdminClient, TopicPartition
from kafka.errors import KafkaError

from streams.dead import DeadLetter
from streams.enrich import STAGES
from streams.errors import WireroomError
from streams.kafka.admin import administer
from streams.kafka.batches import BatchReader
from streams.kafka.connection import Connection
from streams.kafka.lag import PartitionLag, count_records
from streams.kafka.lag import lag as read_lag
from streams.kafka.offsets import ends_of, partitions_of
from streams.topics import PIPELINE, Topics

log = logging.getLogger("wireroom.web")

POLL_SECONDS = 3.0
RATE_SECONDS = 60.0
RETRY_SECONDS = 1.0
STORIES = PIPELINE[-1]


@dataclass
class Counts:
    """Records since the start: `added` to topics, `dead` by stage, `replayed` to topics, `waiting` there."""

    added: Counter[str] = field(default_factory=Counter)
    dead: Counter[str] = field(default_factory=Counter)
    replayed: Counter[str] = field(default_factory=Counter)
    waited: Counter[str] = field(default_factory=Counter)  # at the start
    waiting: Counter[str] = field(default_factory=Counter)

    def done(self, topics: Sequence[str]) -> dict[str, int]:
        """Return how many records each stage has finished; `topics` are those that they read, in order."""
        finished: dict[str, int] = {}
        coming = self.added[topics[0]]
        for stage, topic in zip(STAGES, topics, strict=True):
            finished[stage] = self.waited[topic] + coming - self.waiting[topic]
            following = topics[topics.index(topic) + 1 :][:1]
            coming = finished[stage] - self.dead[stage] + sum(self.replayed[each] for each in following)
        return finished

    def balance(self, topics: Sequence[str], enriched: str) -> dict[str, int]:
        """Return what went in, came out, died and waits, and the `difference`, which is 0 at rest."""
        into = (
            self.added[topics[0]]
            + sum(self.waited[topic] for topic in topics)
            + sum(self.replayed[each] for each in topics[1:])
        )
        out, dead = self.added[enriched], self.dead.total()
        waiting = sum(self.waiting[topic] for topic in topics)
        return {
            "in": into,
            "out": out,
            "dead": dead,
            "waiting": waiting,
            "difference": into - out - dead - waiting,
        }


class Pipeline:
    """Measures the wire of `topics`, whose workers are `group`."""

    def __init__(
        self, connection: Connection, topics: Topics, group: str, *, clock: Callable[[], float] = time.time
    ) -> None:
        self.problem: str | None = None
        self._connection = connection
        self._topics = topics
        self._group = group
        self._clock = clock
        self._read_topics = topics.stages()[:3]
        self._counts = Counts()
        self._ends: dict[TopicPartition, int] = {}
        self._rates: deque[tuple[float, dict[str, int], int]] = deque()
        self._report: dict[str, Any] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pipeline", daemon=True)

    def start(self) -> None:
        """Begin to measure."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the thread to end; it does so when its measurement is done."""
        self._stopping.set()

    def report(self) -> dict[str, Any]:
        """Return the last measurement; empty before the first one."""
        return self._report

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                with administer(self._connection) as admin:
                    while not self._stopping.is_set():
                        self.measure(admin)
                        self.problem = None
                        self._stopping.wait(POLL_SECONDS)
            except (WireroomError, KafkaError) as error:
                self.problem = str(error)
            except Exception as error:
                self.problem = f"unexpected {type(error).__name__}: {error}"
                log.exception("the pipeline cannot be measured, trying again")
            self._stopping.wait(RETRY_SECONDS)

    def measure(self, admin: KafkaAdminClient) -> None:
        """Count what was written since the last measurement, and what waits."""
        topics = self._topics
        followed = (topics.raw, topics.enriched, topics.dead, topics.replays)
        partitions = partitions_of(admin, followed, self._connection.bootstrap)
        ends = ends_of(admin, partitions)
        has_stories = topics.fingerprints in admin.list_topics()
        names = [*self._read_topics, *([topics.fingerprints] if has_stories else [])]
        lags = read_lag(self._connection, self._group, names)
        waiting = Counter(dict.fromkeys(names, 0))
        for each in lags:
            waiting[each.partition.topic] += each.records
        if self._ends:
            self._count(admin, ends)
        else:
            self._counts.waited = Counter(waiting)
        self._ends = ends
        self._counts.waiting = waiting
        done = self._counts.done(self._read_topics)
        if has_stories:  # each enriched article comes with one fingerprint
            added = self._counts.waited[topics.fingerprints] + self._counts.added[topics.enriched]
            done[STORIES] = added - waiting[topics.fingerprints]
        self._rates.append((self._clock(), done, self._counts.added[topics.raw]))
        while len(self._rates) > 2 and self._rates[0][0] < self._clock() - RATE_SECONDS:
            self._rates.popleft()
        self._report = self._described(lags, done)

    def _count(self, admin: KafkaAdminClient, ends: dict[TopicPartition, int]) -> None:
        ranges = {
            partition: range(min(self._ends.get(partition, 0), end), end) for partition, end in ends.items()
        }
        plain = (self._topics.raw, self._topics.enriched)
        counted = {partition: each for partition, each in ranges.items() if partition.topic in plain}
        for partition, count in count_records(admin, counted, self._connection.bootstrap).items():
            self._counts.added[partition.topic] += count.records
        decoded = {partition: each for partition, each in ranges.items() if partition.topic not in plain}
        for batch in BatchReader(admin, self._connection.bootstrap).read(decoded):
            for record in batch.records():
                if record.offset not in decoded[batch.partition]:
                    continue
                if record.topic == self._topics.dead:
                    self._counts.dead[DeadLetter(*record[1:]).stage] += 1
                elif record.value is not None:
                    self._counts.replayed[str(orjson.loads(record.value).get("topic"))] += 1

    def _described(self, lags: Sequence[PartitionLag], done: dict[str, int]) -> dict[str, Any]:
        now = self._clock()
        stages = []
        reads = [*zip(STAGES, self._read_topics, strict=True), (STORIES, self._topics.fingerprints)]
        for stage, topic in reads:
            if stage not in done:
                continue
            own = [each for each in lags if each.partition.topic == topic]
            oldest = min((each.oldest for each in own if each.oldest is not None), default=None)
            stages.append(
                {
                    "stage": stage,
                    "topic": topic,
                    "lag": self._counts.waiting[topic],
                    "exact": all(each.is_exact for each in own),
                    "waits": None if oldest is None else round(max(0.0, now - oldest / 1000), 3),
                    "done": done[stage],
                    "dead": self._counts.dead[stage],
                    "rate": self._rate(stage),
                    "has_worked": any(each.committed is not None for each in own),
                }
            )
        return {
            "measured_at": now,
            "stages": stages,
            "in_rate": self._rate(None),
            "balance": self._counts.balance(self._read_topics, self._topics.enriched),
        }

    def _rate(self, stage: str | None) -> float:
        """Return the records per second of `stage` within the last minute; of news.raw without a stage."""
        (began, first, first_in), (ended, last, last_in) = self._rates[0], self._rates[-1]
        count = last_in - first_in if stage is None else last[stage] - first.get(stage, last[stage])
        return round(max(0, count) / (ended - began), 2) if ended > began else 0.0
