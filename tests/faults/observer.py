"""Collects the checker's evidence from a real broker, during a run and after it."""

from __future__ import annotations

import os
import random
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
from streams.kafka.admin import administer
from streams.kafka.connection import Connection
from streams.kafka.offsets import end_offsets
from streams.kafka.transactions import TRANSACTION_TIMEOUT_MS
from tests.broker.wire import Wire, Worker, wait_until
from tests.faults.checker import Bounds, Evidence, Flow, Partition, Recovery, Sample, Seen, violations

ROOT = Path(__file__).parents[2]
PATIENCE = 300.0  # seconds until an event must have happened; only a failing test waits that long
REST_SECONDS = TRANSACTION_TIMEOUT_MS / 1000 + 20  # the broker checks for time-outs every 10 s
OPEN = ("Ongoing", "PrepareCommit", "PrepareAbort", "PrepareEpochFence")


class FaultyWorker(Worker):
    """A process of tests/faults/worker.py; `fault` is the signal that it sends itself, as `SIGKILL
    sending:2`."""

    def __init__(self, environment: dict[str, str], log: Path, fault: str | None = None) -> None:
        self.log = log
        python_path = os.pathsep.join(filter(None, [str(ROOT), environment.get("PYTHONPATH")]))
        requested = {"WIREROOM_TEST_FAULT": fault} if fault else {}
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.worker"],
                env={**environment, **requested, "PYTHONPATH": python_path},
                stdout=output,
                stderr=output,
            )


def await_ready(worker: Worker) -> None:
    """Wait until `worker` has loaded its models and runs; before that it does not handle SIGTERM."""
    wait_until(lambda: "worker ready" in worker.log.read_text(), f"{worker.log} says ready", PATIENCE)


Launch = Callable[[dict[str, str], Path, str | None], Worker]
"""Starts a worker with settings, a log file, and the fault that it causes itself, if any."""


class Watch:
    """Reads committed records during a run, and samples the processes that take part.

    `seen` is in the order of arrival; `arrived` has the clock time of each record, in seconds.
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
        """Sample the process `pid` from now on."""
        self._processes[name] = psutil.Process(pid)

    def stop(self) -> None:
        """Stop reading."""
        self._stopping.set()
        self._thread.join(30)

    def _run(self) -> None:
        consumer = consumer_of(self._bootstrap, "read_committed")
        assigned: set[TopicPartition] = set()
        sampled = 0.0
        while not self._stopping.is_set():
            if time.monotonic() - sampled > 1.0:
                sampled = time.monotonic()
                self._sample(sampled)
                assigned = self._assign(consumer, assigned)
            if not assigned:
                self._stopping.wait(0.1)
                continue
            try:
                polled = consumer.poll(timeout_ms=200)
            except KafkaError:
                continue  # the broker is away, and that is the test's fault
            for records in polled.values():
                for record in records:
                    self.counts[record.topic] += 1
                    self.seen.append(seen(record))
                    self.arrived.append(time.time())
        consumer.close()

    def _assign(self, consumer: KafkaConsumer, assigned: set[TopicPartition]) -> set[TopicPartition]:
        """Start to read the partitions that were added, and return all that are read."""
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
                for number, member in enumerate([process, *process.children()]):
                    memory, files = member.memory_info().rss, member.num_fds()
                    self.samples.append(Sample(f"{name}/{number}", now, memory, files))
            except psutil.Error:
                del self._processes[name]  # it was killed


class Run:
    """A flow of articles on `wire` under faults: publish, wait for progress, strike, and verify the result.

    `published` has the input, and `watch` the output so far.
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
            *(topic for topic in topics.flow() if topic != topics.raw),
            *map(topics.label, labels),
            topics.dead,
        ]
        self.watch = Watch(wire.bootstrap, self.outputs)
        self._logs = logs
        self._launch = launch
        self._faults: list[tuple[str, float]] = []

    def start(self, instance: str | None = None, fault: str | None = None, **settings: str) -> Worker:
        """Start another worker; `fault` is the signal that it sends itself."""
        environment = {**self.wire.environment, "WIREROOM_BATCH_SIZE": "20", **settings}
        if instance:
            environment["WIREROOM_INSTANCE"] = f"{self.wire.group}-{instance}"
        worker = self._launch(environment, self._logs / f"worker-{len(self.workers) + 1}.log", fault)
        self.workers.append(worker)
        self.watch.follow(f"worker {len(self.workers)}", worker.pid)
        return worker

    def kill_either_of_two(self, drawn: random.Random, kills: int) -> None:
        """Run two workers; kill one of them `kills` times while articles come out, and restart it."""
        workers = {name: self.start(name) for name in "ab"}
        for kill in range(1, kills + 1):
            self.wait_for(kill / (kills + 2))
            victim = drawn.choice("ab")
            workers[victim].kill()
            self.struck(f"kill {kill} of {victim}")
            workers[victim] = self.start(victim)

    def publish(self, articles: Sequence[RawArticle], poison: int = 0) -> None:
        """Publish `articles`, and among them `poison` records that are not articles."""
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
        """Expect a result for every record that the input topic has now, whoever sent it."""
        self.published = read_everything(self.wire.bootstrap, [self.wire.topics.raw], "read_committed")
        self.due = Counter(
            outgoing.topic for record in self.published for outgoing in self.flow.outcomes(record)
        )
        for topic, reader in self.flow.stateful.items():
            self.due[reader.output] = self.due[topic]

    @property
    def came_out(self) -> int:
        """The number of results and dead letters so far."""
        return self.watch.counts[self.wire.topics.enriched] + self.watch.counts[self.wire.topics.dead]

    @property
    def is_done(self) -> bool:
        """True when every topic has at least as many records as it must get."""
        return all(self.watch.counts[topic] >= due for topic, due in self.due.items())

    def wait_for(self, share: float) -> None:
        """Wait until `share` (0 to 1) of the published records came out."""
        goal = int(share * len(self.published))
        wait_until(lambda: self.came_out >= goal, f"{goal} came out", PATIENCE)

    def wait_past(self, count: int) -> None:
        """Wait until more than `count` results and dead letters came out."""
        wait_until(lambda: self.came_out > count, f"more than {count} came out", PATIENCE)

    def struck(self, fault: str) -> None:
        """Note that `fault` begins or ends now; the time to recover counts from here."""
        self._faults.append((fault, time.time()))

    def verify(self, bounds: Bounds | None = None) -> Evidence:
        """Wait until everything came out, stop the workers, and fail if the checker finds a violation."""
        evidence, problems = self.inspect(bounds)
        assert not problems, "\n".join([f"{len(problems)} violations", *problems[:25]])
        return evidence

    def inspect(self, bounds: Bounds | None = None) -> tuple[Evidence, list[str]]:
        """Wait until everything came out, stop the workers, and return the evidence and its violations."""
        late = []
        try:
            wait_until(lambda: self.is_done, "all came out", PATIENCE)
        except AssertionError:
            missing = self.due - self.watch.counts
            late.append(f"after {PATIENCE:.0f} s these have not come out: {dict(missing)}")
        for worker in self.workers:
            if worker.running:
                await_ready(worker)
                status = worker.stop()
                assert status == 0, f"exit status {status}\n{worker.tail()}"
        evidence = self._evidence()
        return evidence, [*late, *violations(evidence, self.flow, bounds)]

    def end(self) -> None:
        """Stop every process."""
        for worker in self.workers:
            worker.end()
        self.watch.stop()

    def show_logs(self) -> None:
        """Print the ends of the workers' logs, which pytest shows when a test fails."""
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
            committed=committed_by(bootstrap, self.wire.group, self.flow.inputs),
            stable=stable,
            end=end,
            open_transactions=open_transactions(bootstrap, self.wire.group),
            recoveries=self._recoveries(),
            samples=self.watch.samples,
            repartitioned=self.repartitioned,
            group=self.wire.group,
        )

    def _recoveries(self) -> list[Recovery]:
        """Return for each fault the time until a record arrived that was written after it."""
        recoveries = []
        written = list(zip(self.watch.seen, self.watch.arrived, strict=False))
        for fault, at in self._faults:
            after = [arrived for record, arrived in written if record.timestamp > at * 1000]
            if after:
                recoveries.append(Recovery(fault, min(after) - at))
        return recoveries


def seen(record: object) -> Seen:
    """Return a record of the client as the checker's own type."""
    r: Any = record
    return Seen(r.topic, r.partition, r.offset, r.key, r.value, tuple(map(tuple, r.headers)), r.timestamp)


def consumer_of(bootstrap: str, isolation: str) -> KafkaConsumer:
    """Return a consumer without a group and without partitions."""
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
    """Return every record of `topics` up to their present end, by partition in order of offsets."""
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
    """Return high watermarks and last stable offsets, once they agree or every transaction has timed out."""
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
    """Return the offsets that `group` has committed; a partition without one is left out."""
    partitions = list(end_offsets(Connection(bootstrap), topics))
    with administer(Connection(bootstrap)) as admin:
        offsets = admin.list_group_offsets({group: partitions})[group]
    return {tuple(at): committed.offset for at, committed in offsets.items() if committed.offset >= 0}


def open_transactions(bootstrap: str, group: str) -> list[str]:
    """Return the open transactions of `group`'s lanes, after waiting for them to end or to time out."""
    deadline = time.monotonic() + REST_SECONDS
    while True:
        with administer(Connection(bootstrap)) as admin:
            listed = admin.list_transactions(state_filters=list(OPEN))
        still_open = [
            f"{transaction.transactional_id} ({transaction.state.value})"
            for transactions in listed.values()
            for transaction in transactions
            if transaction.transactional_id.startswith(f"{group}.")
        ]
        if not still_open or time.monotonic() > deadline:
            return still_open
        time.sleep(0.5)


async def intrude(wire: Wire, transactional_id: str) -> None:
    """Fence the lane's producer and leave a transaction open, like a worker that dies at once."""
    producer = AIOKafkaProducer(
        bootstrap_servers=wire.bootstrap, transactional_id=transactional_id, transaction_timeout_ms=15_000
    )
    await producer.start()
    try:
        await producer.begin_transaction()
        await producer.send(wire.topics.replays, b"stranger", key=b"stranger")
        await producer.flush()
    except AIOKafkaError:
        pass  # the lane fenced this producer in turn
    finally:
        # stop() would abort the transaction; this leaves it open.
        await producer.client.close()
