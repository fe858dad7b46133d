"""The headers of a record: CloudEvents 1.0 in binary mode."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from streams.events import CleanArticle, RawArticle
from streams.headers import event_id, passed_on, raw_headers, text_of

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DEFAULTS = {"default_id": "made-here", "timestamp": int(NOON.timestamp() * 1000)}


def test_a_published_article_is_a_cloud_event():
    article = RawArticle(article_id="a1", publisher="The Daily Example", body="Rates rise.")

    headers = raw_headers(article, NOON)

    assert headers == [
        ("ce_specversion", b"1.0"),
        ("ce_id", event_id(b"a1", article.to_bytes()).encode()),
        ("ce_type", b"news.article.raw.v1"),
        ("ce_source", b"The%20Daily%20Example"),
        ("ce_time", b"2026-03-01T12:00:00.000Z"),
        ("content-type", b"application/json"),
    ]


@pytest.mark.parametrize("publisher", [None, "", "  "])
def test_an_article_without_a_publisher_comes_from_wireroom(publisher):
    headers = raw_headers(RawArticle(body="Rates rise.", publisher=publisher), NOON)

    assert text_of(headers, "ce_source") == "wireroom/publish"


def test_the_time_of_an_event_is_told_in_utc():
    headers = raw_headers(RawArticle(body="Rates rise."), NOON.astimezone(timezone(timedelta(hours=5))))

    assert text_of(headers, "ce_time") == "2026-03-01T12:00:00.000Z"


def test_an_article_published_twice_keeps_its_event_id_and_a_changed_one_gets_another():
    first = RawArticle(article_id="a1", body="Rates rise.")
    changed = RawArticle(article_id="a1", body="Rates fall.")

    ids = [text_of(raw_headers(article, NOON), "ce_id") for article in (first, first, changed)]

    assert ids[0] == ids[1] != ids[2]


def test_a_stage_passes_on_the_raw_events_id_and_time_and_all_that_it_does_not_know():
    arrived = [
        ("traceparent", b"00-1-2-01"),
        *raw_headers(RawArticle(article_id="a1", body="Rates rise."), NOON),
        ("desk", b"foreign"),
        ("desk", b"economy"),
        ("empty", None),
        ("binary", b"\xff\x00"),
    ]

    made = passed_on(arrived, CleanArticle.ce_type, "wireroom/cleanup", "made-here", timestamp=0)

    assert made == [
        ("ce_specversion", b"1.0"),
        ("ce_id", text_of(arrived, "ce_id").encode()),
        ("ce_type", b"news.article.clean.v1"),
        ("ce_source", b"wireroom/cleanup"),
        ("ce_time", b"2026-03-01T12:00:00.000Z"),
        ("content-type", b"application/json"),
        ("traceparent", b"00-1-2-01"),
        ("desk", b"foreign"),
        ("desk", b"economy"),
        ("empty", None),
        ("binary", b"\xff\x00"),
    ]


def test_a_record_without_headers_gets_the_stages_id_and_time():
    made = passed_on([], CleanArticle.ce_type, "wireroom/cleanup", **DEFAULTS)

    assert text_of(made, "ce_id") == "made-here"
    assert text_of(made, "ce_time") == "2026-03-01T12:00:00.000Z"


def test_what_a_replay_added_ends_with_the_stage_that_it_was_for():
    arrived = [
        ("wireroom.replays", b"2"),
        ("__streams.errors.message", b"no text"),
        ("ce_dataschema", b"/raw"),
    ]

    made = passed_on(arrived, CleanArticle.ce_type, "wireroom/cleanup", **DEFAULTS)

    assert {name for name, _ in made} == {name for name, _ in raw_headers(RawArticle(body="x"), NOON)}
