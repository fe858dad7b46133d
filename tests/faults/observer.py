"""Collects from a real broker what the checker needs: beside a run, and after it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError as AIOKafkaError
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import KafkaError

from streams.events import RawArticle
from streams.headers import raw_headers
from streams.kafka.admin import administer, end_offsets
from streams.kafka.connection import Connection
from streams.kafka.transactions import TRANSACTION_TIMEOUT_MS
from tests.broker.wire import Wire, Worker, wait_until
from tests.faults.checker import Bounds, Evidence, Flow, Partition, Recovery, Sample, Seen, violations

ROOT = Path(__file__).parents[2]
PATIENCE = 300.0  # seconds for what must happen; only a failing test waits so long
REST_SECONDS = TRANSACTION_TIMEOUT_MS / 1000 + 20  # the broker looks for those that timed out every 10 s
OPEN = ("Ongoing", "PrepareCommit", "PrepareAbort", "PrepareEpochFence")


class FaultyWorker(Worker):
    """A process of tests/faults/worker.py; FAULT is what it does to itself, such as `SIGKILL sending:2`."""

    def __init__(self, environment: dict[str, str], log: Path, fault: str | None = None) -> None:
        self.log = log
        python_path = os.pathsep.join(filter(None, [str(ROOT), environment.get("PYTHONPATH")]))
        asked = {"WIREROOM_TEST_FAULT": fault} if fault else {}
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.worker"],
                env={**environment, **asked, "PYTHONPATH": python_path},
                stdout=output,
                stderr=output,
            )


def await_ready(worker: Worker) -> None:
    """Wait until WORKER has its models and is at work: only then does it know of SIGTERM."""
    wait_until(lambda: "worker ready" in worker.log.read_text(), f"{worker.log} says ready", PATIENCE)


Launch = Callable[[dict[str, str], Path, str | None], Worker]
"""Starts a worker with settings, a log and, where it knows such things, what it does to itself."""


class Watch:
    """Reads committed records while a run goes on, and samples the processes that take part.

    `seen` is in the order of arrival; `arrived` has the clock time of each, in seconds.
    """

    def __init__(self, bootstrap: str, topics: Sequence[str]) -> None:
        self.seen: list[Seen] = []
        self.arrived: list[float] = []
        self.samples: list[Sample] = []
        self.counts: Counter[str] = Counter()
        self._bootstrap = bootstrap
        self._topics = topics
        self._processes: dict[str, psutil.Process] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)
        self._thread.start()

    def follow(self, name: str, pid: int) -> None:
        """Sample the process PID from now on."""
        self._processes[name] = psutil.Process(pid)

    def stop(self) -> None:
        """Read no more."""
        self._stopping.set()
        self._thread.join(30)

    def _run(self) -> None:
        consumer = consumer_of(self._bootstrap, "read_committed")
        assigned: set[TopicPartition] = set()
        looked = 0.0
        while not self._stopping.is_set():
            if time.monotonic() - looked > 1.0:
                looked = time.monotonic()
                self._sample(looked)
                assigned = self._assign(consumer, assigned)
            try:
                polled = consumer.poll(timeout_ms=200) if assigned else self._stopping.wait(0.1)
            except KafkaError:
                continue  # the broker is away: that is what the test is about
            for records in (polled or {}).values():
                for record in records:
                    self.counts[record.topic] += 1
                    self.seen.append(seen(record))
                    self.arrived.append(time.time())
        consumer.close()

    def _assign(self, consumer: KafkaConsumer, assigned: set[TopicPartition]) -> set[TopicPartition]:
        """Also read the partitions that were added."""
        try:
            there = {
                TopicPartition(topic, number)
                for topic in self._topics
                for number in consumer.partitions_for_topic(topic) or ()
            }
        except KafkaError:
            return assigned
        new = there - assigned
        if new:
            positions = {partition: consumer.position(partition) for partition in assigned}
            consumer.assign(sorted(assigned | new))
            for partition, offset in positions.items():
                consumer.seek(partition, offset)
            consumer.seek_to_beginning(*new)
        return assigned | new

    def _sample(self, now: float) -> None:
        for name, process in list(self._processes.items()):
            try:
                for number, one in enumerate([process, *process.children()]):
                    memory, files = one.memory_info().rss, one.num_fds()
                    self.samples.append(Sample(f"{name}/{number}", now, memory, files))
            except psutil.Error:
                del self._processes[name]  # it was killed: that too


class Run:
    """A flow under faults on WIRE: publish, wait for progress, strike, and see that nothing is wrong.

    `published` holds what was sent in, `watch` what came out so far.
    """

    def __init__(
        self, wire: Wire, flow: Flow, labels: Iterable[str], logs: Path, launch: Launch = FaultyWorker
    ) -> None:
        self.wire = wire
        self.flow = flow
        self.repartitioned = False
        self.workers: list[Worker] = []
        self.published: list[Seen] = []
        self.due: Counter[str] = Counter()
        topics = wire.topics
        self.outputs = [
            *(topic for topic in topics.stages() if topic != topics.raw),
            *map(topics.label, labels),
            topics.dead,
        ]
        self.watch = Watch(wire.bootstrap, self.outputs)
        self._logs = logs
        self._launch = launch
        self._faults: list[tuple[str, float]] = []

    def start(self, instance: str | None = None, fault: str | None = None, **settings: str) -> Worker:
        """A worker more; FAULT is what it does to itself."""
        environment = {**self.wire.environment, "WIREROOM_BATCH_SIZE": "20", **settings}
        if instance:
            environment["WIREROOM_INSTANCE"] = f"{self.wire.group}-{instance}"
        worker = self._launch(environment, self._logs / f"worker-{len(self.workers) + 1}.log", fault)
        self.workers.append(worker)
        self.watch.follow(f"worker {len(self.workers)}", worker.pid)
        return worker

    def publish(self, articles: Sequence[RawArticle], poison: int = 0) -> None:
        """Send ARTICLES in, and among them POISON records that are no articles."""
        producer = KafkaProducer(bootstrap_servers=self.wire.bootstrap.split(","), linger_ms=5)
        sent = []
        every = len(articles) // poison if poison else 0
        for number, article in enumerate(articles):
            headers = raw_headers(article, datetime.now(UTC))
            sent.append(
                producer.send(self.wire.topics.raw, article.to_bytes(), key=article.key, headers=headers)
            )
            if every and number % every == 0:
                value = b"\xff poison %d" % (len(self.published) + number)
                headers = [("x-trace", b"%d" % number)]
                producer.send(self.wire.topics.raw, value, key=article.key, headers=headers)
        producer.flush()
        producer.close()
        for future in sent:
            future.get(timeout=1)
        self.count_published()

    def count_published(self) -> None:
        """Take what lies on the input topic now, whoever sent it, for what must come out."""
        self.published = read_everything(self.wire.bootstrap, [self.wire.topics.raw], "read_committed")
        self.due = Counter(
            outgoing.topic for record in self.published for outgoing in self.flow.outcomes(record)
        )

    @property
    def came_out(self) -> int:
        """How many results and dead letters there are so far."""
        return self.watch.counts[self.wire.topics.enriched] + self.watch.counts[self.wire.topics.dead]

    @property
    def is_done(self) -> bool:
        """Whether as much came out on every topic as must."""
        return all(self.watch.counts[topic] >= due for topic, due in self.due.items())

    def wait_for(self, share: float) -> None:
        """Wait until SHARE of what was sent in came out."""
        goal = int(share * len(self.published))
        wait_until(lambda: self.came_out >= goal, f"{goal} came out", PATIENCE)

    def wait_past(self, count: int) -> None:
        """Wait until more than COUNT came out."""
        wait_until(lambda: self.came_out > count, f"more than {count} came out", PATIENCE)

    def struck(self, fault: str) -> None:
        """Note that FAULT begins, or ends, now: recovery is counted from here."""
        self._faults.append((fault, time.time()))

    def verify(self, bounds: Bounds | None = None) -> Evidence:
        """Wait until all came out and all is at rest, stop the workers, and fail if anything is wrong."""
        evidence, wrong = self.look_over(bounds)
        assert not wrong, "\n".join([f"{len(wrong)} violations", *wrong[:25]])
        return evidence

    def look_over(self, bounds: Bounds | None = None) -> tuple[Evidence, list[str]]:
        """The same, but what is wrong is given back."""
        late = []
        try:
            wait_until(lambda: self.is_done, "all came out", PATIENCE)
        except AssertionError:
            missing = self.due - self.watch.counts
            late.append(f"after {PATIENCE:.0f} s there still was to come: {dict(missing)}")
        for worker in self.workers:
            if worker.running:
                await_ready(worker)
                status = worker.stop()
                assert status == 0, f"exit status {status}\n{worker.tail()}"
        evidence = self._evidence()
        return evidence, [*late, *violations(evidence, self.flow, bounds)]

    def end(self) -> None:
        """Leave nothing running."""
        for worker in self.workers:
            worker.end()
        self.watch.stop()

    def show_logs(self) -> None:
        """Print the ends of the workers' logs: when a test fails, they are shown."""
        for worker in self.workers:
            print(f"--- {worker.log.name}\n{worker.tail(25)}")

    def _evidence(self) -> Evidence:
        bootstrap, flow = self.wire.bootstrap, [self.wire.topics.raw, *self.outputs]
        end, stable = rest_of(bootstrap, flow)
        final = read_everything(bootstrap, flow, "read_committed")
        read = sum(record.topic != self.wire.topics.raw for record in final)
        deadline = time.monotonic() + 30
        while len(self.watch.seen) < read and time.monotonic() < deadline:
            time.sleep(0.05)
        self.watch.stop()
        return Evidence(
            final=final,
            concurrent=list(self.watch.seen),
            uncommitted=read_everything(bootstrap, flow, "read_uncommitted"),
            committed=committed_by(bootstrap, self.wire.group, list(self.flow.reads)),
            stable=stable,
            end=end,
            open_transactions=open_transactions(bootstrap, self.wire.group),
            recoveries=self._recoveries(),
            samples=self.watch.samples,
            repartitioned=self.repartitioned,
        )

    def _recoveries(self) -> list[Recovery]:
        """For each fault, when the first record arrived that was written after it."""
        recoveries = []
        written = list(zip(self.watch.seen, self.watch.arrived, strict=False))
        for fault, at in self._faults:
            after = [arrived for record, arrived in written if record.timestamp > at * 1000]
            if after:
                recoveries.append(Recovery(fault, min(after) - at))
        return recoveries


def seen(record: object) -> Seen:
    """A record of the client as the checker wants it."""
    r: Any = record
    return Seen(r.topic, r.partition, r.offset, r.key, r.value, tuple(map(tuple, r.headers)), r.timestamp)


def consumer_of(bootstrap: str, isolation: str) -> KafkaConsumer:
    """A consumer in no group, of partitions that are still to be assigned."""
    return KafkaConsumer(
        bootstrap_servers=bootstrap.split(","),
        isolation_level=isolation,
        enable_auto_commit=False,
        group_id=None,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=100,
        metadata_max_age_ms=2000,
        max_poll_records=5000,
    )


def read_everything(bootstrap: str, topics: Sequence[str], isolation: str) -> list[Seen]:
    """Every record of TOPICS up to the end that they have now, by partition in order of offsets."""
    ends = end_offsets(Connection(bootstrap), topics, isolation)
    consumer = consumer_of(bootstrap, isolation)
    records: list[Seen] = []
    try:
        partitions = [partition for partition, end in ends.items() if end > 0]
        consumer.assign(partitions)
        consumer.seek_to_beginning(*partitions)
        deadline = time.monotonic() + PATIENCE
        while any(consumer.position(partition) < ends[partition] for partition in partitions):
            assert time.monotonic() < deadline, f"{topics} were not read to their ends"
            for polled in consumer.poll(timeout_ms=200).values():
                records += map(seen, polled)
    finally:
        consumer.close()
    return sorted(records, key=lambda record: record[:3])


def rest_of(bootstrap: str, topics: Sequence[str]) -> tuple[dict[Partition, int], dict[Partition, int]]:
    """High watermarks and last stable offsets, once they agree or a transaction's time is up."""
    deadline = time.monotonic() + REST_SECONDS
    while True:
        end = {
            tuple(at): offset
            for at, offset in end_offsets(Connection(bootstrap), topics, "read_uncommitted").items()
        }
        stable = {
            tuple(at): offset
            for at, offset in end_offsets(Connection(bootstrap), topics, "read_committed").items()
        }
        if end == stable or time.monotonic() > deadline:
            return end, stable
        time.sleep(0.5)


def committed_by(bootstrap: str, group: str, topics: Sequence[str]) -> dict[Partition, int]:
    """Offsets that GROUP has committed, partitions without one left out."""
    partitions = list(end_offsets(Connection(bootstrap), topics))
    with administer(Connection(bootstrap)) as admin:
        offsets = admin.list_group_offsets({group: partitions})[group]
    return {tuple(at): found.offset for at, found in offsets.items() if found.offset >= 0}


def open_transactions(bootstrap: str, group: str) -> list[str]:
    """Transactions of GROUP's lanes that are still open once there are none, or once their time is up."""
    deadline = time.monotonic() + REST_SECONDS
    while True:
        with administer(Connection(bootstrap)) as admin:
            listed = admin.list_transactions(state_filters=list(OPEN))
        found = [
            f"{one.transactional_id} ({one.state.value})"
            for broker in listed.values()
            for one in broker
            if one.transactional_id.startswith(f"{group}.")
        ]
        if not found or time.monotonic() > deadline:
            return found
        time.sleep(0.5)


async def intrude(wire: Wire, transactional_id: str) -> None:
    """Fence the lane's producer and leave a transaction open, as a worker does that then dies."""
    producer = AIOKafkaProducer(
        bootstrap_servers=wire.bootstrap, transactional_id=transactional_id, transaction_timeout_ms=15_000
    )
    await producer.start()
    try:
        await producer.begin_transaction()
        await producer.send(wire.topics.replays, b"stranger", key=b"stranger")
        await producer.flush()
    except AIOKafkaError:
        pass  # fenced in its turn, sooner than it could
    finally:
        # Not stop(): that would end the transaction in order.
        await producer.client.close()
