"""`wireroom trace`: a line for each record of an article, and one line when there is none."""

from __future__ import annotations

import json
from typing import Any

import pytest

from producers import publish
from streams.events import RawArticle
from streams.jobs.trace import Death, Step, Trace
from tests.broker.test_pipeline import SUMMIT

NOON = 1_772_366_400_000  # 2026-03-01T12:00:00Z, in milliseconds


def step(topic: str, **fields: Any) -> Step:
    """Return a step at noon, in partition 2 at offset 7."""
    plain: dict[str, Any] = {
        "partition": 2,
        "offset": 7,
        "timestamp": NOON,
        "event_id": "event",
        "replays": 0,
        "is_tombstone": False,
        "publisher": None,
        "labels": None,
        "death": None,
    }
    return Step(topic, **{**plain, **fields})


@pytest.fixture
def traced(run, monkeypatch):
    """Return `traced(steps, "--json")`, which traces an article with these steps."""

    def run_trace(steps: list[Step], *options: str):
        monkeypatch.setattr("streams.jobs.trace.trace", lambda *_, **__: Trace("a1", tuple(steps)))
        return run("trace", "a1", *options)

    return run_trace


def test_each_record_has_a_line_with_its_place_and_time(traced):
    outcome = traced(
        [
            step("news.raw", publisher="The Fjord"),
            step("news.clean", timestamp=NOON + 1_500, seconds=1.5, waiting_for="labels", ahead=1),
        ]
    )

    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.lines == [
        "article a1",
        "topic       partition  offset  time                      seconds",
        "news.raw            2       7  2026-03-01T12:00:00.000Z           published by The Fjord",
        "news.clean          2       7  2026-03-01T12:00:01.500Z   +1.500  waits for labels, behind 1 record",
    ]


FACTS = [
    ({"labels": {"climate": 0.974, "trade": 0.5}}, "labels: climate 0.97, trade 0.50"),
    ({"labels": {}}, "no label"),
    ({"is_tombstone": True}, "tombstone"),
    ({"replays": 2}, "after 2 replays"),
    ({"waiting_for": "cleanup", "ahead": 0}, "waits for cleanup"),
    (
        {"death": Death("EmptyArticle", "no text is left", "cleanup", None)},
        "died in cleanup, EmptyArticle: no text is left; open",
    ),
    (
        {"death": Death("Unexpected", "", "labels", "2026-03-01T13:00:00.000Z")},
        "died in labels, Unexpected; replayed at 2026-03-01T13:00:00.000Z",
    ),
]


@pytest.mark.parametrize(("fields", "fact"), FACTS)
def test_a_line_ends_with_what_became_of_the_record(traced, fields, fact):
    (line,) = traced([step("news.x", **fields)]).lines[2:]

    assert line == f"news.x          2       7  2026-03-01T12:00:00.000Z           {fact}"


def test_json_has_an_object_for_each_record(traced):
    death = Death("EmptyArticle", "no text", "cleanup", None)

    raw, dead = [
        json.loads(line)
        for line in traced(
            [step("news.raw", labels={"climate": 0.9}), step("news.dead", death=death, seconds=2.0)], "--json"
        ).lines
    ]

    assert raw == {
        "article_id": "a1",
        "topic": "news.raw",
        "partition": 2,
        "offset": 7,
        "time": "2026-03-01T12:00:00.000Z",
        "seconds": None,
        "event_id": "event",
        "publisher": None,
        "labels": [{"label": "climate", "score": 0.9}],
        "tombstone": False,
        "replays": 0,
        "reason": None,
        "message": None,
        "stage": None,
        "replayed_at": None,
        "waiting_for": None,
        "ahead": None,
    }
    assert (dead["reason"], dead["message"], dead["stage"], dead["seconds"]) == (
        "EmptyArticle",
        "no text",
        "cleanup",
        2.0,
    )


def test_what_an_article_brings_cannot_control_the_terminal_or_break_the_line(traced):
    outcome = traced([step("news.raw", publisher="\x1b[31mRed\nInk")])

    assert "\x1b" not in outcome.out
    assert len(outcome.lines) == 3


@pytest.mark.parametrize("timestamp", [-1, 10**17])
def test_a_time_that_no_calendar_has_is_printed_as_it_is(traced, timestamp):
    outcome = traced([step("news.raw", timestamp=timestamp)])

    assert outcome.code == 0
    assert outcome.lines[2].split()[3] in {"1969-12-31T23:59:59.999Z", f"{timestamp}"}


@pytest.mark.parametrize("article", ["", "  "])
def test_an_empty_id_is_wrong_usage(run, article):
    outcome = run("trace", article)

    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.problems[-1] == "Error: ARTICLE is empty; give the id or the URL of an article"


def test_without_a_broker_one_line_says_what_to_do(run):
    outcome = run("trace", "a1", "--broker", "localhost:1")

    assert (outcome.code, outcome.out, len(outcome.problems)) == (1, "", 1)
    assert "no Kafka broker at localhost:1: start one with `wireroom broker`" in outcome.err


def test_an_article_that_a_worker_has_enriched_is_found_by_its_url_on_every_topic(run, wire, worker):
    worker()
    article = RawArticle(url="https://fjord.example/summit", headline=SUMMIT.headline, body=SUMMIT.body)
    publish([article], settings=wire.settings)
    wire.read_until(wire.topics.stories, article.key)

    outcome = run("trace", str(article.url), "--json", env=wire.environment)

    rows = [json.loads(line) for line in outcome.lines]
    topics = [row["topic"].removeprefix(f"{wire.prefix}.") for row in rows]
    assert topics[:4] == ["raw", "clean", "tagged", "enriched"]
    labels = {topic.removeprefix("labels.") for topic in topics if topic.startswith("labels.")}
    assert labels >= {"climate", "diplomacy"}
    assert {label["label"] for label in rows[3]["labels"]} == labels
    assert {*topics[4:]} == {"fingerprints", "stories", *(f"labels.{label}" for label in labels)}
    assert topics[-1] == "stories"
    assert {row["article_id"] for row in rows} == {article.article_id}
    by_key = [
        row["partition"]
        for row in rows
        if row["topic"] not in (wire.topics.fingerprints, wire.topics.stories)
    ]
    assert set(by_key) == {rows[0]["partition"]}
    assert [row["seconds"] is None for row in rows] == [True] + [False] * (len(rows) - 1)


@pytest.mark.parametrize(
    "article", ["nobody", "https://nobody.example/", b"\xff\xfe".decode("utf-8", "surrogateescape")]
)
def test_an_unknown_article_is_one_line(run, wire, article):
    outcome = run("trace", article, env=wire.environment)

    assert (outcome.code, outcome.out, len(outcome.problems)) == (1, "", 1)
    assert f"no topic {wire.prefix}.* at {wire.bootstrap} has an article" in outcome.err
    assert "`wireroom trace --all` reads every partition" in outcome.err
