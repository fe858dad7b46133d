"""The balance of the pipeline: in = out + dead + waiting."""

from __future__ import annotations

from collections import Counter

from streams.web.pipeline import Counts

TOPICS = ("news.raw", "news.clean", "news.tagged")


def test_at_rest_all_that_came_in_is_out_or_dead():
    counts = Counts(
        added=Counter({"news.raw": 10, "news.enriched": 7}),
        dead=Counter(cleanup=2, labels=1),
        waited=Counter(),
    )

    assert counts.balance(TOPICS, "news.enriched") == {
        "in": 10,
        "out": 7,
        "dead": 3,
        "waiting": 0,
        "difference": 0,
    }
    assert counts.done(TOPICS) == {"cleanup": 10, "entities": 8, "labels": 8}


def test_what_waited_at_the_start_has_come_in_as_well():
    counts = Counts(
        added=Counter({"news.raw": 5, "news.enriched": 6}),
        waited=Counter({"news.raw": 4, "news.tagged": 1}),
        waiting=Counter({"news.clean": 4}),
    )

    assert counts.balance(TOPICS, "news.enriched")["difference"] == 0
    assert counts.done(TOPICS) == {"cleanup": 9, "entities": 5, "labels": 6}


def test_a_replay_comes_in_once_more():
    counts = Counts(
        added=Counter({"news.raw": 3, "news.enriched": 2}),
        dead=Counter(entities=2),
        replayed=Counter({"news.clean": 1}),
    )

    assert counts.balance(TOPICS, "news.enriched")["difference"] == 0
    assert counts.done(TOPICS)["entities"] == 4


def test_a_lost_article_shows():
    counts = Counts(added=Counter({"news.raw": 3, "news.enriched": 2}))

    assert counts.balance(TOPICS, "news.enriched")["difference"] == 1
