"""The cost of the streaming, compared with other stream processors: `make bench`, on its own embedded broker.

- `overhead`: the CPU time of the three-stage worker without its enrichment, and of a hand-written aiokafka
  loop that passes the same bytes over the same three hops with transactions. `bytes` passes records as they
  are, like that loop; `events` decodes and encodes them at each hop, as a worker must.
- `metrics`: the CPU time of the same worker without an HTTP port, and with one that is scraped every second,
  on 16 partitions; and the size and time of its /metrics.
- `peers`: the same enrichment, topics and broker under Wireroom, under hand-written loops (confluent-kafka,
  aiokafka) and under Quix Streams. "per core" is the CPU time of an article under the best peer with the same
  guarantee, divided by ours.
- `stages`: one worker for each stage, with the CPU time of its enrichment and of the streaming around it.
- `latency`: the time from publish to news.enriched, and from there to news.stories, at 20 articles per second
  and at half load.
- `growth` (only when named): the worker without enrichment on 1,000 to 100,000 articles, 1 to 16 partitions.

All contenders of a table run at once and work in turn, round by round. CPU time is that of all processes of a
contender while it works. The figures are medians; an extra round at the start warms up.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from kafka import KafkaConsumer

from producers.sources import ArticleReader, find_sources
from streams.broker import EmbeddedBroker
from streams.cli.commands.demo import seeds
from streams.enrich import STAGES
from streams.events import RawArticle
from streams.headers import raw_headers
from tests.benchmarks.contenders import (
    PATIENCE,
    Command,
    Contender,
    Event,
    Use,
    consumer_of,
    noop,
    peer,
    running,
    wireroom,
)
from tests.benchmarks.scraper import FORMS, free_address, scrape_often, scraping

EXACTLY, AT_LEAST = "exactly-once", "at-least-once"
METRICS_PARTITIONS = 16
LIBRARIES = ("confluent", "aiokafka", "quix")


def rounds_of(
    bootstrap: str, contenders: Mapping[str, Sequence[Command]], events: Sequence[Event], rounds: int
) -> tuple[dict[str, list[Use]], dict[str, int]]:
    """Return the use of each contender for `events`, round by round, and its memory in bytes at the end."""
    used: dict[str, list[Use]] = {name: [] for name in contenders}
    with ExitStack() as stack:
        started = {
            name: stack.enter_context(running(bootstrap, *commands)) for name, commands in contenders.items()
        }
        for contender in started.values():
            contender.run(events[: max(len(events) // 5, 50)])
        for _ in range(rounds):
            for name, contender in started.items():
                used[name].append(contender.run(events))
        return used, {name: contender.memory() for name, contender in started.items()}


def median(uses: Iterable[Use], figure: Callable[[Use], float]) -> float:
    """Return the median of `figure`."""
    return statistics.median(map(figure, uses))


def event_of(article: RawArticle) -> Event:
    """Return `article` as it is published."""
    return article.key, article.to_bytes(), raw_headers(article, datetime.now(UTC))


def plain_articles(count: int) -> list[Event]:
    """Return `count` articles of 4 KB."""
    body = "Talks between Norway and Chile went on in Santiago, the ministry said. " * 55
    articles = (RawArticle(article_id=f"a{number}", body=f"{number} {body}") for number in range(count))
    return [event_of(article) for article in articles]


def seed_articles(count: int) -> list[RawArticle]:
    """Return `count` articles: the seeds, repeated under different ids."""
    reader = ArticleReader(print, print, 8_000_000)
    samples = [sourced.article for sourced in reader.read(find_sources([seeds()], print, print))]
    return [
        samples[number % len(samples)].model_copy(update={"article_id": f"a{number}"})
        for number in range(count)
    ]


def overhead(bootstrap: str, rounds: int, articles: int) -> None:
    """Print the cost of three hops without any work at them."""
    loop = "aiokafka loop"
    contenders = {
        loop: [peer("aiokafka", EXACTLY, "bytes")],
        "wireroom bytes": [noop("bytes")],
        f"{loop} events": [peer("aiokafka", EXACTLY, "events")],
        "wireroom events": [noop("events")],
    }
    events = plain_articles(articles)
    used, _ = rounds_of(bootstrap, contenders, events, rounds)
    base = median(used[loop], lambda use: use.cost)
    print(f"\nthree hops, {articles:,} events of {len(events[0][1]):,} bytes, {rounds} rounds, exactly once")
    print(f"{'':22}{'CPU us/article':>16}{'ratio':>8}{'articles/s':>12}")
    for name, uses in used.items():
        cost = median(uses, lambda use: use.cost)
        print(f"{name:22}{cost:16.0f}{cost / base:8.2f}{median(uses, lambda use: use.rate):12,.0f}")


def metrics(bootstrap: str, rounds: int, articles: int) -> None:
    """Print what the metrics of a worker cost, and how large they are."""
    address = free_address()
    off, on = "no port", "scraped every second"
    events = plain_articles(articles)
    used: dict[str, list[Use]] = {off: [], on: []}
    with (
        running(bootstrap, noop("events"), partitions=METRICS_PARTITIONS) as without,
        running(bootstrap, noop("events", address), partitions=METRICS_PARTITIONS) as with_port,
    ):
        for contender in (without, with_port):
            contender.run(events)
        with scraping(address, every=1.0):
            for _ in range(rounds):
                used[off].append(without.run(events))
                used[on].append(with_port.run(events))
        pages = {accept: scrape_often(address, accept, with_port.process_cpu) for accept in FORMS}
    ratios = sorted(b.cost / a.cost for a, b in zip(used[off], used[on], strict=True))
    print(f"\nthree hops, {articles:,} events, {METRICS_PARTITIONS} partitions, {rounds} rounds in turn")
    for name, uses in used.items():
        print(f"{name:22}{median(uses, lambda use: use.cost):10.0f} CPU us/article")
    print(
        f"ratio, round by round: median {statistics.median(ratios):.3f}, {ratios[0]:.3f} to {ratios[-1]:.3f}"
    )
    for accept, page in pages.items():
        print(f"/metrics {accept or 'text/plain':30}{page.size:9,} bytes{page.cpu * 1000:8.1f} ms of CPU"
              f"{page.seconds * 1000:8.1f} ms until it was read")  # fmt: skip


def peers(bootstrap: str, rounds: int, articles: int) -> None:
    """Print the same enrichment under Wireroom and its peers."""
    ours = wireroom(*STAGES)  # the peers tell no stories
    contenders = {"wireroom": [ours], "wireroom, two workers": [ours, ours]} | {
        f"{library} {guarantee}": [peer(library, guarantee, "enrichment")]
        for guarantee in (EXACTLY, AT_LEAST)
        for library in LIBRARIES
    }
    used, memory = rounds_of(bootstrap, contenders, list(map(event_of, seed_articles(articles))), rounds)
    cost = {name: median(uses, lambda use: use.cost) for name, uses in used.items()}
    best = min(cost[f"{library} {EXACTLY}"] for library in LIBRARIES)
    print(f"\nenrichment as shipped, {articles:,} articles, {rounds} rounds")
    print(f"{'':26}{'CPU ms/article':>16}{'per core':>10}{'articles/s':>12}{'MB':>6}")
    for name, uses in used.items():
        per_core = f"{best / cost[name]:.2f}" if AT_LEAST not in name else "-"
        rate, megabytes = median(uses, lambda use: use.rate), memory[name] / 2**20
        print(f"{name:26}{cost[name] / 1000:16.2f}{per_core:>10}{rate:12,.1f}{megabytes:6.0f}")


def stages(bootstrap: str, rounds: int, articles: int) -> None:
    """Print the CPU time of each stage in its own worker."""
    contenders = {"stages": [wireroom(stage) for stage in STAGES]}
    used, _ = rounds_of(bootstrap, contenders, list(map(event_of, seed_articles(articles))), rounds)
    print(f"\na worker for each stage, {articles:,} articles, {rounds} rounds, CPU us/article")
    print(f"{'':14}{'streaming':>12}{'enrichment':>12}")
    # Each worker has three processes: its own, multiprocessing's resource tracker, and the stage process.
    for place, stage in enumerate(STAGES):
        spent = [
            statistics.median(use.cpu[3 * place + offset] / use.articles * 1e6 for use in used["stages"])
            for offset in range(3)
        ]
        print(f"{stage:14}{spent[0]:12.0f}{spent[1] + spent[2]:12.0f}")


def latency(bootstrap: str, seconds: int) -> None:
    """Print the latency at 20 articles per second and at half load, and the worker's memory."""
    articles = seed_articles(300)
    events = list(map(event_of, articles))
    with running(bootstrap, wireroom()) as worker:
        worker.run(events[:50])
        half = worker.run(events).rate / 2
        stories = consumer_of(bootstrap, worker.wire.stories)
        for per_second in (20.0, half):
            enriched, told = times_at(worker, stories, articles, per_second, seconds)
            print(f"\n{per_second:.0f} articles/s for {seconds} s, all stages; "
                  f"worker {worker.memory() / 2**20:.0f} MB")  # fmt: skip
            for way, took in (("publish to news.enriched", enriched), ("on to news.stories", told)):
                ordered = sorted(took)
                p50, p99 = ordered[len(took) // 2] * 1000, ordered[int(len(took) * 0.99)] * 1000
                print(f"{way:26} articles {len(took)}   p50 {p50:.0f} ms   p99 {p99:.0f} ms")
        stories.close()


def times_at(
    worker: Contender,
    stories: KafkaConsumer,
    articles: Sequence[RawArticle],
    per_second: float,
    seconds: int,
) -> tuple[list[float], list[float]]:
    """Publish `per_second` articles for `seconds`, and return how long each was under way, in seconds.

    First from publish to news.enriched, then from there to news.stories, which `stories` reads.
    """
    sent: dict[bytes, float] = {}
    came: dict[bytes, float] = {}
    told: dict[bytes, float] = {}
    count = int(seconds * per_second)
    began = time.monotonic()
    while min(len(came), len(told)) < count:
        now = time.monotonic()
        if len(sent) < count and now >= began + len(sent) / per_second:
            sample = articles[len(sent) % len(articles)]
            article = sample.model_copy(update={"article_id": f"{len(sent)} at {per_second:.0f}"})
            sent[article.key] = now
            worker.publish(event_of(article))
        for keys, times in ((worker.arrived(5), came), (keys_of(stories), told)):
            times.update(dict.fromkeys(sent.keys() & keys, time.monotonic()))
        if now > began + seconds + PATIENCE:
            raise SystemExit(f"{len(told)} of {count} articles came out")
    return [came[key] - sent[key] for key in sent], [told[key] - came[key] for key in sent]


def keys_of(consumer: KafkaConsumer) -> list[bytes]:
    """Return the keys of the records that have come."""
    return [record.key for records in consumer.poll(timeout_ms=5).values() for record in records]


def growth(bootstrap: str, sizes: Sequence[int], partitions: Sequence[int]) -> None:
    """Print how cost and memory of the worker without enrichment grow with articles and partitions."""
    print(f"\n{'articles':>10}{'partitions':>12}{'CPU us/article':>16}{'articles/s':>12}  MB, five times")
    cases = [(size, 4) for size in sizes] + [(10_000, count) for count in partitions]
    for size, count in cases:
        with running(bootstrap, noop("events"), partitions=count) as worker:
            worker.run(plain_articles(1000))
            events, uses, megabytes = plain_articles(size), [], []
            for part in range(5):
                uses.append(worker.run(events[part * size // 5 : (part + 1) * size // 5]))
                megabytes.append(worker.memory() // 2**20)
        cost = statistics.mean(use.cost for use in uses)
        rate = size / sum(use.seconds for use in uses)
        print(f"{size:10,}{count:12}{cost:16.0f}{rate:12,.0f}  {' '.join(map(str, megabytes))}")


def main() -> None:
    """Run the chosen measurements."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    tables = ("overhead", "metrics", "peers", "stages", "latency", "growth")
    parser.add_argument("tables", nargs="*", help=f"{', '.join(tables)}; default: all but growth")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--articles", type=int, default=200, help="enriched articles per round")
    parser.add_argument("--events", type=int, default=5000, help="articles per round of overhead")
    parser.add_argument("--seconds", type=int, default=30, help="duration of each measurement of latency")
    parser.add_argument(
        "--sizes", type=int, nargs="+", default=[1000, 10_000, 100_000], help="numbers of articles for growth"
    )
    parser.add_argument(
        "--partitions", type=int, nargs="+", default=[1, 4, 16], help="numbers of partitions for growth"
    )
    options = parser.parse_args()
    chosen = options.tables or tables[:-1]
    if unknown := set(chosen) - set(tables):
        parser.error(f"unknown measurement {', '.join(unknown)}; choose from {', '.join(tables)}")
    with tempfile.TemporaryDirectory() as folder, EmbeddedBroker(Path(folder)) as broker:
        if "overhead" in chosen:
            overhead(broker.bootstrap, options.rounds, options.events)
        if "metrics" in chosen:
            metrics(broker.bootstrap, options.rounds, options.events)
        if "peers" in chosen:
            peers(broker.bootstrap, options.rounds, options.articles)
        if "stages" in chosen:
            stages(broker.bootstrap, options.rounds, options.articles)
        if "latency" in chosen:
            latency(broker.bootstrap, options.seconds)
        if "growth" in chosen:
            growth(broker.bootstrap, options.sizes, options.partitions)


if __name__ == "__main__":
    main()
