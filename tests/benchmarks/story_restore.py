"""How long a worker takes to restore the index of stories from its topic.

    python -m tests.benchmarks.story_restore --articles 500000

An embedded broker gets the stories of that many made-up articles, as the stage writes them, and a state
process prepares the state. The table has wall time and the CPU time of that process.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from datetime import timedelta
from functools import partial
from pathlib import Path

import psutil
from faust.types import TP
from kafka import KafkaProducer
from rich.console import Console
from rich.table import Table

from streams.broker import EmbeddedBroker
from streams.children import load_states
from streams.kafka.admin import create_topics
from streams.kafka.connection import Connection
from streams.provisioning import wire_topics
from streams.settings import Settings
from streams.stateful import Measures
from streams.stories import StoryIndex, fingerprint_of
from streams.stories.fingerprint import decode
from streams.story_stage import story_stage
from streams.worker.state_process import StateProcess
from tests.benchmarks.story_stream import START, stream
from tests.stories.articles import article, text_about

LABELS = ("climate",)


def fill(settings: Settings, articles: int) -> int:
    """Write the stories of `articles`, and return the size of all values in bytes."""
    texts = [article(f"s{number}", text_about(number, number, 400)) for number in range(200)]
    seeds = [decode(fingerprint_of(each, START)) for each in texts]
    index, size = StoryIndex(settings.story_days), 0
    producer = KafkaProducer(bootstrap_servers=settings.broker, linger_ms=20, batch_size=250_000)
    for fingerprint in stream(seeds, articles, timedelta(days=settings.story_days) / articles):
        value = index.add(fingerprint).to_bytes()
        size += len(value)
        producer.send(settings.topics.stories, value, key=fingerprint.key, headers=[("ce_id", b"0" * 32)])
    producer.close()
    return size


def restore(settings: Settings) -> tuple[float, float, Measures]:
    """Return the wall time and the CPU time of a restore, in seconds, and what the state tells then."""
    measured: list[Measures] = []
    process = StateProcess(
        partial(load_states, settings),
        on_measures=lambda _stage, _number, each: measured.extend(filter(None, [each])),
    )
    process.launch()
    process.wait_ready()
    child = psutil.Process(process.pid)
    before = child.cpu_times()
    began = time.monotonic()
    stage = story_stage(settings.topics, settings.max_event_bytes)
    asyncio.run(process.prepare(stage, TP(settings.topics.fingerprints, 0), 1))
    seconds, after = time.monotonic() - began, child.cpu_times()
    process.stop()
    return seconds, after.user + after.system - before.user - before.system, measured[-1]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Measure the restore of the index of stories.")
    parser.add_argument("--articles", type=int, default=100_000)
    articles = parser.parse_args().articles
    with (
        tempfile.TemporaryDirectory(prefix="wireroom-restore-") as data,
        EmbeddedBroker(Path(data)) as broker,
    ):
        settings = Settings(broker=broker.bootstrap, security_protocol="PLAINTEXT", http=None)
        create_topics(Connection(broker.bootstrap), wire_topics(settings, LABELS))
        size = fill(settings, articles)
        seconds, cpu, measures = restore(settings)
    table = Table("articles", "in the index", "bytes each", "restored in", "CPU", "articles/s")
    rate = f"{articles / seconds:,.0f}"
    cells = (f"{articles:,}", f"{measures.numbers['articles']:,}", f"{size / articles:,.0f}")
    table.add_row(*cells, f"{seconds:.1f} s", f"{cpu:.1f} s", rate)
    Console().print(table)


if __name__ == "__main__":
    main()
