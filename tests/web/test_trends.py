"""The numbers of the charts."""

from __future__ import annotations

from streams.web.article import Article, read_article
from streams.web.trends import MINUTE_MS, NAMES, Trends, percentile
from tests.web.articles import enriched, entity, label, record, story

NOW = 1_772_366_400_000


def article(minutes_ago: float, **fields) -> Article:
    return read_article(record(enriched(**fields), timestamp=int(NOW - minutes_ago * MINUTE_MS)))


def counted(*articles: Article) -> dict:
    trends = Trends(lambda: NOW)
    for each in articles:
        trends.add(each)
    return trends.report()


def test_articles_are_counted_in_their_minutes_by_label():
    report = counted(article(0), article(0), article(59, labels=[label("climate")]), article(3, labels=[]))

    assert report["articles"][-1] == 2
    assert sum(report["articles"]) == 4
    assert report["labels"]["diplomacy"][-1] == 2
    assert report["labels"]["climate"][0] == 1


def test_this_hour_is_compared_with_the_hour_before():
    bergen = [entity("Bergen", "LOC", 67)]

    report = counted(article(1, entities=bergen), article(61, entities=bergen), article(100, entities=bergen))

    assert report["entities"] == [{"name": "Bergen", "type": "LOC", "now": 1, "before": 2}]


def test_articles_from_other_hours_are_not_counted():
    report = counted(article(121), article(10_000), article(-5))

    assert sum(report["articles"]) == 0
    assert report["entities"] == []


def test_articles_may_come_out_of_order():
    report = counted(article(1), article(5), article(3), article(5))

    assert [report["articles"][-1 - minutes] for minutes in (1, 3, 5)] == [1, 1, 2]


def test_stories_are_counted_with_a_headline():
    event = enriched()
    told = read_article(record(event, timestamp=NOW))
    told.join(story(event, "s1"))

    assert counted(told)["stories"] == [{"story_id": "s1", "headline": event.headline, "now": 1, "before": 0}]


def test_many_names_in_a_minute_leave_the_most_frequent_ones():
    trends = Trends(lambda: NOW)
    for number in range(3 * NAMES):
        trends.add(article(0, entities=[entity("Bergen", "LOC", 67), entity(f"Nobody {number}", "PER", 0)]))

    first = trends.report()["entities"][0]

    assert (first["name"], first["now"]) == ("Bergen", 3 * NAMES)
    assert sum(len(minute.entities) for minute in trends._minutes) <= 2 * NAMES + 2


def test_percentiles_are_those_of_the_values():
    assert percentile([], 0.5) is None
    assert percentile([7], 0.99) == 7
    assert percentile(range(100), 0.5) == 50
    assert percentile(range(100), 0.99) == 99
