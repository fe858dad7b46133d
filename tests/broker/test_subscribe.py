"""Subscribing on a real broker: typed, committed events, from where the reader asks, each once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable
from itertools import islice

import pytest
from aiokafka import AIOKafkaProducer

from streams.errors import BrokerError, InvalidEvent, InvalidJson, Tombstone, WireroomError
from streams.events import (
    CleanArticle,
    EnrichedArticle,
    Label,
    RawArticle,
    TaggedArticle,
)
from streams.kafka.admin import create_topics
from streams.settings import Settings
from streams.subscribers import event_type, records, subscribe
from tests.broker.wire import Wire

pytestmark = pytest.mark.broker


def send(wire: Wire, topic: str, values: Iterable[bytes | None], key: bytes | None = None) -> None:
    async def send_all() -> None:
        async with AIOKafkaProducer(bootstrap_servers=wire.bootstrap) as producer:
            headers = [("desk", b"foreign")]
            sent = [
                await producer.send(topic, value, key or b"k%d" % number, headers=headers)
                for number, value in enumerate(values)
            ]
            await asyncio.gather(*sent)

    asyncio.run(send_all())


def clean(numbers: Iterable[int]) -> list[bytes]:
    return [CleanArticle(article_id=f"a{number}", text="Rates rise.").to_bytes() for number in numbers]


def read(wire: Wire, topic: str, **options) -> list[str]:
    """Return the ids of the articles that a subscriber gets before the topic falls silent."""
    options = {"beginning": True, "idle_seconds": 2.0, **options}
    with subscribe(topic, settings=wire.settings, **options) as articles:
        return [article.article_id for article in articles]


def test_each_topic_yields_events_of_its_class(wire):
    enriched = EnrichedArticle(
        article_id="a1",
        text="Rates rise.",
        entities=[],
        labels=[Label(label="climate", score=0.9, name="Climate change")],
        scores={"climate": 0.9},
    )
    events = {
        wire.topics.raw: RawArticle(article_id="a1", body="Rates rise."),
        wire.topics.clean: CleanArticle(article_id="a1", text="Rates rise."),
        wire.topics.tagged: TaggedArticle(article_id="a1", text="Rates rise.", entities=[]),
        wire.topics.enriched: enriched,
        wire.topics.label("climate"): enriched,
    }
    for topic, event in events.items():
        send(wire, topic, [event.to_bytes()])

        with subscribe(topic, settings=wire.settings, beginning=True, max_events=1) as articles:
            assert list(articles) == [event]


def test_records_have_bytes_key_headers_and_place(wire):
    send(wire, wire.topics.clean, clean(range(1)), key=b"a0")

    with records(wire.topics.clean, settings=wire.settings, beginning=True, max_events=1) as found:
        (record,) = found

    assert (record.key, record.value, record.offset) == (b"a0", clean(range(1))[0], 0)
    assert record.headers == [("desk", b"foreign")]
    assert record.event() == CleanArticle(article_id="a0", text="Rates rise.")


def test_only_articles_published_after_subscribing_are_read(wire):
    send(wire, wire.topics.clean, clean(range(5)))

    with subscribe(wire.topics.clean, settings=wire.settings, max_events=3) as articles:
        send(wire, wire.topics.clean, clean(range(5, 8)))

        assert sorted(article.article_id for article in articles) == ["a5", "a6", "a7"]


def test_only_committed_articles_are_read(wire):
    async def scenario() -> None:
        async with AIOKafkaProducer(
            bootstrap_servers=wire.bootstrap, transactional_id=wire.group
        ) as producer:
            for number, commit in enumerate([True, False, True]):
                await producer.begin_transaction()
                await producer.send_and_wait(wire.topics.clean, clean([number])[0], b"a")
                await (producer.commit_transaction() if commit else producer.abort_transaction())

    asyncio.run(scenario())

    assert read(wire, wire.topics.clean) == ["a0", "a2"]


def test_a_group_continues_where_it_stopped(wire):
    send(wire, wire.topics.clean, clean(range(10)), key=b"a")
    in_group = {"group": wire.group}

    first = read(wire, wire.topics.clean, max_events=4, **in_group)
    second = read(wire, wire.topics.clean, **in_group)

    assert first == ["a0", "a1", "a2", "a3"]
    assert second == ["a4", "a5", "a6", "a7", "a8", "a9"]


def test_an_event_whose_handling_failed_comes_again(wire):
    send(wire, wire.topics.clean, clean(range(5)), key=b"a")
    options = {"settings": wire.settings, "beginning": True, "group": wire.group}

    with subscribe(wire.topics.clean, **options) as articles:
        handed_out = [next(articles).article_id for _ in range(3)]  # and a2 is not followed by a request

    assert handed_out == ["a0", "a1", "a2"]
    assert read(wire, wire.topics.clean, group=wire.group) == ["a2", "a3", "a4"]


def test_a_group_that_has_read_nothing_yet_misses_nothing_after_it_joined(wire):
    send(wire, wire.topics.clean, clean(range(3)), key=b"a")
    options = {"settings": wire.settings, "group": wire.group}
    with subscribe(wire.topics.clean, **options):
        pass

    send(wire, wire.topics.clean, clean(range(3, 6)), key=b"a")

    assert read(wire, wire.topics.clean, group=wire.group, beginning=False) == ["a3", "a4", "a5"]


def test_members_of_a_group_share_the_articles(wire):
    options = {"settings": wire.settings, "group": wire.group, "beginning": True, "idle_seconds": 6.0}
    send(wire, wire.topics.clean, clean(range(40)))

    def follow() -> list[str]:
        with subscribe(wire.topics.clean, **options) as articles:
            return [article.article_id for article in articles]

    async def both() -> tuple[list[str], list[str]]:
        return await asyncio.gather(asyncio.to_thread(follow), asyncio.to_thread(follow))

    read_by = asyncio.run(both())

    counts = Counter(article for articles in read_by for article in articles)
    assert set(counts) == {f"a{number}" for number in range(40)}


@pytest.mark.parametrize(
    ("value", "error", "reason"),
    [
        (b"{", InvalidJson, "EOF"),
        (b"{}", InvalidEvent, "is missing"),
        (None, Tombstone, "has no value"),
    ],
)
def test_an_invalid_record_is_reported_with_its_place_and_the_next_follows(wire, value, error, reason):
    send(wire, wire.topics.clean, [value, *clean(range(2))], key=b"a")

    with subscribe(wire.topics.clean, settings=wire.settings, beginning=True, max_events=3) as articles:
        with pytest.raises(error, match=rf"{wire.topics.clean} \d-0: .*{reason}"):
            next(articles)
        assert [article.article_id for article in articles] == ["a0", "a1"]


def enriched(number: int) -> bytes:
    return EnrichedArticle(
        article_id=f"a{number}", text="Rates rise.", entities=[], labels=[], scores={}
    ).to_bytes()


def test_an_article_that_lost_its_label_is_skipped_on_the_label_s_topic(wire):
    topic = wire.topics.label("climate")
    send(wire, topic, [None, enriched(0), None, None, enriched(1), None], key=b"a")

    with records(topic, settings=wire.settings, beginning=True, idle_seconds=2.0, tombstones=True) as found:
        values = [record.value for record in found]

    assert read(wire, topic) == ["a0", "a1"]
    assert read(wire, topic, max_events=2) == ["a0", "a1"]
    assert values == [None, enriched(0), None, None, enriched(1), None]


def test_a_group_does_not_stop_at_an_article_that_lost_its_label(wire):
    topic = wire.topics.label("climate")
    send(wire, topic, [enriched(0), None, None], key=b"a")

    first = read(wire, topic, group=wire.group)
    send(wire, topic, [None, enriched(1)], key=b"a")

    assert first == ["a0"]
    assert read(wire, topic, group=wire.group) == ["a1"]


def test_a_partition_that_is_added_later_is_read_too(wire, monkeypatch):
    monkeypatch.setattr("streams.kafka.subscription.METADATA_MS", 200)
    with subscribe(wire.topics.clean, settings=wire.settings, max_events=40) as articles:
        more = wire.topics.specs([], partitions=12, retention_days=1, max_message_bytes=1_000_000)
        create_topics(wire.connection, [spec for spec in more if spec.name == wire.topics.clean])

        send(wire, wire.topics.clean, clean(range(40)))

        assert {article.article_id for article in articles} == {f"a{number}" for number in range(40)}


def test_ten_thousand_articles_are_read_in_order(wire):
    send(wire, wire.topics.clean, clean(range(10_000)), key=b"a")

    with records(wire.topics.clean, settings=wire.settings, beginning=True) as found:
        read_back = list(islice(found, 10_000))

    assert [record.value for record in read_back] == clean(range(10_000))


def test_a_missing_topic_is_reported_at_once(bootstrap):
    with pytest.raises(BrokerError, match=f"topic absent.clean does not exist at {bootstrap}"):
        subscribe("absent.clean", bootstrap=bootstrap, settings=Settings(security_protocol="PLAINTEXT"))


@pytest.mark.parametrize("topic", ["news.dead", "clean.dead", "anything"])
def test_a_topic_that_carries_no_articles_is_refused(topic):
    with pytest.raises(WireroomError, match=f"{topic} carries no article events"):
        subscribe(topic)


@pytest.mark.parametrize(
    ("topic", "event"),
    [
        ("news.raw", RawArticle),
        ("my.own.prefix.clean", CleanArticle),
        ("news.labels.climate", EnrichedArticle),
        ("news.labels.raw", EnrichedArticle),
        ("news.labels.energy.transition", EnrichedArticle),
    ],
)
def test_the_name_of_a_topic_decides_its_events(topic, event):
    assert event_type(topic) is event
