"""A rolling update under load: `python -m tests.benchmarks.rolling`, on its own embedded broker.

Three workers with static names share 12 partitions and 50 articles a second. One after another is stopped
with SIGTERM and started again, as an orchestrator does it: the next one is stopped once the last one is
ready. The figures are the longest time without any result, the longest time without a result in one
partition, the time from publish to result, and how often the group rebalanced. Every article must come out
once.
"""

from __future__ import annotations

import argparse
import http.client
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from kafka import KafkaProducer

from streams.broker import EmbeddedBroker
from streams.host_port import parse_address
from streams.kafka.admin import administer, create_topics
from streams.kafka.connection import Connection
from streams.provisioning import wire_topics
from streams.settings import Settings
from streams.topics import Topics
from tests.benchmarks.contenders import consumer_of, noop, wireroom
from tests.benchmarks.scraper import free_address
from tests.benchmarks.wire import event_of, seed_articles

PATIENCE = 120.0  # seconds until an awaited event must have happened
STABLE = "Stable"


class Member:
    """A worker with a static name, which can be stopped and started again."""

    def __init__(self, name: str, environment: dict[str, str], log: Path, *, is_idle: bool) -> None:
        self._address = free_address()
        self._command = noop("events", self._address) if is_idle else wireroom()
        self._log = log
        self._environment = {**environment, "WIREROOM_HTTP": self._address}
        if name:
            self._environment["WIREROOM_INSTANCE"] = name
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the worker."""
        with self._log.open("ab") as output:
            self._process = subprocess.Popen(
                (sys.executable, *self._command), env=self._environment, stderr=output
            )

    def stop(self) -> float:
        """Stop the worker with SIGTERM, and return the seconds until it has ended."""
        began = time.monotonic()
        if self._process is not None:
            self._process.terminate()
            self._process.wait(PATIENCE)
        return time.monotonic() - began

    def await_ready(self) -> float:
        """Return the seconds until the worker is ready."""
        began = time.monotonic()
        while not self._is_ready():
            if time.monotonic() > began + PATIENCE:
                raise SystemExit(f"a worker was not ready in {PATIENCE:.0f} s; see {self._log}")
            time.sleep(0.05)
        return time.monotonic() - began

    def _is_ready(self) -> bool:
        connection = http.client.HTTPConnection(*parse_address(self._address), timeout=5)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()


@dataclass
class Flow:
    """Publishes articles at a steady rate, and notes when each came out and where."""

    bootstrap: str
    wire: Topics
    rate: float
    sent: dict[bytes, float] = field(default_factory=dict)  # monotonic time, by key
    came: list[tuple[float, int, bytes]] = field(default_factory=list)  # monotonic time, partition, key
    _over: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Publish and read; at the end wait until every article has come out."""
        threads = [threading.Thread(target=work, daemon=True) for work in (self._publish, self._read)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
        for thread in threads:
            thread.join()

    def _publish(self) -> None:
        samples = seed_articles(300)
        producer = KafkaProducer(bootstrap_servers=self.bootstrap, linger_ms=5)
        began = time.monotonic()
        while not self._over.is_set():
            number = len(self.sent)
            if time.monotonic() < began + number / self.rate:
                time.sleep(0.002)
                continue
            sample = samples[number % len(samples)]
            key, value, headers = event_of(sample.model_copy(update={"article_id": f"article {number}"}))
            self.sent[key] = time.monotonic()
            producer.send(self.wire.raw, value, key=key, headers=headers)
        producer.close()

    def _read(self) -> None:
        consumer = consumer_of(self.bootstrap, self.wire.enriched)
        deadline = None
        while deadline is None or (len(self.came) < len(self.sent) and time.monotonic() < deadline):
            polled = consumer.poll(timeout_ms=20)
            now = time.monotonic()
            for records in polled.values():
                self.came += [(now, record.partition, record.key) for record in records]
            if polled or deadline is None:
                deadline = now + PATIENCE if self._over.is_set() else None
        consumer.close()


@dataclass
class GroupWatch:
    """Looks at the group ten times a second, and notes the times in which it is not stable."""

    connection: Connection
    group: str
    unstable: list[float] = field(default_factory=list)  # seconds of each rebalance
    _over: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Look at the group meanwhile."""
        thread = threading.Thread(target=self._run, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join(PATIENCE)

    def _run(self) -> None:
        since: float | None = None
        with administer(self.connection) as admin:
            while not self._over.wait(0.1):
                state = str(admin.describe_groups([self.group])[self.group]["group_state"])
                now = time.monotonic()
                if state != STABLE:
                    since = since or now
                elif since is not None:
                    self.unstable.append(now - since)
                    since = None


def longest_gap(times: Sequence[float], began: float, ended: float) -> float:
    """Return the longest time without one of `times`, which are in order, from `began` to `ended`."""
    inside = [began, *(at for at in times if began < at < ended), ended]
    return max(later - earlier for earlier, later in pairwise(inside))


def report(flow: Flow, watch: GroupWatch, began: float, ended: float) -> bool:
    """Print the figures between `began` and `ended`; return True if every article came out once."""
    by_partition: dict[int, list[float]] = defaultdict(list)
    for at, partition, _ in flow.came:
        by_partition[partition].append(at)
    counts = Counter(key for _, _, key in flow.came)
    twice = sum(count > 1 for count in counts.values())
    lost = sum(key not in counts for key in flow.sent)
    took = sorted(at - flow.sent[key] for at, _, key in flow.came if began < flow.sent[key] < ended)
    whole = longest_gap([at for at, _, _ in flow.came], began, ended)
    one = max(longest_gap(times, began, ended) for times in by_partition.values())
    print(f"{len(flow.sent):,} articles at {flow.rate:.0f}/s: {lost} lost, {twice} twice")
    print(
        f"longest time without a result {whole:.2f} s, in one of {len(by_partition)} partitions {one:.2f} s"
    )
    print(f"publish to result p50 {statistics.median(took):.2f} s, "
          f"p99 {took[int(len(took) * 0.99)]:.2f} s, longest {took[-1]:.2f} s")  # fmt: skip
    print(f"{len(watch.unstable)} rebalances, {sum(watch.unstable):.1f} s together")
    return not lost and not twice


def roll(members: Sequence[Member], pause: float) -> None:
    """Restart one member after another, with `pause` seconds between them."""
    for number, member in enumerate(members):
        stopping = member.stop()
        member.start()
        starting = member.await_ready()
        print(f"worker {number}: stopped in {stopping:.1f} s, ready {starting:.1f} s after its start")
        time.sleep(pause)


def main() -> None:
    """Measure one rolling update."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rate", type=float, default=50, help="articles per second")
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--partitions", type=int, default=12)
    parser.add_argument("--pause", type=float, default=5, help="seconds between two workers")
    parser.add_argument("--nameless", action="store_true", help="without static names, for comparison")
    parser.add_argument("--noop", action="store_true", help="without enrichment, where the machine is busy")
    options = parser.parse_args()
    name = f"bench-{uuid.uuid4().hex[:8]}"
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        bootstrap = stack.enter_context(EmbeddedBroker(folder)).bootstrap
        settings = Settings(topic_prefix=name, partitions=options.partitions)
        create_topics(Connection(bootstrap), wire_topics(settings))
        environment = {
            **os.environ,
            "WIREROOM_BROKER": bootstrap,
            "WIREROOM_TOPIC_PREFIX": name,
            "WIREROOM_GROUP": name,
        }
        members = [
            Member(
                "" if options.nameless else f"w{number}",
                environment,
                folder / f"worker-{number}.log",
                is_idle=options.noop,
            )
            for number in range(options.workers)
        ]
        for member in members:
            member.start()
            stack.callback(member.stop)
        for member in members:
            member.await_ready()
        flow, watch = Flow(bootstrap, Topics(name), options.rate), GroupWatch(Connection(bootstrap), name)
        with watch.running(), flow.running():
            time.sleep(2 * options.pause)  # until all are warm
            began = time.monotonic()
            roll(members, options.pause)
            ended = time.monotonic()
        print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        if not report(flow, watch, began, ended):
            sys.exit(1)


if __name__ == "__main__":
    main()
