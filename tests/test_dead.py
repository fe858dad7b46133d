"""The headers of a dead letter: those of the record stay, and the reason is added."""

from __future__ import annotations

from typing import Any

import pytest

from streams.dead import dead_letter_headers, original_headers, replays_of
from streams.errors import EmptyArticle, Unexpected
from streams.headers import Header, text_of

DIED: dict[str, Any] = {
    "topic": "news.raw",
    "partition": 3,
    "offset": 42,
    "stage": "cleanup",
    "at": "2026-03-01T12:00:00.000Z",
}
ARRIVED: list[Header] = [
    ("traceparent", b"00-1-2-01"),
    ("desk", b"a"),
    ("desk", b"b"),
    ("null", None),
    ("binary", b"\xff"),
]


def test_a_dead_letter_names_its_reason_and_place_and_keeps_its_own_headers():
    headers = dead_letter_headers(ARRIVED, error=EmptyArticle("no text is left"), replays=1, **DIED)

    assert headers == [
        *ARRIVED,
        ("__streams.errors.exception", b"EmptyArticle"),
        ("__streams.errors.message", b"no text is left"),
        ("__streams.errors.topic", b"news.raw"),
        ("__streams.errors.partition", b"3"),
        ("__streams.errors.offset", b"42"),
        ("wireroom.stage", b"cleanup"),
        ("wireroom.at", b"2026-03-01T12:00:00.000Z"),
        ("wireroom.replays", b"1"),
    ]


def test_a_second_death_replaces_the_first():
    first = dead_letter_headers(ARRIVED, error=EmptyArticle("no text is left"), replays=0, **DIED)

    second = dead_letter_headers(first, error=EmptyArticle("still none"), replays=1, **DIED)

    assert [name for name, _ in second] == [name for name, _ in first]
    assert text_of(second, "__streams.errors.message") == "still none"
    assert original_headers(second) == ARRIVED


def test_a_bug_of_ours_adds_its_stack_trace():
    try:
        raise Unexpected("labels: division by zero") from ZeroDivisionError("division by zero")
    except Unexpected as error:
        headers = dead_letter_headers([], error=error, replays=0, **DIED)

    assert "ZeroDivisionError: division by zero" in (text_of(headers, "__streams.errors.stacktrace") or "")


@pytest.mark.parametrize("message", ["a lone surrogate \ud800", "x" * 5_000_000])
def test_any_message_becomes_a_short_header(message):
    headers = dead_letter_headers([], error=EmptyArticle(message), replays=0, **DIED)

    assert 0 < len(text_of(headers, "__streams.errors.message") or "") <= 1_000


@pytest.mark.parametrize(
    ("headers", "count"),
    [
        ([], 0),
        ([("wireroom.replays", b"2")], 2),
        ([("wireroom.replays", b"2"), ("wireroom.replays", b"3")], 3),
        ([("wireroom.replays", None)], 0),
        ([("wireroom.replays", b"-1")], 0),
        ([("wireroom.replays", b"\xff")], 0),
        ([("wireroom.replays", "٣".encode())], 0),
    ],
)
def test_replays_are_counted_in_a_header(headers, count):
    assert replays_of(headers) == count
