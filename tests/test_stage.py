"""A stage turns records into results and dead letters. No broker."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from streams.dead import replays_of
from streams.enrich import Enricher
from streams.errors import EmptyArticle
from streams.events import CleanArticle, RawArticle, TaggedArticle
from streams.headers import Header, text_of
from streams.records import Outgoing
from streams.stage import Stage
from streams.topics import Topics
from streams.topology import stages

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
WIRE = Topics("news")


@dataclass(frozen=True)
class Read:
    """A record as a client reads it."""

    value: bytes | None
    key: bytes | None = None
    headers: Sequence[Header] = field(default_factory=tuple)
    topic: str = "news.raw"
    partition: int = 2
    offset: int = 41
    timestamp: int = 1_772_366_400_000  # NOON


class PlainCleaner:
    """Keeps the body as text, refuses an empty one, and fails on one word."""

    def clean(self, raw: RawArticle) -> CleanArticle:
        if not raw.body.strip():
            raise EmptyArticle(f"article {raw.article_id} has no text")
        if "choke" in raw.body:
            raise ZeroDivisionError("division by zero")
        return CleanArticle(article_id=raw.article_id, text=raw.body)


@pytest.fixture
def cleanup() -> Stage:
    return stages(Enricher(PlainCleaner(), None, None), WIRE, max_bytes=100_000)[0]  # type: ignore[arg-type]


def raw(body: str, **fields: object) -> bytes:
    return json.dumps({"article_id": "a1", "body": body, **fields}).encode()


def worked(stage: Stage, *records: Read) -> list[Outgoing]:
    return stage.work(records, now=lambda: NOON)


def test_a_result_keeps_the_article_id_the_event_id_and_unknown_headers(cleanup: Stage):
    trace = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    headers = [("ce_id", b"e7"), ("ce_time", b"2026-02-28T08:00:00Z"), ("traceparent", trace), ("desk", b"x")]

    [sent] = worked(cleanup, Read(raw("Rates rise"), b"a1", headers))

    assert (sent.topic, sent.key, sent.dead) == ("news.clean", b"a1", None)
    assert CleanArticle.model_validate_json(sent.value or b"").text == "Rates rise"
    assert dict(sent.headers) == {
        "ce_specversion": b"1.0",
        "ce_id": b"e7",
        "ce_type": b"news.article.clean.v1",
        "ce_source": b"wireroom/cleanup",
        "ce_time": b"2026-02-28T08:00:00Z",
        "content-type": b"application/json",
        "traceparent": trace,
        "desk": b"x",
    }


def test_an_event_without_an_id_gets_the_same_one_every_time(cleanup: Stage):
    first, again = (worked(cleanup, Read(raw("Rates rise"), b"a1"))[0] for _ in range(2))

    assert text_of(first.headers, "ce_id") == text_of(again.headers, "ce_id") == "news.raw-2-41"
    assert text_of(first.headers, "ce_time") == "2026-03-01T12:00:00.000Z"


@pytest.mark.parametrize(
    ("value", "reason", "message"),
    [
        (b"\xff\xfe{}", "UndecodableEvent", "0xff at 0"),
        (b'{"article_id": "a1", "body": "caf\xe9"}', "UndecodableEvent", "0xe9 at"),
        (b"no json at all", "InvalidJson", "line 1"),
        (b"", "InvalidJson", "EOF"),
        (b'{"article_id": "a1", "body": "cut of', "InvalidJson", "EOF"),
        (b'["a1", "body"]', "InvalidEvent", "RawArticle"),
        (b"null", "InvalidEvent", "RawArticle"),
        (b'{"article_id": "a1"}', "InvalidEvent", "body"),
        (b"{}", "InvalidEvent", "body"),
        (raw("Rates rise", article_id=""), "InvalidEvent", "article_id"),
        (raw("Rates rise", article_id=7), "InvalidEvent", "article_id"),
        (b'{"article_id": "a1", "body": 42}', "InvalidEvent", "body"),
        (raw("Rates rise", published_at="yesterday"), "InvalidEvent", "published_at"),
        (raw("Rates rise", published_at=1772366400), "InvalidEvent", "published_at"),
        (raw("Rates rise", content_type="application/pdf"), "InvalidEvent", "content_type"),
        (b'{"body": "\\ud800 alone"}', "InvalidJson", "hex escape"),
        (raw("  \n "), "EmptyArticle", "a1"),
        (raw("please choke"), "Unexpected", "ZeroDivisionError"),
        (raw("x" * 200_000), "ArticleTooLarge", "100,000"),
        (None, "Tombstone", "no value"),
    ],
)
def test_a_record_that_can_never_succeed_is_buried_unchanged_with_its_reason(
    cleanup: Stage, value: bytes | None, reason: str, message: str
):
    headers: list[Header] = [("ce_id", b"e7"), ("desk", None), ("desk", b"\xff")]

    [letter] = worked(cleanup, Read(value, b"k\x00ey", headers))

    assert (letter.topic, letter.key, letter.value) == ("news.dead", b"k\x00ey", value)
    assert letter.headers[:3] == headers
    added = dict(letter.headers[3:])
    assert added["__streams.errors.exception"] == reason.encode()
    assert message in (added["__streams.errors.message"] or b"").decode()
    assert added["__streams.errors.topic"] == b"news.raw"
    assert added["__streams.errors.partition"] == b"2"
    assert added["__streams.errors.offset"] == b"41"
    assert added["wireroom.stage"] == b"cleanup"
    assert added["wireroom.at"] == b"2026-03-01T12:00:00.000Z"
    assert added["wireroom.replays"] == b"0"


def test_a_bug_of_ours_keeps_its_traceback(cleanup: Stage):
    [letter] = worked(cleanup, Read(raw("please choke")))

    assert "in clean" in (text_of(letter.headers, "__streams.errors.stacktrace") or "")


def test_a_record_from_a_time_that_no_calendar_has_is_buried(cleanup: Stage):
    [letter] = worked(cleanup, Read(raw("Rates rise"), timestamp=2**62))

    assert text_of(letter.headers, "__streams.errors.exception") == "Unexpected"


def test_neighbours_of_a_bad_article_come_through_in_their_order(cleanup: Stage):
    bodies = ["one", "", "please choke", "two", "three"]
    records = [Read(raw(body, article_id=f"a{n}"), offset=n) for n, body in enumerate(bodies)]

    sent = worked(cleanup, *records)

    assert [outgoing.topic.removeprefix("news.") for outgoing in sent] == [
        "clean",
        "dead",
        "dead",
        "clean",
        "clean",
    ]
    assert [text_of(outgoing.headers, "__streams.errors.offset") for outgoing in sent[1:3]] == ["1", "2"]


def test_a_key_that_is_not_the_article_id_is_a_warning_and_the_id_becomes_the_key(cleanup: Stage):
    other, none, same = worked(cleanup, Read(raw("x"), b"other"), Read(raw("x"), None), Read(raw("x"), b"a1"))

    assert CleanArticle.model_validate_json(other.value or b"").warnings == ["key_mismatch"]
    assert CleanArticle.model_validate_json(none.value or b"").warnings == []
    assert CleanArticle.model_validate_json(same.value or b"").warnings == []
    assert {other.key, none.key, same.key} == {b"a1"}


def test_unknown_fields_are_ignored(cleanup: Stage):
    [sent] = worked(cleanup, Read(raw("Rates rise", desk="economy", score={"deep": [1]})))

    assert sent.dead is None


def test_the_count_of_replays_stays_with_the_letter_and_leaves_with_success(cleanup: Stage):
    replayed = [("wireroom.replays", b"2")]

    [letter] = worked(cleanup, Read(b"{", headers=replayed))
    [sent] = worked(cleanup, Read(raw("Rates rise"), headers=replayed))

    assert replays_of(letter.headers) == 2
    assert text_of(sent.headers, "wireroom.replays") is None


def test_a_step_that_loses_an_article_never_gives_one_the_result_of_another():
    class Forgetful:
        def tag(self, articles: Sequence[CleanArticle]) -> list[TaggedArticle]:
            return []

    entities = stages(Enricher(None, Forgetful(), None), WIRE, max_bytes=1000)[1]  # type: ignore[arg-type]

    [letter] = worked(entities, Read(CleanArticle(article_id="a1", text="x").to_bytes()))

    assert text_of(letter.headers, "__streams.errors.exception") == "Unexpected"


def test_an_article_goes_to_the_topic_of_each_of_its_labels():
    from streams.events import EnrichedArticle, Label

    class BothLabels:
        def label(self, articles: Sequence[TaggedArticle]) -> list[EnrichedArticle]:
            labels = [Label(label=name, name=name, score=0.9) for name in ("diplomacy", "climate")]
            return [EnrichedArticle(**dict(article), labels=labels, scores={}) for article in articles]

    labelling = stages(Enricher(None, None, BothLabels()), WIRE, max_bytes=10_000)[2]  # type: ignore[arg-type]

    sent = worked(labelling, Read(TaggedArticle(article_id="a1", text="x", entities=[]).to_bytes()))

    assert [outgoing.topic for outgoing in sent] == [
        "news.enriched",
        "news.labels.diplomacy",
        "news.labels.climate",
        "news.fingerprints",
    ]
    assert len({outgoing.value for outgoing in sent[:3]}) == 1
    assert text_of(sent[3].headers, "ce_type") == "news.article.fingerprint.v1"


def test_an_article_from_a_clock_that_is_ahead_did_not_arrive_in_the_future():
    labelling = stages(Enricher(None, None, None), WIRE, max_bytes=10_000)[2]
    late = int(datetime(2203, 1, 1, tzinfo=UTC).timestamp() * 1000)
    record = Read(b"{}", headers=[("ce_time", b"2203-01-01T00:00:00Z")], timestamp=late)

    ((_, _, arrived),) = labelling.payloads([record])

    assert arrived <= time.time() * 1000
