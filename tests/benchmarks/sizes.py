"""What an article takes: bytes on each topic, and CPU time: `python -m tests.benchmarks.sizes`.

An embedded broker and one worker with all stages get articles of as many words as asked for, made of the
paragraphs of seeds/ in another order each. The bytes are those of the broker's log, with keys, headers and
batches, as they are written and with the compression that the broker does itself (`compression.type=zstd` on
the topics). The CPU time is that of both processes of the worker, after a first part that warms up.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import click
from prometheus_client.parser import text_string_to_metric_families

from producers import publish
from streams.broker import EmbeddedBroker
from streams.enrich import STAGES, load_enricher
from streams.events import RawArticle
from streams.kafka.admin import administer, create_topics
from streams.kafka.connection import Connection
from streams.provisioning import wire_topics
from streams.settings import Settings
from tests.benchmarks.scraper import free_address, scrape
from tests.benchmarks.wire import seed_articles
from tests.broker.wire import Wire, Worker, wait_until

PATIENCE = 600.0
SEEDS = 40  # more than there are


@click.command()
@click.option("--articles", default=400, show_default=True, help="Articles, after a quarter to warm up.")
@click.option("--words", default=600, show_default=True, help="Words of each article.")
def main(articles: int, words: int) -> None:
    """Print the bytes on each topic and the CPU time of an article."""
    paragraphs = _paragraphs()
    made = [_article(number, paragraphs, words) for number in range(articles + articles // 4)]
    with tempfile.TemporaryDirectory() as folder:
        for compression in ("producer", "zstd"):
            _measure(Path(folder) / compression, made, articles // 4, compression)


def _measure(folder: Path, articles: list[RawArticle], warming: int, compression: str) -> None:
    """Print the figures with this `compression.type` of the topics."""
    folder.mkdir()
    address = free_address()
    with EmbeddedBroker(folder / "broker", cache=Settings().data) as broker:
        wire = Wire(broker.bootstrap, prefix="news", group="news")
        specs = wire_topics(wire.settings)
        compressed = [replace(s, config={**s.config, "compression.type": compression}) for s in specs]
        create_topics(wire.connection, compressed)
        worker = Worker({**wire.environment, "WIREROOM_HTTP": address}, [], folder / "log")
        try:
            publish(articles[:warming], settings=wire.settings)
            _wait(address, warming)
            before, began = _sizes(wire.connection), time.monotonic()
            used = _metrics(address)
            publish(articles[warming:], settings=wire.settings)
            _wait(address, len(articles))
            seconds = time.monotonic() - began
            _print_sizes(before, _sizes(wire.connection), len(articles) - warming, compression)
            if compression == "producer":
                _print_times(used, _metrics(address), len(articles) - warming, seconds)
        finally:
            worker.end()


def _print_sizes(
    before: Mapping[str, int], after: Mapping[str, int], articles: int, compression: str
) -> None:
    click.echo(f"\nbytes an article, compression.type={compression}, {articles} articles")
    grown: dict[str, float] = {}
    for topic in sorted(after):
        name = "news.labels.*" if topic.startswith("news.labels.") else topic
        grown[name] = grown.get(name, 0) + (after[topic] - before.get(topic, 0)) / articles
    for name, size in [*grown.items(), ("all topics", sum(grown.values()))]:
        click.echo(f"{name:24}{size:10,.0f}")


def _print_times(
    before: Mapping[str, float], after: Mapping[str, float], articles: int, seconds: float
) -> None:
    spent = {name: (after[name] - before[name]) / articles * 1000 for name in after}
    click.echo(f"\n{articles / seconds:.0f} articles/s; CPU ms an article: ", nl=False)
    click.echo(f"worker {spent['worker']:.1f}, stage process {spent['stage']:.1f}")
    click.echo("ms in a stage: " + ", ".join(f"{stage} {spent[f'in {stage}']:.1f}" for stage in STAGES))


def _wait(address: str, articles: int) -> None:
    """Return when as many `articles` are enriched."""
    wait_until(
        lambda: _metrics(address).get("done", 0) >= articles,
        f"{articles} articles are enriched",
        timeout=PATIENCE,
    )


def _metrics(address: str) -> dict[str, float]:
    """Return the articles that are done, the CPU seconds of each process, and the seconds in each stage."""
    try:
        page = scrape(address).decode()
    except OSError:
        return {}
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            if sample.name == "wireroom_process_cpu_seconds_total":
                found[sample.labels["process"]] = sample.value
            elif sample.name == "wireroom_stage_duration_seconds_sum":
                found[f"in {sample.labels['stage']}"] = sample.value
            elif sample.name == "wireroom_articles_total" and sample.labels["stage"] == "labels":
                found["done"] = found.get("done", 0) + sample.value
    return found


def _sizes(connection: Connection) -> dict[str, int]:
    """Return the bytes of each topic's log."""
    sizes: dict[str, int] = {}
    with administer(connection) as admin:
        for broker in admin.describe_log_dirs():
            for folder in broker["log_dirs"]:
                for topic in folder["topics"]:
                    name = topic["name"]
                    if name.startswith("news."):
                        sizes[name] = sum(part["partition_size"] for part in topic["partitions"])
    return sizes


def _paragraphs() -> list[str]:
    """Return the paragraphs of seeds/ as a reader sees them, each once."""
    enricher = load_enricher()
    texts = [enricher.clean(raw).text for raw in seed_articles(SEEDS)]
    return sorted({part for text in texts for part in text.split("\n\n") if len(part.split()) > 12})


def _article(number: int, paragraphs: list[str], words: int) -> RawArticle:
    """Return an article of about as many `words`, with the paragraphs in an order of its own."""
    chosen: list[str] = []
    for paragraph in random.Random(number).sample(paragraphs, len(paragraphs)):
        chosen.append(paragraph)
        if sum(len(part.split()) for part in chosen) >= words:
            break
    return RawArticle(
        article_id=f"a{number}",
        publisher="Continental Wire",
        url=f"https://www.example.com/news/{number}",
        headline=chosen[0][:80],
        body="\n\n".join(chosen[1:]),
    )


if __name__ == "__main__":
    main()
