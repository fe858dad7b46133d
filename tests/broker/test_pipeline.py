"""The whole wire on a real broker, with the worker as users run it: as a process."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from kafka import KafkaProducer

from producers import publish
from streams.events import CleanArticle, EnrichedArticle, RawArticle, TaggedArticle
from streams.headers import text_of
from streams.kafka.admin import administer
from streams.kafka.inspection import inspect_group
from streams.kafka.lag import lag
from tests.broker.wire import Wire, Worker, wait_until, wireroom

SUMMIT = RawArticle(
    publisher="The Fjord",
    headline="Norway and Chile sign climate treaty",
    body="""OSLO - The foreign ministers of Norway and Chile signed a treaty on greenhouse gas emissions on
Monday after two days of talks between diplomats of both countries.

The agreement commits both states to cut carbon emissions and limit global warming. Further climate
negotiations are planned for a summit in Santiago, the Norwegian foreign ministry said.""",
)


def send(wire: Wire, *records: tuple[bytes | None, bytes | None]) -> None:
    """Write records with these keys and values to the raw topic, as any program could."""
    producer = KafkaProducer(bootstrap_servers=wire.bootstrap, max_request_size=20_000_000)
    for future in [producer.send(wire.topics.raw, value, key=key) for key, value in records]:
        future.get(timeout=30)
    producer.close()


def test_a_published_article_comes_out_clean_tagged_labelled_and_on_the_topics_of_its_labels(
    wire: Wire, worker: Callable[..., Worker]
):
    worker()
    assert publish([SUMMIT], settings=wire.settings) == 1

    enriched = wire.read_until(wire.topics.enriched, SUMMIT.key)
    clean = wire.read_until(wire.topics.clean, SUMMIT.key)
    tagged = wire.read_until(wire.topics.tagged, SUMMIT.key)
    by_label = wire.read_until(wire.topics.label("climate"), SUMMIT.key)

    raw = wire.read_until(wire.topics.raw, SUMMIT.key)
    article = EnrichedArticle.model_validate_json(enriched.value)
    assert {label.label for label in article.labels} >= {"climate", "diplomacy"}
    assert "Norway" in {entity.name for entity in article.entities}
    assert all(
        article.text[mention.start : mention.end] == mention.text
        for entity in article.entities
        for mention in entity.mentions
    )
    assert CleanArticle.model_validate_json(clean.value).text == article.text
    assert TaggedArticle.model_validate_json(tagged.value).entities == article.entities
    assert by_label.value == enriched.value
    ids = {text_of(record.headers, "ce_id") for record in (raw, clean, tagged, enriched, by_label)}
    assert len(ids) == 1
    types = [text_of(record.headers, "ce_type") for record in (raw, clean, tagged, enriched)]
    assert types == [f"news.article.{state}.v1" for state in ("raw", "clean", "tagged", "enriched")]


def test_the_same_article_gives_the_same_bytes(wire: Wire, worker: Callable[..., Worker]):
    worker()
    for _ in range(2):
        publish([SUMMIT], settings=wire.settings)

    first, second = wire.read_count(wire.topics.enriched, 2)

    assert first.value == second.value


def test_bad_input_becomes_dead_letters_or_warnings_and_never_a_stuck_partition(
    wire: Wire, worker: Callable[..., Worker]
):
    body = "Talks between Norway and Chile went on. "
    bad = {
        b"utf8": (b'{"article_id": "utf8", "body": "\xff"}', "UndecodableEvent"),
        b"json": (b"{", "InvalidJson"),
        b"field": (b'{"article_id": "field"}', "InvalidEvent"),
        b"type": (b'{"article_id": "type", "body": ["x"]}', "InvalidEvent"),
        b"empty": (b'{"article_id": "empty", "body": " "}', "EmptyArticle"),
        b"markup": (
            json.dumps({"article_id": "markup", "body": "<html><p></p></html>"}).encode(),
            "EmptyArticle",
        ),
        b"tombstone": (None, "Tombstone"),
    }
    good: dict[bytes, dict[str, object]] = {
        b"nul": {"body": body + "\x00" + body},
        b"large": {"body": (body + "\n\n") * 125_000},
        b"lines": {"body": "\n".join(f"{number} {body}" for number in range(100_000))},
        b"language": {"body": "Kal\u2019taani inuit " * 30, "language": "xx"},
        b"future": {"body": body, "published_at": "2203-01-01T00:00:00Z"},
        b"extra": {"body": body, "desk": {"name": "foreign"}},
    }
    warned = {b"nul", b"language", b"future"}
    send(wire, *((key, value) for key, (value, _) in bad.items()))
    send(
        wire,
        *((key, json.dumps({"article_id": key.decode(), **fields}).encode()) for key, fields in good.items()),
    )
    send(wire, (b"another key", b'{"article_id": "key", "body": "Talks."}'), (None, b'{"body": "Talks."}'))
    worker()

    enriched = wire.read_count(wire.topics.enriched, len(good) + 2, timeout=90)
    dead = wire.read_count(wire.topics.dead, len(bad))

    articles = {record.key: EnrichedArticle.model_validate_json(record.value) for record in enriched}
    assert {key for key in good if key in articles} == set(good)
    assert {key: articles[key].warnings for key in warned if not articles[key].warnings} == {}
    assert "key_mismatch" in articles[b"key"].warnings
    letters = {record.key: record for record in dead}
    reasons = {key: text_of(record.headers, "__streams.errors.exception") for key, record in letters.items()}
    assert reasons == {key: reason for key, (_, reason) in bad.items()}
    assert {key: letters[key].value for key in bad} == {key: value for key, (value, _) in bad.items()}


def test_stages_run_apart_share_one_group_and_change_hands(wire: Wire, worker: Callable[..., Worker]):
    publish([SUMMIT], settings=wire.settings)
    worker("cleanup")
    wire.read_until(wire.topics.clean, SUMMIT.key)
    assert wire.read_all(wire.topics.tagged) == []

    tagging = worker("entities", "labels")
    wire.read_until(wire.topics.enriched, SUMMIT.key)

    assert tagging.stop() == 0
    later = RawArticle(body="Later talks between Norway and Chile.")
    publish([later], settings=wire.settings)
    worker()
    wire.read_until(wire.topics.enriched, later.key)
    assert len(wire.read_all(wire.topics.enriched)) == 2


def test_sigterm_ends_a_busy_worker_in_order_within_ten_seconds_and_nothing_is_lost_or_twice(
    wire: Wire, worker: Callable[..., Worker]
):
    articles = [RawArticle(article_id=f"a{n}", body=f"{n}. {SUMMIT.body}") for n in range(600)]
    publish(articles, settings=wire.settings)
    first = worker()
    wire.read_count(wire.topics.clean, 1)

    began = time.monotonic()
    status = first.stop(timeout=30)

    assert status == 0, first.tail()
    assert time.monotonic() - began < 10
    worker()
    wire.read_count(wire.topics.enriched, len(articles), timeout=90)
    for topic in (wire.topics.clean, wire.topics.tagged, wire.topics.enriched):
        keys = Counter(record.key for record in wire.read_all(topic))
        assert keys == {article.key: 1 for article in articles}


def test_an_idle_worker_ends_at_once_when_told_to(wire: Wire, worker: Callable[..., Worker]):
    idle = worker(instance="idle")
    wait_until(lambda: "worker ready" in idle.tail(), "the worker is ready")

    assert idle.stop(timeout=10) == 0


@pytest.mark.parametrize(
    ("number", "members"), [(signal.SIGTERM, 0), (signal.SIGKILL, 1)], ids=["stop", "die"]
)
def test_a_worker_with_a_static_name_leaves_when_it_is_stopped_and_not_when_it_dies(
    wire: Wire, worker: Callable[..., Worker], number: signal.Signals, members: int
):
    named = worker(instance="w1")
    wait_until(lambda: "worker ready" in named.tail(), "the worker is ready")
    with administer(wire.connection) as admin:
        wait_until(lambda: inspect_group(admin, wire.group).state == "Stable", "the worker is a member")

        named.send(number)
        named.wait()

        assert len(inspect_group(admin, wire.group).members) == members


def test_offsets_are_committed_by_the_transactions_and_reach_the_end(
    wire: Wire, worker: Callable[..., Worker]
):
    articles = [RawArticle(article_id=f"a{n}", body=SUMMIT.body) for n in range(20)]
    publish(articles, settings=wire.settings)
    worker()
    wire.read_count(wire.topics.enriched, len(articles))

    inputs = wire.topics.stages()[:3]
    wait_until(
        lambda: {each.records for each in lag(wire.connection, wire.group, inputs)} == {0},
        "no lag on any input",
    )


def test_a_paused_worker_is_fenced_and_repeats_nothing(wire: Wire, worker: Callable[..., Worker]):
    articles = [RawArticle(article_id=f"a{n}", body=f"{n}. {SUMMIT.body}") for n in range(300)]
    paused = worker()
    wait_until(lambda: "worker ready" in paused.tail(), "the first worker is ready")
    publish(articles, settings=wire.settings)
    wire.read_count(wire.topics.clean, 1)
    paused.send(signal.SIGSTOP)
    worker()

    wire.read_count(wire.topics.enriched, len(articles), timeout=90)
    paused.send(signal.SIGCONT)

    last = RawArticle(article_id="last", body=SUMMIT.body)
    publish([last], settings=wire.settings)
    wire.read_until(wire.topics.enriched, last.key)
    keys = Counter(record.key for record in wire.read_all(wire.topics.enriched))
    assert keys == {article.key: 1 for article in [*articles, last]}


@pytest.mark.parametrize("missing", ["raw", "enriched", "dead"])
def test_a_worker_without_its_topics_says_what_to_do(wire: Wire, worker: Callable[..., Worker], missing: str):
    from streams.kafka.admin import delete_topics, list_topics

    topic = f"{wire.prefix}.{missing}"
    delete_topics(wire.connection, [topic])
    wait_until(
        lambda: topic not in {state.name for state in list_topics(wire.connection)}, f"{topic} is gone", 30
    )

    started = worker()

    assert started.wait() == 1
    assert started.tail().splitlines() == [
        (
            f"wireroom: topic {wire.prefix}.{missing} does not exist at {wire.bootstrap}: "
            "create it with `wireroom topics create`"
        )
    ]


def test_the_faust_program_runs_the_same_worker(wire: Wire, tmp_path: Path):
    publish([SUMMIT], settings=wire.settings)
    program = str(Path(wireroom()).with_name("faust"))
    with (tmp_path / "faust.log").open("wb") as log:
        faust = subprocess.Popen(
            [program, "-A", "streams.app", "worker"],
            env=wire.environment,
            stdout=log,
            stderr=log,
            cwd=tmp_path,
        )
    try:
        wire.read_until(wire.topics.enriched, SUMMIT.key)
        faust.terminate()

        assert faust.wait(20) == 0
    finally:
        faust.kill()
        print((tmp_path / "faust.log").read_text(errors="replace")[-3000:])
