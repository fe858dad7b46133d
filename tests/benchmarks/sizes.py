"""What an article takes: bytes on each topic, and CPU time: `python -m tests.benchmarks.sizes`.

An embedded broker and one worker with all stages get articles of as many words as asked for, made of the
paragraphs of seeds/ in another order each. The bytes are those of the broker's log, with keys, headers and
batches, as they are written and with the compression that the broker does itself (`compression.type=zstd` on
the topics). The CPU time is that of all processes of the worker, the median of several parts after one that
warms up. `--cpu` measures that alone.
"""

from __future__ import annotations

import math
import random
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
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
from tests.broker.wire import Wire, Worker

PATIENCE = 600.0
SEEDS = 40  # more than there are
PARTS = 5
PEAK, DAY_SECONDS = 3, 86_400  # of the table in the manual: the peak is three times the average
SCRAPE_SECONDS = 0.5  # each scrape costs the worker some CPU time as well
ALL_STAGES = (*STAGES, "stories")
LAST_STAGES = ("labels", "stories")
PROCESSES = {"worker": "worker", "stage": "stage process", "state": "state process"}


@click.command()
@click.option("--articles", default=1000, show_default=True, help="Articles, after a fifth to warm up.")
@click.option("--words", default=600, show_default=True, help="Words of each article.")
@click.option("--cpu", "cpu_alone", is_flag=True, help="Measure the CPU time alone.")
def main(articles: int, words: int, cpu_alone: bool) -> None:
    """Print the bytes on each topic and the CPU time of an article."""
    paragraphs = _paragraphs()
    size = max(1, articles // PARTS)
    made = [_article(number, paragraphs, words) for number in range(size * (PARTS + 1))]
    parts = [made[at : at + size] for at in range(0, len(made), size)]
    with tempfile.TemporaryDirectory() as folder:
        for compression in ("producer",) if cpu_alone else ("producer", "zstd"):
            _measure(Path(folder) / compression, parts, compression)


def _measure(folder: Path, parts: list[list[RawArticle]], compression: str) -> None:
    """Print the figures with this `compression.type` of the topics; the first of `parts` warms up."""
    folder.mkdir()
    address = free_address()
    with EmbeddedBroker(folder / "broker", cache=Settings().data) as broker:
        wire = Wire(broker.bootstrap, prefix="news", group="news")
        specs = wire_topics(wire.settings)
        compressed = [replace(s, config={**s.config, "compression.type": compression}) for s in specs]
        create_topics(wire.connection, compressed)
        worker = Worker({**wire.environment, "WIREROOM_HTTP": address}, [], folder / "log")
        try:
            warming, *measured = parts
            _pass(wire, address, warming, len(warming))
            warm, done, uses = _sizes(wire.connection), len(warming), []
            for part in measured:
                done += len(part)
                uses.append(_pass(wire, address, part, done))
            _print_sizes(warm, _sizes(wire.connection), done - len(warming), compression)
            if compression == "producer":
                _print_times(uses)
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


def _pass(wire: Wire, address: str, articles: Sequence[RawArticle], done: int) -> dict[str, float]:
    """Publish `articles`, after which `done` have passed in all, and return what each took of the worker.

    That is milliseconds of each process and in each stage, of all processes, and the articles a second.
    """
    before, began = _metrics(address), time.monotonic()
    publish(articles, settings=wire.settings)
    deadline = began + PATIENCE
    while any((after := _metrics(address)).get(f"done {stage}", 0.0) < done for stage in LAST_STAGES):
        if time.monotonic() > deadline:
            raise SystemExit(f"after {PATIENCE:.0f} s, not all of {done} articles have passed")
        time.sleep(SCRAPE_SECONDS)
    seconds = time.monotonic() - began
    spent = {name: (after[name] - before.get(name, 0.0)) / len(articles) * 1000 for name in after}
    whole = sum(spent.get(name, 0.0) for name in PROCESSES)
    return {**spent, "all": whole, "rate": len(articles) / seconds}


def _print_times(uses: Sequence[Mapping[str, float]]) -> None:
    """Print the medians of `uses`, and what docs/operations.md reckons with."""
    median = {name: statistics.median(use.get(name, 0.0) for use in uses) for name in uses[-1]}
    click.echo(f"\n{median['rate']:.0f} articles/s; medians of {len(uses)} parts, in ms an article")
    click.echo("in a stage: " + ", ".join(f"{stage} {median[f'in {stage}']:.1f}" for stage in ALL_STAGES))
    each = ", ".join(f"{name} {median.get(key, 0.0):.1f}" for key, name in PROCESSES.items())
    low, high = min(use["all"] for use in uses), max(use["all"] for use in uses)
    click.echo(f"CPU of a worker: {median['all']:.1f} ms, {low:.1f} to {high:.1f} ({each})")
    seconds = round(median["all"]) / 1000  # as the manual has it
    peaks = [PEAK * 10**power / DAY_SECONDS for power in range(4, 10)]
    click.echo(f'\nfor docs/operations.md, "Size it": {seconds * 1000:.0f} ms, ', nl=False)
    rate = round(1 / seconds)
    click.echo(f"{rate} articles a second on each core; workers = articles a second × {seconds:.3f}")
    click.echo(f"one partition: {rate} articles a second; four: {4 * rate}")
    click.echo(f"workers at the peak: {' | '.join(str(math.ceil(peak * seconds)) for peak in peaks)}")


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
            elif sample.name == "wireroom_articles_total":
                name = f"done {sample.labels['stage']}"
                found[name] = found.get(name, 0) + sample.value
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
