"""The articles that the page keeps, and the order in which viewers get them."""

from __future__ import annotations

import orjson
import pytest

from streams.web.article import read_article
from streams.web.filters import Filter
from streams.web.history import History
from streams.web.trends import Trends
from tests.web.articles import enriched, label, record, story

ALL = Filter()


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def new_history(limit: int = 1000, clock: Clock | None = None) -> History:
    history = History(limit, Trends(lambda: 0.0), clock or Clock())
    history.load([], [], {})
    return history


def event_of(frame: bytes) -> tuple[dict[str, str], dict]:
    """Return the fields of a server-sent event before its data, and the data."""
    *first, data, end, rest = frame.decode().split("\n")
    assert (end, rest) == ("", "")
    fields = dict(line.split(": ", 1) for line in first)
    return fields, orjson.loads(data.removeprefix("data: "))


def read_all(history: History, chosen: Filter = ALL) -> list[tuple[dict[str, str], dict]]:
    frames, end = history.read(0, chosen, 10**9)
    assert end == history.end
    return [event_of(frame) for frame in frames]


def ids(events: list[tuple[dict[str, str], dict]]) -> list[str]:
    return [data["article_id"] for _, data in events]


def test_each_article_is_an_event_whose_id_tells_how_far_it_leads():
    history = new_history()
    first, second = enriched(), enriched()

    history.take([read_article(record(first, 4)), read_article(record(second, 9, partition=1))], [])

    events = read_all(history)
    assert ids(events) == [first.article_id, second.article_id]
    assert [fields for fields, _ in events] == [{"id": "0:4"}, {"id": "0:4,1:9"}]


def test_a_viewer_gets_only_what_the_filter_admits():
    history = new_history()
    climate, other = enriched(labels=[label("climate")]), enriched()

    history.take([read_article(record(climate, 0)), read_article(record(other, 1))], [])

    assert ids(read_all(history, Filter(labels=("climate",)))) == [climate.article_id]


def test_an_article_waits_for_its_story_once_there_is_a_stage_of_stories():
    clock = Clock()
    history = new_history(clock=clock)
    first, second = enriched(), enriched()
    history.take([read_article(record(first, 0))], [story(first, "s1")])

    history.take([read_article(record(second, 1))], [])

    before = ids(read_all(history))
    history.take([], [story(second, "s2")])
    assert before == [first.article_id]
    assert [(data["article_id"], data["story_id"]) for _, data in read_all(history)] == [
        (first.article_id, "s1"),
        (second.article_id, "s2"),
    ]


def test_an_article_whose_story_does_not_come_is_sent_without_it_and_gets_it_later():
    clock = Clock()
    history = new_history(clock=clock)
    first, second = enriched(), enriched()
    history.take([read_article(record(first, 0))], [story(first, "s1")])
    history.take([read_article(record(second, 1))], [])

    clock.seconds = 60.0
    history.release()

    assert [data["story_id"] for _, data in read_all(history)] == ["s1", None]
    history.take([], [story(second, "s2")])
    fields, data = read_all(history)[-1]
    assert fields == {"event": "story"}
    assert (data["article_id"], data["story_id"]) == (second.article_id, "s2")


def test_no_article_waits_where_there_are_no_stories():
    history = new_history()
    events = [enriched() for _ in range(10)]

    history.take([read_article(record(event, at)) for at, event in enumerate(events)], [])

    assert history.seconds_to_release() is None
    assert len(read_all(history)) == 10


def test_a_story_that_is_told_twice_is_sent_once():
    history = new_history()
    event = enriched()
    history.take([read_article(record(event, 0))], [])
    history.take([], [story(event, "s1")])

    history.take([], [story(event, "s1", articles=2)])

    assert len(read_all(history)) == 2


def test_the_number_of_kept_articles_is_bounded():
    history = new_history(limit=100)

    for offset in range(1000):
        history.take([read_article(record(enriched(), offset))], [])

    assert history.count <= 210
    with pytest.raises(LookupError):
        history.read(0, ALL, 1000)


def test_a_new_version_takes_the_place_of_the_article():
    history = new_history()
    event = enriched(article_id="the same")
    history.take([read_article(record(event, 0))], [])

    history.take([read_article(record(event.model_copy(update={"headline": "Corrected"}), 1))], [])

    latest = [entry for entry in history.newest(ALL, None) if entry]
    assert [orjson.loads(entry.article.body)["headline"] for entry in latest] == ["Corrected"]
    assert len(read_all(history)) == 2
    found = history.find("the same")
    assert found is not None
    assert found.offset == 1


def test_a_viewer_who_comes_back_gets_what_it_lacks():
    history = new_history()
    events = [enriched() for _ in range(6)]
    places = [(0, 0), (1, 0), (0, 1), (1, 1), (0, 2), (1, 2)]
    history.take(
        [
            read_article(record(e, at, partition=number))
            for e, (number, at) in zip(events, places, strict=True)
        ],
        [],
    )

    missed = history.since({0: 1, 1: 0})

    assert missed is not None
    assert [entry.article.article_id for entry in missed] == [event.article_id for event in events[3:]]


def test_the_id_of_an_event_never_leads_back():
    """A new server may read the partitions in another order than the one before, whose id the viewer has."""
    history = new_history()
    history.take(
        [read_article(record(enriched(), at, partition=number)) for number in (0, 1) for at in (0, 1)], []
    )
    came = {0: 0, 1: 1}

    missed = history.since(came)

    assert missed is not None
    assert [event_of(entry.frame_beyond(came))[0]["id"] for entry in missed] == ["0:1,1:1"]


def test_an_id_from_beyond_the_end_is_not_believed():
    history = History(1000, Trends(lambda: 0.0), Clock())
    history.load([read_article(record(enriched(), 3))], [], {0: 5})

    assert history.since({0: 3}) == []
    assert history.since({0: 4}) == []  # behind it are only control records
    assert history.since({0: 5}) is None
    assert history.since({7: 0}) is None


def test_the_newest_articles_are_those_that_the_filter_admits():
    history = new_history()
    events = [enriched(labels=[label("climate")] if number % 2 else []) for number in range(10)]
    history.take([read_article(record(event, at)) for at, event in enumerate(events)], [])

    latest = [entry for entry in history.newest(Filter(labels=("climate",)), 2) if entry]

    assert [entry.article.offset for entry in latest] == [9, 7]
    assert [entry for entry in history.newest(ALL, 0) if entry] == []


def test_the_history_begins_with_what_the_topics_hold():
    event = enriched()
    history = History(1000, Trends(lambda: 0.0), Clock())

    history.load([read_article(record(event, 7))], [story(event, "s1")], {0: 8})

    assert history.is_loaded
    assert [data["story_id"] for _, data in read_all(history)] == ["s1"]
