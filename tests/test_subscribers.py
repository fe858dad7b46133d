"""A record of a topic is the event of that topic's class, or says what is wrong with it."""

from __future__ import annotations

import pytest

from streams.errors import InvalidEvent, InvalidJson, Tombstone, UndecodableEvent, WireroomError
from streams.events import CleanArticle, EnrichedArticle, Fingerprint, RawArticle, StoryArticle, TaggedArticle
from streams.subscribers import EventRecord, event_type
from tests.fakes.records import Copied


def event_record(value: bytes | None, topic: str = "news.clean") -> EventRecord:
    return EventRecord.of(Copied(topic, 3, 42, 0, b"a1", value, (("desk", b"a"),)))


def test_a_record_is_the_event_of_its_topic():
    article = CleanArticle(article_id="a1", text="Rates rise.")

    record = event_record(article.to_bytes())

    assert record.event() == article
    assert (record.key, record.partition, record.offset, record.headers) == (b"a1", 3, 42, [("desk", b"a")])


@pytest.mark.parametrize(
    ("value", "error", "reason"),
    [
        (None, Tombstone, "the record has no value"),
        (b"{", InvalidJson, ""),
        (b"{}", InvalidEvent, "text"),
        (b"\xff", UndecodableEvent, ""),
    ],
)
def test_a_record_that_is_not_an_event_is_reported_with_its_place(value, error, reason):
    with pytest.raises(error, match=f"news.clean 3-42: .*{reason}"):
        event_record(value).event()


@pytest.mark.parametrize(
    ("topic", "event"),
    [
        ("news.raw", RawArticle),
        ("news.tagged", TaggedArticle),
        ("desk.news.enriched", EnrichedArticle),
        ("news.labels.climate", EnrichedArticle),
        ("news.fingerprints", Fingerprint),
        ("news.stories", StoryArticle),
    ],
)
def test_the_end_of_a_topic_s_name_tells_its_events(topic, event):
    assert event_type(topic) is event


def test_a_topic_of_dead_letters_carries_no_events():
    with pytest.raises(WireroomError, match=r"news.dead carries no article events; choose"):
        event_type("news.dead")
