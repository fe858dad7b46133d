"""What the river shows of an article."""

from __future__ import annotations

import orjson
import pytest
from pydantic import ValidationError

from streams.kafka.batches import LogRecord
from streams.web.article import SHOWN_CHARACTERS, read_article, read_story
from tests.web.articles import enriched, entity, record, story, story_value


def test_the_event_for_viewers_has_what_the_wire_promises():
    event = enriched()

    body = orjson.loads(read_article(record(event, timestamp=1_772_366_400_000)).body)

    assert body["article_id"] == event.article_id
    assert body["headline"] == event.headline
    assert body["publisher"] == "Harbour Post"
    assert body["published_at"] == "2026-03-01T12:00:00Z"
    assert body["labels"] == [{"label": "diplomacy", "name": "Diplomacy", "score": 0.9}]
    assert body["entities"] == [{"name": "Ada Lind", "type": "PER"}, {"name": "Bergen", "type": "LOC"}]
    assert body["story_id"] is None
    assert body["seen_at"] == "2026-03-01T12:00:00.000Z"


def test_the_opening_does_not_repeat_the_headline():
    body = orjson.loads(read_article(record(enriched())).body)

    assert body["opening"].startswith("Ada Lind met the port authority")


def test_fields_of_five_megabytes_become_small_events():
    long = "x" * 5_000_000
    event = enriched(headline=long, text=long, publisher=long, url=long, entities=[entity(long, "PER", 0)])

    article = read_article(record(event))

    assert len(article.body) < 10 * SHOWN_CHARACTERS
    assert len(article.searched) < 10_000


def test_an_article_tells_its_age_from_the_time_of_the_raw_event():
    assert read_article(record(enriched(), timestamp=1_772_366_400_000)).age == 1000


@pytest.mark.parametrize("time", [b"", b"yesterday", b"0000-00-00T00:00:00Z", b"\xff"])
def test_an_article_without_a_readable_time_has_no_age(time):
    event = enriched()

    article = read_article(LogRecord("t", 0, 0, 1, event.key, event.to_bytes(), [("ce_time", time)]))

    assert article.age is None


def test_a_record_from_a_year_that_no_calendar_has_is_shown_without_a_time():
    body = orjson.loads(read_article(record(enriched(), timestamp=0)._replace(timestamp=10**17)).body)

    assert body["seen_at"] is None


def test_a_record_that_is_not_an_article_is_not_read():
    with pytest.raises(ValidationError):
        read_article(LogRecord("t", 0, 0, 0, b"k", b'{"article_id": "x"}', []))


def test_an_article_joins_its_story():
    event = enriched()
    article = read_article(record(event))

    article.join(story(event, "s1", duplicate_of="another", articles=3))

    body = orjson.loads(article.body)
    assert (body["story_id"], body["duplicate_of"], body["story"]["articles"]) == ("s1", "another", 3)
    assert article.story_id == "s1"


@pytest.mark.parametrize("value", [None, b"", b"[]", b"7", b'{"article_id": 1, "story_id": "s"}', b"\xff"])
def test_a_record_that_is_not_a_story_is_passed_over(value):
    assert read_story(LogRecord("t", 0, 0, 0, b"k", value, [])) is None


def test_a_story_is_read_from_its_record():
    event = enriched()

    read = read_story(LogRecord("t", 0, 0, 0, event.key, story_value(event, "s1"), []))

    assert read is not None
    assert read["story_id"] == "s1"
