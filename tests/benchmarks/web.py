"""Load of the live page: viewers at a rate of articles. `python -m tests.benchmarks.web --help`.

Starts a broker and `wireroom web`, writes enriched articles to the topic, and connects viewers with different
filters. Reports the CPU and the memory of the server, whether every viewer got every event that its filter
admits, and with --paint the time until Chromium shows the first articles.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import orjson
import psutil
from kafka import KafkaProducer

from streams.broker import EmbeddedBroker
from streams.events import EnrichedArticle, RawArticle
from streams.headers import rfc3339
from streams.host_port import Address
from streams.kafka.admin import create_topics
from streams.kafka.connection import Connection
from streams.loading import load_enricher
from streams.provisioning import wire_topics
from streams.settings import Settings
from tests.broker.wire import wait_until, wireroom
from tests.web.pages import Page

SEEDS = Path(__file__).parents[2] / "seeds"
LABELS = (None, "climate", "diplomacy", "economy")
PORT = 8765


def main() -> None:
    """Measure, and print a line for each figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--viewers", type=int, default=200)
    parser.add_argument("--rate", type=float, default=100.0, help="articles per second")
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--history", type=int, default=10_000, help="articles on the topic before")
    parser.add_argument("--paint", action="store_true", help="measure the first paint in Chromium")
    options = parser.parse_args()
    samples = enriched_seeds()
    with tempfile.TemporaryDirectory() as folder, EmbeddedBroker(Path(folder)) as broker:
        settings = Settings(broker=broker.bootstrap, security_protocol="PLAINTEXT", group="bench")
        create_topics(Connection.from_settings(settings), wire_topics(settings))
        writer = Writer(broker.bootstrap, settings.topics.enriched, samples)
        for _ in range(options.history):
            writer.write()
        writer.flush()
        with serving(broker.bootstrap) as (page, process):
            began = time.monotonic()
            wait_until(lambda: page.ask("/state").json["loaded"], "the history is read", timeout=300)
            print(f"history of {options.history:,} articles read in {time.monotonic() - began:.1f} s")
            if options.paint:
                print(f"first paint after {first_paint(page.url):.0f} ms")
                print(f"100 articles after {articles_shown(page.url):.0f} ms")
            asyncio.run(load(page, process, writer, options.viewers, options.rate, options.seconds))


def enriched_seeds() -> Sequence[EnrichedArticle]:
    """Return the sample articles, enriched."""
    enricher = load_enricher()
    raw = [RawArticle(body=path.read_text(), publisher=path.stem) for path in sorted(SEEDS.glob("*.txt"))]
    return enricher.enrich(raw)


class Writer:
    """Writes enriched articles, each with an id of its own, and remembers how many have each label."""

    def __init__(self, bootstrap: str, topic: str, samples: Sequence[EnrichedArticle]) -> None:
        self._producer = KafkaProducer(bootstrap_servers=bootstrap, linger_ms=5)
        self._topic = topic
        self._samples = samples
        self._count = 0
        self.written: dict[str | None, set[str]] = {label: set() for label in LABELS}

    def write(self) -> None:
        """Write the next article."""
        sample = self._samples[self._count % len(self._samples)]
        article = sample.model_copy(update={"article_id": f"bench-{self._count}"})
        self._count += 1
        headers = [("ce_time", rfc3339(datetime.now(UTC)).encode())]
        self._producer.send(self._topic, key=article.key, value=article.to_bytes(), headers=headers)
        self.written[None].add(article.article_id)
        for label in article.labels:
            if label.label in self.written:
                self.written[label.label].add(article.article_id)

    def flush(self) -> None:
        """Wait until all are acknowledged."""
        self._producer.flush()


@contextmanager
def serving(bootstrap: str) -> Iterator[tuple[Page, psutil.Process]]:
    """Run `wireroom web`, and yield the page and the process."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("WIREROOM_")}
    environment |= {"WIREROOM_BROKER": bootstrap, "WIREROOM_GROUP": "bench"}
    command = [wireroom(), "web", "--listen", f"127.0.0.1:{PORT}"]
    process = subprocess.Popen(command, env=environment, stderr=sys.stderr)
    page = Page(Address("127.0.0.1", PORT), process.terminate)
    try:
        wait_until(lambda: answers(page), "the server answers")
        yield page, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(30)


def answers(page: Page) -> bool:
    """Return True if the server answers."""
    try:
        return page.ask("/livez").status == 200
    except OSError:
        return False


async def load(
    page: Page, process: psutil.Process, writer: Writer, viewers: int, rate: float, seconds: float
) -> None:
    """Connect `viewers`, write at `rate` for `seconds`, and print what it took and what they got."""
    for each in writer.written.values():
        each.clear()
    got: list[set[str]] = [set() for _ in range(viewers)]
    twice = [0]
    labels = [LABELS[number % len(LABELS)] for number in range(viewers)]
    ready = asyncio.Semaphore(0)
    tasks = [
        asyncio.create_task(watch(page.address, label, seen, twice, ready))
        for label, seen in zip(labels, got, strict=True)
    ]
    for _ in tasks:
        await ready.acquire()
    memory, before, began = 0, process.cpu_times(), time.monotonic()
    for number in range(int(rate * seconds)):
        await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
        writer.write()
        if number % max(1, int(rate)) == 0:
            memory = max(memory, process.memory_info().rss)
    await asyncio.to_thread(writer.flush)
    took = time.monotonic() - began
    after = process.cpu_times()
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and any(
        len(seen) < len(writer.written[label]) for label, seen in zip(labels, got, strict=True)
    ):
        await asyncio.sleep(0.1)
    missing = sum(len(writer.written[label] - seen) for label, seen in zip(labels, got, strict=True))
    cpu = (after.user + after.system - before.user - before.system) / took
    delivered = sum(map(len, got))
    print(f"{viewers} viewers, {rate:g} articles/s for {took:.0f} s")
    print(f"{cpu:.2f} cores, {memory / 1e6:.0f} MB at most")
    print(f"{delivered:,} events delivered, {missing} missing, {twice[0]} twice")
    for task in tasks:
        task.cancel()


async def watch(
    address: Address, label: str | None, seen: set[str], twice: list[int], ready: asyncio.Semaphore
) -> None:
    """Read events as a viewer, and note their articles in `seen`."""
    reader, writer = await asyncio.open_connection(*address)
    query = f"last=0&label={label}" if label else "last=0"
    writer.write(f"GET /events?{query} HTTP/1.1\r\nHost: {address}\r\n\r\n".encode())
    await reader.readuntil(b"\r\n\r\n")
    await reader.readline()  # the first chunk is there: the server has begun
    ready.release()
    while line := await reader.readline():
        if line.startswith(b"data: "):
            article_id = orjson.loads(line[6:])["article_id"]
            twice[0] += article_id in seen
            seen.add(article_id)


def first_paint(url: str) -> float:
    """Return the milliseconds until Chromium paints the page."""
    return _measure(url, "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime")


def articles_shown(url: str) -> float:
    """Return the milliseconds until 100 articles are in the page."""
    return _measure(url, "() => document.querySelectorAll('#river > li').length >= 100 && performance.now()")


def _measure(url: str, script: str) -> float:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(url)
        value = float(page.wait_for_function(script, polling=20).json_value())
        browser.close()
    return value


if __name__ == "__main__":
    main()
