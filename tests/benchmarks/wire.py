"""What the streaming costs: `python -m tests.benchmarks.wire`, on an embedded broker of its own.

Three tables:

- CPU per article of the three-stage worker with its enrichment replaced by a no-op, beside a hand-written
  aiokafka loop that passes the same bytes over the same three hops with transactions; start-up and a tenth of
  the articles as warm-up are left out of both. `bytes` passes records as they are, as the peer
  does; `events` decodes and encodes them at each hop, as a worker must.
- Latency from publish to news.enriched at 20 articles a second, enrichment as shipped.
- Memory of that worker.

Rounds are interleaved; ratios are of medians.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from streams.admin import create_topics, wire_topics
from streams.broker import EmbeddedBroker
from streams.commands.demo import seeds
from streams.events import RawArticle
from streams.settings import Settings
from streams.topics import Topics

KINDS = ("aiokafka loop", "wireroom bytes", "wireroom events")
PATIENCE = 180.0


def command(kind: str, bootstrap: str, prefix: str) -> list[str]:
    """How to start the contender KIND on the topics under PREFIX."""
    if kind == "aiokafka loop":
        return [sys.executable, "-m", "tests.benchmarks.peers", bootstrap, prefix, prefix, "500"]
    if kind == "wireroom":
        return [
            sys.executable,
            "-c",
            "from streams.cli import main; main()",
            "worker",
            "--log-level",
            "ERROR",
        ]
    return [sys.executable, "-m", "tests.benchmarks.noop", kind.split()[1]]


@contextmanager
def running(kind: str, bootstrap: str, prefix: str) -> Iterator[psutil.Process]:
    """The contender KIND as a process, ended afterwards."""
    environment = {
        **os.environ,
        "WIREROOM_BROKER": bootstrap,
        "WIREROOM_TOPIC_PREFIX": prefix,
        "WIREROOM_GROUP": prefix,
    }
    process = subprocess.Popen(command(kind, bootstrap, prefix), env=environment)
    try:
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(30)


def fresh_wire(bootstrap: str) -> Topics:
    """New topics that no other round has used."""
    prefix = f"bench-{uuid.uuid4().hex[:8]}"
    create_topics(bootstrap, wire_topics(Settings(topic_prefix=prefix)))
    return Topics(prefix)


def consumer_of(bootstrap: str, topic: str) -> KafkaConsumer:
    """A read_committed reader of the whole of TOPIC."""
    consumer = KafkaConsumer(
        bootstrap_servers=bootstrap, isolation_level="read_committed", enable_auto_commit=False,
        fetch_max_wait_ms=20,
    )  # fmt: skip
    partitions = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic)]
    consumer.assign(partitions)
    consumer.seek_to_beginning(*partitions)
    return consumer


def cpu_seconds(process: psutil.Process) -> float:
    """User and system time that PROCESS and its children have used."""
    times = [one.cpu_times() for one in (process, *process.children(recursive=True))]
    return float(sum(time.user + time.system for time in times))


def overhead_round(kind: str, bootstrap: str, bodies: Sequence[bytes]) -> tuple[float, float]:
    """CPU microseconds an article and articles a second over BODIES, after a tenth of them as warm-up."""
    wire = fresh_wire(bootstrap)
    producer = KafkaProducer(bootstrap_servers=bootstrap, linger_ms=5)
    consumer = consumer_of(bootstrap, wire.enriched)
    seen = sent = 0

    def pass_on(part: Sequence[bytes]) -> None:
        nonlocal seen, sent
        for body in part:
            producer.send(wire.raw, body, key=body[15 : body.index(b'"', 15)])
            sent += 1
        producer.flush()
        deadline = time.monotonic() + PATIENCE
        while seen < sent:
            seen += sum(map(len, consumer.poll(timeout_ms=50).values()))
            if time.monotonic() > deadline:
                raise SystemExit(f"{kind}: {seen} of {sent} after {PATIENCE:.0f} s")

    with running(kind, bootstrap, wire.prefix) as process:
        pass_on(bodies[: len(bodies) // 10])
        cpu, began = cpu_seconds(process), time.monotonic()
        pass_on(bodies)
        used, took = cpu_seconds(process) - cpu, time.monotonic() - began
    consumer.close()
    producer.close()
    return used / len(bodies) * 1e6, len(bodies) / took


def overhead(bootstrap: str, rounds: int, articles: int) -> None:
    """Print the first table."""
    body = "Talks between Norway and Chile went on in Santiago, the ministry said. " * 55
    events = [RawArticle(article_id=f"a{n}", body=f"{n} {body}").to_bytes() for n in range(articles)]
    cost: dict[str, list[float]] = {kind: [] for kind in KINDS}
    rate: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for _ in range(rounds):
        for kind in KINDS:
            microseconds, per_second = overhead_round(kind, bootstrap, events)
            cost[kind].append(microseconds)
            rate[kind].append(per_second)
    base = statistics.median(cost[KINDS[0]])
    print(f"\nthree hops, {articles:,} events of {len(events[0]):,} bytes, {rounds} rounds, medians")
    print(f"{'':18}{'CPU us/article':>16}{'ratio':>8}{'articles/s':>12}")
    for kind in KINDS:
        median = statistics.median(cost[kind])
        print(f"{kind:18}{median:16.0f}{median / base:8.2f}{statistics.median(rate[kind]):12,.0f}")


def latency(bootstrap: str, seconds: int, per_second: int = 20) -> None:
    """Print the second and third table."""
    from producers.sources import ArticleReader, find_sources

    reader = ArticleReader(print, print, 8_000_000)
    samples = [found.article for found in reader.read(find_sources([seeds()], print, print))]
    wire = fresh_wire(bootstrap)
    producer = KafkaProducer(bootstrap_servers=bootstrap)
    consumer = consumer_of(bootstrap, wire.enriched)
    sent: dict[bytes, float] = {}
    took: list[float] = []

    def publish_one(name: str) -> None:
        sample = samples[len(sent) % len(samples)]
        article = sample.model_copy(update={"article_id": name})
        sent[article.key] = time.monotonic()
        producer.send(wire.raw, article.to_bytes(), key=article.key)

    def collect(timeout_ms: int) -> None:
        for records in consumer.poll(timeout_ms=timeout_ms).values():
            now = time.monotonic()
            took.extend(now - sent[record.key] for record in records)

    with running("wireroom", bootstrap, wire.prefix) as process:
        for name in ("warm-1", "warm-2", "warm-3"):
            publish_one(name)
        deadline = time.monotonic() + PATIENCE
        while len(took) < len(sent) and time.monotonic() < deadline:
            collect(100)
        took.clear()
        warm = len(sent)
        began = time.monotonic()
        count = seconds * per_second
        while len(sent) - warm < count:
            if time.monotonic() >= began + (len(sent) - warm) / per_second:
                publish_one(f"a{len(sent)}")
            collect(5)
        deadline = time.monotonic() + PATIENCE
        while len(took) < count and time.monotonic() < deadline:
            collect(100)
        memory = sum(one.memory_info().rss for one in (process, *process.children(recursive=True)))
    took.sort()
    print(
        f"\npublish to {wire.enriched.split('.')[-1]} at {per_second} articles/s for {seconds} s, all stages"
    )
    print(f"articles {len(took)} of {count}   p50 {took[len(took) // 2] * 1000:.0f} ms   "
          f"p99 {took[int(len(took) * 0.99)] * 1000:.0f} ms   worker {memory / 2**20:.0f} MB")  # fmt: skip


def main() -> None:
    """Run all of it, or one part."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--articles", type=int, default=20_000)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--only", choices=["overhead", "latency"])
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, EmbeddedBroker(Path(folder)) as broker:
        if chosen.only != "latency":
            overhead(broker.bootstrap, chosen.rounds, chosen.articles)
        if chosen.only != "overhead":
            latency(broker.bootstrap, chosen.seconds)


if __name__ == "__main__":
    main()
