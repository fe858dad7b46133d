"""The headers of a record: CloudEvents 1.0 in binary mode."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from streams.events import CleanArticle, RawArticle
from streams.headers import (
    Header,
    TraceContext,
    arrival_ms,
    continue_trace,
    event_id,
    passed_on,
    raw_headers,
    text_of,
    trace_context_of,
    trace_id_of,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DEFAULTS: dict[str, Any] = {"default_id": "made-here", "timestamp": int(NOON.timestamp() * 1000)}


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


def test_the_time_of_an_event_is_in_utc():
    headers = raw_headers(RawArticle(body="Rates rise."), NOON.astimezone(timezone(timedelta(hours=5))))

    assert text_of(headers, "ce_time") == "2026-03-01T12:00:00.000Z"


def test_an_article_published_twice_keeps_its_event_id_and_a_changed_one_gets_another():
    first = RawArticle(article_id="a1", body="Rates rise.")
    changed = RawArticle(article_id="a1", body="Rates fall.")

    ids = [text_of(raw_headers(article, NOON), "ce_id") for article in (first, first, changed)]

    assert ids[0] == ids[1] != ids[2]


def test_a_stage_passes_on_the_id_and_time_of_the_raw_event_and_every_unknown_header():
    arrived: list[Header] = [
        ("traceparent", b"00-1-2-01"),
        *raw_headers(RawArticle(article_id="a1", body="Rates rise."), NOON),
        ("desk", b"foreign"),
        ("desk", b"economy"),
        ("empty", None),
        ("binary", b"\xff\x00"),
    ]

    sent = passed_on(arrived, CleanArticle.ce_type, "wireroom/cleanup", "made-here", timestamp=0)

    assert sent == [
        ("ce_specversion", b"1.0"),
        ("ce_id", dict(arrived)["ce_id"]),
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


def test_a_record_without_headers_gets_the_default_id_and_its_own_time():
    sent = passed_on([], CleanArticle.ce_type, "wireroom/cleanup", **DEFAULTS)

    assert text_of(sent, "ce_id") == "made-here"
    assert text_of(sent, "ce_time") == "2026-03-01T12:00:00.000Z"


def test_the_headers_of_a_replay_are_not_passed_on():
    arrived = [
        ("wireroom.replays", b"2"),
        ("__streams.errors.message", b"no text"),
        ("ce_dataschema", b"/raw"),
    ]

    sent = passed_on(arrived, CleanArticle.ce_type, "wireroom/cleanup", **DEFAULTS)

    assert {name for name, _ in sent} == {name for name, _ in raw_headers(RawArticle(body="x"), NOON)}


TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@pytest.mark.parametrize(
    "traceparent",
    [f"00-{TRACE}-{SPAN}-01", f"00-{TRACE}-{SPAN}-00", f"01-{TRACE}-{SPAN}-01", f"fe-{TRACE}-{SPAN}-01-more"],
)
def test_a_record_belongs_to_the_trace_of_its_traceparent(traceparent):
    assert trace_id_of([("ce_id", b"1"), ("traceparent", traceparent.encode())]) == TRACE


@pytest.mark.parametrize(
    "traceparent",
    [
        None,
        b"",
        b"garbage",
        b"\xff\x00\n",
        f"00-{TRACE}-{SPAN}".encode(),
        f"00-{TRACE}-{SPAN}-01-more".encode(),
        f"00-{TRACE}-{SPAN}-01\n".encode(),
        f"ff-{TRACE}-{SPAN}-01".encode(),
        f"00-{TRACE.upper()}-{SPAN}-01".encode(),
        f"00-{'0' * 32}-{SPAN}-01".encode(),
        f"00-{TRACE}-{'0' * 16}-01".encode(),
        f"01-{TRACE}-{SPAN}-01-{'x' * 10_000}".encode(),
    ],
)
def test_a_traceparent_that_is_garbage_names_no_trace(traceparent):
    assert trace_id_of([("traceparent", traceparent)]) is None


def test_a_record_without_a_traceparent_belongs_to_no_trace():
    assert trace_id_of([]) is None


def test_a_trace_context_has_the_span_and_the_flags_too():
    headers: list[Header] = [("traceparent", f"00-{TRACE}-{SPAN}-01".encode())]

    assert trace_context_of(headers) == TraceContext(TRACE, SPAN, "01")


STATE: Header = ("tracestate", b"vendor=1")
DESK: Header = ("desk", b"Oslo")
NEXT = TraceContext(TRACE, "b7ad6b7169203331", "01")
WRITTEN: Header = ("traceparent", f"00-{TRACE}-b7ad6b7169203331-01".encode())


@pytest.mark.parametrize(
    ("headers", "continued"),
    [
        ([], [WRITTEN]),
        ([("traceparent", f"00-{TRACE}-{SPAN}-01".encode()), STATE, DESK], [STATE, DESK, WRITTEN]),
        ([("traceparent", b"garbage"), STATE, DESK], [DESK, WRITTEN]),  # a state belongs to its traceparent
        ([("traceparent", b"garbage"), ("traceparent", f"00-{TRACE}-{SPAN}-01".encode())], [WRITTEN]),
    ],
)
def test_a_continued_trace_has_one_traceparent_and_all_other_headers(headers, continued):
    assert continue_trace(headers, NEXT) == continued


NOON_MS = 1_772_366_400_000  # 2026-03-01T12:00:00Z


@pytest.mark.parametrize(
    ("ce_time", "timestamp", "arrived"),
    [
        (b"2026-03-01T12:00:00Z", NOON_MS + 5_000, NOON_MS),
        (b"2203-03-01T12:00:00Z", NOON_MS, NOON_MS),
        (b"2026-03-01T12:00:00Z", -1, NOON_MS),
        (b"yesterday", NOON_MS, NOON_MS),
        (None, NOON_MS, NOON_MS),
        (None, -1, 0),
    ],
)
def test_an_article_arrived_when_it_was_published_and_not_after_its_record(ce_time, timestamp, arrived):
    assert arrival_ms([("x", b"1"), ("ce_time", ce_time)], timestamp) == arrived
