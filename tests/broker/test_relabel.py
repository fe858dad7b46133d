"""Relabelling on a real broker: each change is written once, whatever dies or arrives meanwhile."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord

from streams.enrich import Enricher
from streams.enrich.labels import load_labeller
from streams.events import EnrichedArticle, TaggedArticle
from streams.headers import text_of
from streams.jobs.relabel import Change, Relabelling, relabel
from streams.kafka.admin import create_topics, delete_topics
from streams.kafka.offsets import committed_offsets, end_offsets
from streams.kafka.transactions import Offsets, send_in_transaction, transactional_producer
from streams.topology import stages
from tests.broker.wire import Wire, wait_until, wireroom

pytestmark = pytest.mark.broker

TRAMS = "The tram depot was opened on Monday, and the first tram left the depot at noon. The tram was full."
PARKS = "The park keeper planted forty trees in the park, and the park was closed for a day."
FERRIES = "A ferry crossed the sound. The ferry was late, and the other ferry waited."
WATER = "The canal froze."

LABEL = """
label = "{label}"
threshold = {threshold}
phrases = {{ "{phrase}" = {weight} }}
[calibration]
long = {{ slope = 4.0, intercept = -9.0 }}
short = {{ slope = 4.0, intercept = -9.0 }}
"""


def write_label(
    folder: Path, label: str, phrase: str, *, weight: float = 4.0, threshold: float = 0.5
) -> None:
    folder.mkdir(exist_ok=True)
    text = LABEL.format(label=label, phrase=phrase, weight=weight, threshold=threshold)
    (folder / f"{label}.toml").write_text(text)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """Return the label files that articles are labelled with first: trams and ferries."""
    folder = tmp_path / "old"
    write_label(folder, "trams", "tram")
    write_label(folder, "ferries", "ferry")
    return folder


@pytest.fixture
def new(tmp_path: Path) -> Path:
    """Return the next label files: parks are new, no article passes for trams, a ferry weighs less."""
    folder = tmp_path / "new"
    write_label(folder, "trams", "tram", weight=0.1, threshold=0.9)
    write_label(folder, "ferries", "ferry", weight=3.7)
    write_label(folder, "parks", "park")
    return folder


OWN = ("trams", "ferries", "parks")


@pytest.fixture
def own(wire: Wire) -> Iterator[Wire]:
    """Return the wire with topics for the labels of these label files."""
    specs = wire.topics.specs(OWN, partitions=4, retention_days=1, max_message_bytes=1_000_000)
    mine = [spec for spec in specs if spec.name in map(wire.topics.label, OWN)]
    create_topics(wire.connection, mine)
    yield wire
    delete_topics(wire.connection, [spec.name for spec in mine])


def run(wire: Wire, taxonomy: Path, **options: Any) -> Relabelling:
    """Relabel the wire's articles with the label files in `taxonomy`."""
    limits = {"batch_size": 500, "max_event_bytes": 24_000_000, **options}
    return relabel(wire.connection, wire.topics, wire.group, load_labeller(taxonomy), **limits)


def tagged(article_id: str, text: str) -> TaggedArticle:
    return TaggedArticle(article_id=article_id, language="en", text=text, entities=[])


ARTICLES = [tagged("t", TRAMS), tagged("p", PARKS), tagged("f", FERRIES), tagged("w", WATER)]


def tag(wire: Wire, articles: Iterable[TaggedArticle], partition: int | None = None) -> None:
    """Write `articles` to the tagged topic, as the entities stage does."""

    async def send() -> None:
        async with AIOKafkaProducer(bootstrap_servers=wire.bootstrap) as producer:
            for article in articles:
                headers = [("ce_id", b"raw-" + article.key), ("desk", b"city")]
                await producer.send_and_wait(
                    wire.topics.tagged, article.to_bytes(), article.key, partition, headers=headers
                )

    asyncio.run(send())


def label(wire: Wire, taxonomy: Path) -> None:
    """Label the articles that wait on the tagged topic, and commit, as a worker does."""
    stage = stages(Enricher(None, None, load_labeller(taxonomy)), wire.topics, 1_000_000)[2]
    ends = end_offsets(wire.connection, [wire.topics.tagged])
    done = {
        p.partition: at.offset for p, at in committed_offsets(wire.connection, wire.group, list(ends)).items()
    }
    records = [r for r in wire.read_all(wire.topics.tagged) if r.offset >= done.get(r.partition, 0)]
    outgoing = stage.work(records)
    positions = {TopicPartition(p.topic, p.partition): (end, "") for p, end in ends.items()}

    async def send() -> None:
        async with transactional_producer(wire.connection, f"{wire.group}.labels") as producer:
            await send_in_transaction(producer, outgoing, Offsets(wire.group, positions))

    asyncio.run(send())


def enriched(wire: Wire) -> dict[str, list[EnrichedArticle]]:
    """Return the records of each article on the enriched topic, in order."""
    found: dict[str, list[EnrichedArticle]] = {}
    for record in wire.read_all(wire.topics.enriched):
        article = EnrichedArticle.model_validate_json(record.value)
        found.setdefault(article.article_id, []).append(article)
    return found


def labels_of(article: EnrichedArticle) -> list[str]:
    return [label.label for label in article.labels]


def written_since(wire: Wire, before: Sequence[ConsumerRecord]) -> Counter[str]:
    """Return how often each article was written to the enriched topic since `before` was read."""
    earlier = {(record.partition, record.offset) for record in before}
    records = wire.read_all(wire.topics.enriched)
    return Counter(r.key.decode() for r in records if (r.partition, r.offset) not in earlier)


def on_label(wire: Wire, name: str) -> list[tuple[str, bool]]:
    """Return the article of each record on the topic of a label, and False for a tombstone."""
    return [(r.key.decode(), r.value is not None) for r in wire.read_all(wire.topics.label(name))]


def test_articles_get_a_new_label_and_lose_one_that_no_longer_fits(own, worker, old, new):
    worker("labels", WIREROOM_TAXONOMY=str(old))
    tag(own, ARTICLES)
    own.read_count(own.topics.enriched, len(ARTICLES))

    outcome = run(own, new)

    assert (outcome.articles, outcome.written) == (4, 4)
    assert outcome.labels["trams"] == Change(lost=1, unchanged=3)
    assert outcome.labels["parks"] == Change(gained=1, unchanged=3)
    assert outcome.labels["ferries"].moved == 1
    assert {key: list(map(labels_of, versions)) for key, versions in enriched(own).items()} == {
        "t": [["trams"], []],
        "p": [[], ["parks"]],
        "f": [["ferries"], ["ferries"]],
        "w": [[], []],
    }
    assert on_label(own, "trams") == [("t", True), ("t", False)]
    assert on_label(own, "parks") == [("p", True)]
    assert on_label(own, "ferries") == [("f", True), ("f", True)]


def test_what_is_written_is_what_the_label_stage_writes(own, old, new):
    tag(own, ARTICLES)
    label(own, old)

    run(own, new)

    again = load_labeller(new).label(ARTICLES)
    assert [enriched(own)[article.article_id][-1] for article in again] == again
    for record in own.read_all(own.topics.enriched):
        assert text_of(record.headers, "ce_id") == f"raw-{record.key.decode()}"
        assert text_of(record.headers, "ce_type") == "news.article.enriched.v1"
        assert text_of(record.headers, "desk") == "city"


def test_each_label_s_changes_add_up_to_the_articles(own, old, new):
    tag(own, ARTICLES)
    label(own, old)

    outcome = run(own, new)

    for change in outcome.labels.values():
        assert change.gained + change.lost + change.moved + change.unchanged == outcome.articles == 4
    assert outcome.labels["climate"] == Change(unchanged=4)


def test_a_dry_run_reports_what_the_run_will_do_and_writes_nothing(own, old, new):
    tag(own, ARTICLES)
    label(own, old)
    topics = [own.topics.enriched, *map(own.topics.label, OWN)]
    before = {topic: own.read_all(topic, "read_uncommitted") for topic in topics}

    foreseen = run(own, new, dry_run=True)
    after = {topic: own.read_all(topic, "read_uncommitted") for topic in topics}

    assert foreseen.written == 4
    assert after == before
    assert run(own, new) == foreseen


def test_a_run_that_is_finished_repeats_nothing(own, old, new):
    tag(own, ARTICLES)
    label(own, old)
    run(own, new)
    before = own.read_all(own.topics.enriched)

    again = run(own, new)

    assert again == Relabelling(load_labeller(new).taxonomy_hash)
    assert written_since(own, before) == {}


def test_articles_that_have_these_labels_already_are_left_alone(own, old):
    tag(own, ARTICLES)
    label(own, old)
    before = own.read_all(own.topics.enriched)

    outcome = run(own, old)

    assert (outcome.articles, outcome.left_alone) == (4, 4)
    assert all(change == Change(unchanged=4) for change in outcome.labels.values())
    assert written_since(own, before) == {}


def test_articles_return_to_the_old_labels_with_the_old_taxonomy(own, old, new):
    tag(own, ARTICLES)
    label(own, old)
    run(own, new)

    outcome = run(own, old)

    assert outcome.written == 4
    assert outcome.labels["parks"] == Change(lost=1, unchanged=3)
    assert [labels_of(version) for version in enriched(own)["p"]] == [[], ["parks"], []]
    assert on_label(own, "parks") == [("p", True), ("p", False)]


def test_articles_labelled_since_the_last_run_are_done_by_the_next(own, old, new):
    tag(own, ARTICLES[:2])
    label(own, old)
    run(own, new)
    tag(own, ARTICLES[2:])
    before = own.read_all(own.topics.enriched)

    waiting = run(own, new)
    label(own, old)  # a worker that was not restarted
    run(own, new)

    assert (waiting.articles, waiting.waiting) == (0, 2)
    assert written_since(own, before) == {"f": 2, "w": 2}
    assert {
        version.provenance.taxonomy for versions in enriched(own).values() for version in versions[-1:]
    } == {load_labeller(new).taxonomy_hash}


@pytest.mark.parametrize("partitions", [(None, None), (3, 0)], ids=["one partition", "partitions were added"])
def test_an_old_version_never_comes_after_a_newer_one(own, old, new, partitions):
    for text, partition in zip((TRAMS, PARKS), partitions, strict=True):
        tag(own, [tagged("a", text)], partition)
    label(own, old)
    before = own.read_all(own.topics.enriched)

    outcome = run(own, new)

    assert outcome.articles == 1
    assert written_since(own, before) == {"a": 1}
    taxonomy = load_labeller(new).taxonomy_hash
    assert [article.text for article in enriched(own)["a"] if article.provenance.taxonomy == taxonomy] == [
        PARKS
    ]
    assert on_label(own, "parks") == [("a", True)]


def test_a_newer_version_that_waits_for_the_workers_is_left_to_them(own, old, new):
    tag(own, [tagged("a", TRAMS), tagged("b", PARKS)])
    label(own, old)
    tag(own, [tagged("a", FERRIES)])
    before = own.read_all(own.topics.enriched)

    outcome = run(own, new)

    assert (outcome.articles, outcome.superseded, outcome.waiting) == (1, 1, 1)
    assert written_since(own, before) == {"b": 1}


def test_an_article_that_gets_a_newer_version_during_the_run_is_left_to_the_workers(own, old, new):
    names = [f"a{number}" for number in range(8)]
    tag(own, [tagged(name, TRAMS) for name in names], partition=0)
    label(own, old)
    before = own.read_all(own.topics.enriched)

    def newer(done: int, of: int) -> None:
        if done == 2:  # the third article is committed next
            newcomers = [tagged(name, FERRIES) for name in names[4:]]
            with ThreadPoolExecutor(1) as publisher:  # this thread has an event loop that runs
                publisher.submit(tag, own, newcomers, partition=0).result()

    outcome = run(own, new, batch_size=1, on_articles=newer)

    assert (outcome.written, outcome.superseded) == (4, 4)
    assert written_since(own, before) == dict.fromkeys(names[:4], 1)


def test_a_run_starts_at_the_time_given_and_a_later_one_can_start_earlier(own, old, new):
    tag(own, ARTICLES[:2])
    newest = max(record.timestamp for record in own.read_all(own.topics.tagged))
    since = datetime.fromtimestamp((newest + 1) / 1000, UTC)
    wait_until(lambda: datetime.now(UTC) > since + timedelta(milliseconds=1), "the clock has moved on")
    tag(own, ARTICLES[2:])
    label(own, old)
    before = own.read_all(own.topics.enriched)

    run(own, new, since=since)
    late = written_since(own, before)
    run(own, new)

    assert late == {"f": 1, "w": 1}
    assert written_since(own, before) == {"t": 1, "p": 1, "f": 1, "w": 1}


def test_a_run_stops_at_the_maximum_and_the_next_run_continues(own, old, new):
    tag(own, [tagged(f"a{number}", TRAMS) for number in range(10)])
    label(own, old)
    before = own.read_all(own.topics.enriched)

    done = [run(own, new, batch_size=2, max_articles=3).articles for _ in range(5)]

    assert done == [3, 3, 3, 1, 0]
    assert written_since(own, before) == {f"a{number}": 1 for number in range(10)}


def test_an_article_that_cannot_be_labelled_stays_as_it_was(own, old, new):
    tag(own, [tagged("long", "The tram left. " * 400), tagged("short", TRAMS)])
    label(own, old)
    before = own.read_all(own.topics.enriched)

    outcome = run(own, new, max_event_bytes=3_000)

    assert [type(why).__name__ for _, why in outcome.failed] == ["ArticleTooLarge"]
    assert outcome.failed[0][0].startswith(own.topics.tagged)
    assert written_since(own, before) == {"short": 1}
    assert own.read_all(own.topics.dead) == []


Start = Callable[[], "subprocess.Popen[str]"]
MANY = 400


@pytest.fixture
def start(own: Wire, new: Path) -> Iterator[Start]:
    """Start `wireroom relabel` with small transactions."""
    started: list[subprocess.Popen[str]] = []

    def start_relabel() -> subprocess.Popen[str]:
        environment = {**own.environment, "WIREROOM_TAXONOMY": str(new), "WIREROOM_BATCH_SIZE": "4"}
        started.append(
            subprocess.Popen(
                [wireroom(), "relabel", "--from", "beginning"],
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        return started[-1]

    yield start_relabel
    for process in started:
        if process.poll() is None:
            process.kill()
            process.communicate()


def pause_half_way(wire: Wire, process: subprocess.Popen[str], before: list[ConsumerRecord]) -> None:
    """Stop `process` once it has committed some articles and not yet all."""
    wait_until(lambda: written_since(wire, before), "the run has committed its first articles")
    process.send_signal(signal.SIGSTOP)
    done = written_since(wire, before).total()
    assert 0 < done < MANY, f"caught after {done} of {MANY}: not half way"


@pytest.mark.fault
def test_a_run_that_was_killed_half_way_is_finished_by_the_next(own, old, new, start):
    tag(own, [tagged(f"a{number}", TRAMS) for number in range(MANY)])
    label(own, old)
    before = own.read_all(own.topics.enriched)
    first = start()
    pause_half_way(own, first, before)
    first.kill()
    first.communicate()

    rest = run(own, new)

    assert 0 < rest.articles < MANY
    assert rest.left_alone == 0
    each = {f"a{number}": 1 for number in range(MANY)}
    assert written_since(own, before) == each
    assert Counter(key for key, carries in on_label(own, "trams") if not carries) == each


@pytest.mark.fault
def test_a_second_run_takes_over_and_the_first_says_so(own, old, new, start):
    tag(own, [tagged(f"a{number}", TRAMS) for number in range(MANY)])
    label(own, old)
    before = own.read_all(own.topics.enriched)
    first = start()
    pause_half_way(own, first, before)

    run(own, new)
    os.kill(first.pid, signal.SIGCONT)
    _, err = first.communicate(timeout=45)

    assert first.returncode == 1
    assert len(err.splitlines()) == 1
    assert "another relabel has started and continues in place of this one" in err
    assert written_since(own, before) == {f"a{number}": 1 for number in range(MANY)}
