"""Records that a publisher or the broker compresses, as many do: every codec of Kafka is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from kafka import KafkaProducer

from streams.events import CleanArticle, RawArticle
from streams.kafka.admin import create_topics, delete_topics
from streams.provisioning import wire_topics
from streams.settings import Settings
from streams.subscribers import subscribe
from tests.broker.wire import Wire, Worker

CODECS = ("gzip", "snappy", "lz4", "zstd")
PARAGRAPH = "Talks between Norway and Chile went on in Santiago, the ministry said. "


@pytest.mark.parametrize("codec", CODECS)
def test_articles_come_out_whatever_compresses_them(
    codec: str, bootstrap: str, worker: Callable[..., Worker], labels: tuple[str, ...]
):
    wire = Wire(bootstrap, prefix=f"packed-{codec}", group=f"packed-{codec}")
    specs = wire_topics(Settings(topic_prefix=wire.prefix, partitions=1), labels)
    create_topics(
        wire.connection,
        [replace(spec, config={**spec.config, "compression.type": codec}) for spec in specs],
    )
    articles = [
        RawArticle(article_id=f"a{number}", body=f"{number}. {PARAGRAPH * 400}") for number in range(60)
    ]
    producer = KafkaProducer(bootstrap_servers=bootstrap, compression_type=codec, linger_ms=50)
    for article in articles:
        producer.send(wire.topics.raw, article.to_bytes(), key=article.key)
    producer.close()

    process = worker("cleanup", WIREROOM_TOPIC_PREFIX=wire.prefix, WIREROOM_GROUP=wire.group)
    records = wire.read_count(wire.topics.clean, len(articles))
    events = subscribe(wire.topics.clean, settings=wire.settings, beginning=True, max_events=len(articles))

    keys = [article.key for article in articles]
    assert [record.key for record in records] == keys, process.tail()
    assert [event.article_id for event in events] == [key.decode() for key in keys]
    assert all(CleanArticle.model_validate_json(record.value).text for record in records)
    process.stop()
    delete_topics(wire.connection, [spec.name for spec in specs])
