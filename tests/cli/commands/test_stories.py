"""`wireroom stories`: the largest stories, one in full, and the articles without their reprints."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from kafka import KafkaProducer

from streams.events import StoryArticle
from tests.broker.wire import Wire
from tests.jobs.test_stories import event

NOW = datetime.now(UTC).replace(microsecond=0)


def told() -> list[StoryArticle]:
    """Return a story of three articles of now, one of two, and one of last week."""
    times: dict[str, Any] = {
        "first_seen": NOW - timedelta(hours=2),
        "last_seen": NOW - timedelta(hours=1),
        "published_at": NOW,
    }
    old: dict[str, Any] = dict.fromkeys(("first_seen", "last_seen", "published_at"), NOW - timedelta(days=6))
    return [
        event("old", "old", **old),
        event("q1", "quay", labels=["climate"], **times),
        event("q2", "quay", duplicate_of="q1", similarity=0.93, labels=["climate"], **times),
        event("lib", "library", headline="Night\x1b[31m shift", **times),
        event("lib2", "library", publisher=None, is_update=True, **times),
        event("q3", "quay", labels=["trade"], **times),
    ]


@pytest.fixture
def desk(run, wire: Wire, monkeypatch):
    """Run commands on topics that have these stories."""
    producer = KafkaProducer(bootstrap_servers=wire.bootstrap)
    for each in told():
        producer.send(wire.topics.stories, each.to_bytes(), key=each.key).get(timeout=30)
    producer.send(wire.topics.stories, b"not a story", key=b"x").get(timeout=30)
    producer.close()
    for name, value in wire.environment.items():
        if name.startswith("WIREROOM_"):
            monkeypatch.setenv(name, value)
    return run


def test_the_largest_story_comes_first_and_old_ones_do_not_come(desk):
    outcome = desk("stories", "--json")

    first, second = [json.loads(line) for line in outcome.lines]
    assert (outcome.code, outcome.err) == (0, "")
    assert first == {
        "story_id": "quay",
        "headline": "Headline of q1",
        "article_id": "q1",
        "articles": 3,
        "reprints": 1,
        "publishers": 3,
        "publisher_names": ["The Q1", "The Q2", "The Q3"],
        "labels": ["climate", "trade"],
        "first_seen": (NOW - timedelta(hours=2)).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "last_seen": (NOW - timedelta(hours=1)).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
    assert (second["story_id"], second["articles"], second["publisher_names"]) == ("library", 2, ["The Lib"])


def test_stories_are_chosen_by_time_and_label(desk):
    assert [json.loads(line)["story_id"] for line in desk("stories", "--since", "7d", "--json").lines] == [
        "quay",
        "library",
        "old",
    ]
    assert [json.loads(line)["story_id"] for line in desk("stories", "--label", "trade", "--json").lines] == [
        "quay"
    ]
    assert desk("stories", "--since", "1m").err == "no stories in this time\n"


def test_the_table_has_a_line_for_each_story_and_controls_no_terminal(desk):
    heading, quay, library = desk("stories").lines

    assert heading.split() == ["articles", "publishers", "first", "seen", "labels", "headline", "story"]
    assert quay.split()[0] == "3"
    assert "The Q1, The Q2, The Q3" in quay
    assert quay.split("  ")[-1] == "quay"
    assert "climate, trade  Headline of q1" in quay
    assert "\x1b" not in library


def test_one_story_is_shown_with_its_reprints_under_the_original(desk):
    lines = desk("stories", "show", "qua").lines

    first, last = (f"{NOW - timedelta(hours=hours):%Y-%m-%d %H:%M}" for hours in (2, 1))
    facts = f"3 articles, 3 publishers, from {first} to {last}"
    assert lines[1:4] == ["story quay", facts, "labels: climate, trade"]
    original, reprint, other = lines[5:]
    assert original.endswith("Headline of q1 · The Q1  [q1]")
    assert "     Headline of q2 · The Q2 · a reprint, 93% alike  [q2]" in reprint
    assert other.endswith("[q3]")
    assert [json.loads(line)["article_id"] for line in desk("stories", "show", "quay", "--json").lines] == [
        "q1",
        "q2",
        "q3",
    ]
    assert "story library" in desk("stories", "show", "lib2").lines


@pytest.mark.parametrize("arguments", [("stories", "--since", "soon"), ("subscribe", "--unique")])
def test_wrong_usage_is_told(run, arguments):
    assert run(*arguments).code == 2


def test_a_story_that_is_not_there_is_named(desk):
    outcome = desk("stories", "show", "nowhere")

    assert (outcome.code, outcome.out) == (1, "")
    assert "no story 'nowhere'" in outcome.err


def test_a_subscriber_can_leave_reprints_out(desk):
    outcome = desk(
        *("subscribe", "--topic", "stories", "--from", "beginning", "--json", "--unique", "--max", "4")
    )

    assert [json.loads(line)["article_id"] for line in outcome.lines] == ["old", "q1", "lib", "lib2"]


def test_an_article_of_a_story_is_a_readable_block(desk):
    outcome = desk("subscribe", "--topic", "stories", "--from", "beginning", "--max", "3")

    assert "story quay: 1 article, 1 publisher" in outcome.out
    assert "reprint of q1, 93% alike" in outcome.out
