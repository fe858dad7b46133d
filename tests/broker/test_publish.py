"""Publishing on a real broker: keys, headers, acknowledgements, and errors in one line."""

from __future__ import annotations

import socket
import threading
from collections import Counter
from dataclasses import replace

import pytest

from producers import publish
from streams.broker import EmbeddedBroker
from streams.errors import BrokerError
from streams.events import RawArticle
from streams.headers import event_id, text_of
from streams.kafka.admin import create_topics
from streams.kafka.connection import Connection
from streams.settings import Settings
from streams.topics import Topics
from tests.broker.wire import Wire, wait_until

pytestmark = pytest.mark.broker

PLAIN = Settings(security_protocol="PLAINTEXT")


def test_a_published_article_is_on_the_raw_topic_under_its_id(wire):
    article = RawArticle(article_id="a1", publisher="The Example", body="Rates rise.")

    count = publish([article], settings=wire.settings)

    record = wire.read_until(wire.topics.raw, article.key)
    assert count == 1
    assert record.value == article.to_bytes()
    assert text_of(record.headers, "ce_id") == event_id(article.key, article.to_bytes())
    assert text_of(record.headers, "ce_type") == "news.article.raw.v1"
    assert text_of(record.headers, "ce_source") == "The%20Example"


def test_every_acknowledged_article_is_reported_in_order(wire):
    articles = [RawArticle(article_id=f"a{number}", body="Rates rise. " * 300) for number in range(5_000)]
    acknowledged: list[RawArticle] = []

    count = publish(iter(articles), settings=wire.settings, on_acknowledged=acknowledged.append)

    assert count == 5_000
    assert acknowledged == articles
    assert len(wire.read_all(wire.topics.raw)) == 5_000


def test_versions_of_one_article_stay_in_order(wire):
    versions = [RawArticle(article_id="a1", body=f"Rates rise, take {number}.") for number in range(500)]

    publish(versions, settings=wire.settings)

    assert [record.value for record in wire.read_all(wire.topics.raw)] == [v.to_bytes() for v in versions]


def test_articles_are_read_no_further_ahead_than_may_be_in_flight(wire, monkeypatch):
    monkeypatch.setattr("producers.articles.IN_FLIGHT_ARTICLES", 10)
    acknowledged: list[RawArticle] = []
    ahead: list[int] = []

    def articles():
        for number in range(500):
            ahead.append(number - len(acknowledged))
            yield RawArticle(article_id=f"a{number}", body="Rates rise.")

    publish(articles(), settings=wire.settings, on_acknowledged=acknowledged.append)

    assert len(acknowledged) == 500
    assert max(ahead) <= 11


def test_an_article_larger_than_the_topic_takes_is_refused_by_name(wire):
    large = RawArticle(article_id="large", body="x" * 30_000_000)
    many = [RawArticle(article_id=f"a{number}", body="Rates rise.") for number in range(500)]

    with pytest.raises(
        BrokerError,
        match=r"article large is 30,000,\d+ bytes, more than .*max.message.bytes.* 500 acknowledged",
    ):
        publish([*many, large, *many], settings=wire.settings)

    assert wire.read_count(wire.topics.raw, 500)


def test_a_missing_topic_is_named_with_what_creates_it(bootstrap):
    with pytest.raises(BrokerError, match=f"topic absent.raw does not exist at {bootstrap}: .*topics create"):
        publish(
            [RawArticle(body="Rates rise.")], settings=PLAIN, bootstrap=bootstrap, topics=Topics("absent")
        )


def test_a_broker_that_is_not_there_is_named_with_what_starts_it():
    with socket.socket() as taken:  # bound and not listening: nobody else can answer here
        taken.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{taken.getsockname()[1]}"

        with pytest.raises(
            BrokerError, match=f"no Kafka broker at {address}: start one with `wireroom broker`"
        ):
            publish([RawArticle(body="Rates rise.")], address, settings=PLAIN)


@pytest.mark.parametrize("address", ["http://localhost:9092", "localhost:kafka", "localhost 9092", ","])
def test_an_invalid_address_is_refused_with_the_form_to_write(address):
    with pytest.raises(BrokerError, match="is not a broker address: write HOST:PORT"):
        publish([RawArticle(body="Rates rise.")], address, settings=PLAIN)


def test_articles_sent_before_the_feed_breaks_arrive(wire):
    def articles():
        yield RawArticle(article_id="a1", body="Rates rise.")
        raise RuntimeError("the feed broke")

    with pytest.raises(RuntimeError, match="the feed broke"):
        publish(articles(), settings=wire.settings)

    assert wire.read_until(wire.topics.raw, b"a1")


@pytest.mark.fault
def test_a_broker_that_dies_and_returns_loses_no_article_and_doubles_none(tmp_path):
    wire = Wire("", prefix="news", group="news")
    acknowledged: list[RawArticle] = []

    def crash(broker: EmbeddedBroker) -> None:
        wait_until(lambda: len(acknowledged) > 500, "the first articles are acknowledged")
        broker.kill()
        broker.start()

    with EmbeddedBroker(tmp_path) as broker:
        specs = wire.topics.specs([], partitions=4, retention_days=1, max_message_bytes=1_000_000)
        create_topics(Connection(broker.bootstrap), specs)
        crashing = threading.Thread(target=crash, args=[broker])
        crashing.start()
        articles = (RawArticle(article_id=f"a{number}", body="x" * 3_000) for number in range(6_000))

        count = publish(
            articles, broker.bootstrap, settings=wire.settings, on_acknowledged=acknowledged.append
        )

        crashing.join()
        records = replace(wire, bootstrap=broker.bootstrap).read_all(wire.topics.raw)
    assert count == len(acknowledged) == 6_000
    assert Counter(record.key for record in records) == {b"a%d" % number: 1 for number in range(6_000)}
