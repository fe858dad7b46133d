"""A worker that runs all stages commits an article in one transaction, and skips what it has carried on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from kafka import KafkaProducer

from producers import publish
from streams.events import CleanArticle, RawArticle
from streams.headers import PASSED, text_of
from streams.kafka.lag import lag
from tests.broker.wire import Wire, Worker, wait_until

TEXT = "Norway and Chile went on with their talks about a climate treaty in Oslo on Monday, number {}."


def articles(first: int, last: int) -> list[RawArticle]:
    """Return the articles with these numbers."""
    return [
        RawArticle(article_id=f"a{number}", body=TEXT.format(number)) for number in range(first, last + 1)
    ]


def passed(wire: Wire, topic: str) -> list[bool]:
    """Return for each record of `topic` if its article was carried on."""
    return [text_of(record.headers, PASSED) == wire.group for record in wire.read_all(topic)]


CARRYING = {"WIREROOM_ONE_PASS": "1"}
GOING_FROM_TOPIC_TO_TOPIC = {"WIREROOM_ONE_PASS": "0"}


def once_each(wire: Wire, count: int) -> bool:
    """Return True if every topic of the flow has `count` articles, each once."""
    seen = [Counter(record.key for record in wire.read_all(topic)) for topic in wire.topics.stages()]
    return all(len(keys) == count and set(keys.values()) == {1} for keys in seen)


def waiting(wire: Wire) -> set[int]:
    """Return how many records wait in the partitions that the three stages read."""
    inputs = {topic: stage for topic, stage in wire.topics.inputs().items() if stage != "stories"}
    return {each.records for each in lag(wire.connection, wire.group, inputs)}


def test_articles_are_carried_through_all_stages_and_come_out_once(wire: Wire, worker: Callable[..., Worker]):
    worker(**CARRYING)
    publish(articles(0, 9), settings=wire.settings)
    wire.read_count(wire.topics.enriched, 10)

    publish(articles(10, 59), settings=wire.settings)
    wire.read_count(wire.topics.enriched, 60)

    assert sum(passed(wire, wire.topics.clean)) >= 50
    assert sum(passed(wire, wire.topics.tagged)) >= 50
    assert not any(passed(wire, wire.topics.enriched))
    wait_until(lambda: waiting(wire) == {0}, "the offsets of what was skipped are committed")
    assert once_each(wire, 60)


def test_a_worker_that_stops_leaves_nothing_to_read_again(wire: Wire, worker: Callable[..., Worker]):
    carrying = worker(**CARRYING)
    publish(articles(0, 9), settings=wire.settings)
    wire.read_count(wire.topics.enriched, 10)
    publish(articles(10, 59), settings=wire.settings)
    wire.read_count(wire.topics.enriched, 60)

    assert carrying.stop() == 0

    assert sum(passed(wire, wire.topics.tagged)) >= 50
    assert waiting(wire) == {0}


def test_a_clean_article_of_somebody_else_is_not_skipped(wire: Wire, worker: Callable[..., Worker]):
    worker(**CARRYING)
    publish(articles(0, 3), settings=wire.settings)
    wire.read_count(wire.topics.enriched, 4)
    by_hand = CleanArticle(article_id="mine", text=TEXT.format("mine"))
    producer = KafkaProducer(bootstrap_servers=wire.bootstrap)
    producer.send(wire.topics.clean, by_hand.to_bytes(), key=by_hand.key).get(timeout=30)
    producer.close()

    enriched = wire.read_until(wire.topics.enriched, by_hand.key)

    assert enriched.value


def test_workers_that_carry_and_workers_of_single_stages_share_a_group_and_nothing_comes_twice(
    wire: Wire, worker: Callable[..., Worker]
):
    for stages in ([], ["cleanup"], ["entities", "labels"]):
        worker(*stages, **CARRYING)
    publish(articles(0, 19), settings=wire.settings)
    wire.read_count(wire.topics.enriched, 20)
    worker(**GOING_FROM_TOPIC_TO_TOPIC)

    publish(articles(20, 59), settings=wire.settings)
    wire.read_count(wire.topics.enriched, 60)

    assert once_each(wire, 60)


def test_a_worker_told_to_goes_from_topic_to_topic(wire: Wire, worker: Callable[..., Worker]):
    worker(**GOING_FROM_TOPIC_TO_TOPIC)
    publish(articles(0, 3), settings=wire.settings)
    wire.read_count(wire.topics.enriched, 4)

    assert not any(passed(wire, wire.topics.clean))
