"""The programs that a user would write instead of Wireroom: the same stages in a loop, or on Quix Streams.

`python -m tests.benchmarks.peers LIBRARY GUARANTEE WORK`: LIBRARY is aiokafka, confluent or quix, GUARANTEE
is exactly-once or at-least-once, and WORK is enrichment, events or bytes (see tests.benchmarks.noop). The
broker, the topics and the group come from the WIREROOM_* settings.

All three stages run in one process, without the headers of dead letters, without CloudEvents, and without the
protection of the other articles from a bad one.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from streams.children import load_stages
from streams.enrich import STAGES
from streams.errors import EnrichmentError
from streams.settings import Settings
from streams.stage import Payload, Stage
from tests.benchmarks.noop import noop_stages

BATCH = 500
Sent = tuple[int, str, bytes | None, bytes | None]
"""The index of the source record, and the topic, key and value of the result."""


def stages_by_topic(work: str, settings: Settings) -> dict[str, Stage]:
    """Return the stage that reads each topic."""
    wire = settings.topics
    stages = load_stages(settings, STAGES) if work == "enrichment" else noop_stages(work, settings)
    return dict(zip((wire.raw, wire.clean, wire.tagged), (stages[name] for name in STAGES), strict=True))


def results(stage: Stage, payloads: Sequence[Payload]) -> Iterator[Sent]:
    """Yield the records to send for `payloads`."""
    for place, outcome in enumerate(stage.process(payloads)):
        if isinstance(outcome, EnrichmentError):
            yield place, stage.dead, *payloads[place][:2]
        else:
            for result in filter(None, (outcome, outcome.beside)):
                for topic in result.topics:
                    yield place, topic, result.key, result.value


async def aiokafka_hop(settings: Settings, source: str, stage: Stage, exactly_once: bool) -> None:
    """Run one stage: each poll is a batch, which is a transaction with its offsets if `exactly_once`."""
    from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

    group = f"{settings.group}.{source}"
    consumer = AIOKafkaConsumer(
        source,
        bootstrap_servers=settings.broker,
        group_id=group,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=2 * 1024 * 1024,
    )
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.broker,
        transactional_id=group if exactly_once else None,
        enable_idempotence=True,
        retry_backoff_ms=20,
        linger_ms=0,
        max_batch_size=262_144,
    )
    await consumer.start()
    await producer.start()

    async def send(records: Sequence[Any]) -> list[asyncio.Future[Any]]:
        arrived = [(record.key, record.value, record.timestamp) for record in records]
        return [
            await producer.send(topic, value, key, headers=list(records[place].headers))
            for place, topic, key, value in results(stage, arrived)
        ]

    while True:
        polled = await consumer.getmany(timeout_ms=1000, max_records=BATCH)
        ends = {tp: records[-1].offset + 1 for tp, records in polled.items()}
        if exactly_once and polled:
            async with producer.transaction():
                for records in polled.values():
                    await send(records)
                await producer.send_offsets_to_transaction(ends, group)
        elif polled:
            sent = [future for records in polled.values() for future in await send(records)]
            await asyncio.gather(*sent)
            await consumer.commit(ends)


async def aiokafka_loop(settings: Settings, stages: dict[str, Stage], exactly_once: bool) -> None:
    """Run a task for each stage."""
    await asyncio.gather(
        *(aiokafka_hop(settings, source, stage, exactly_once) for source, stage in stages.items())
    )


def confluent_loop(settings: Settings, stages: dict[str, Stage], exactly_once: bool) -> None:
    """Run one consumer of all three topics and one producer; each poll is a transaction if `exactly_once`."""
    from confluent_kafka import Consumer, Producer, TopicPartition

    consumer = Consumer(
        {
            "bootstrap.servers": settings.broker,
            "group.id": settings.group,
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
        }
    )
    options: dict[str, Any] = {
        "bootstrap.servers": settings.broker,
        "enable.idempotence": True,
        "linger.ms": 0,
    }
    if exactly_once:
        options |= {"transactional.id": settings.group, "retry.backoff.ms": 5}
    producer = Producer(options)
    if exactly_once:
        producer.init_transactions()
    consumer.subscribe(list(stages))
    while True:
        messages = [message for message in consumer.consume(BATCH, timeout=0.02) if not message.error()]
        if not messages:
            continue
        if exactly_once:
            producer.begin_transaction()
        for topic, group in groupby(messages, key=lambda message: message.topic()):
            records = list(group)
            arrived = [(record.key(), record.value(), record.timestamp()[1]) for record in records]
            for place, target, key, value in results(stages[topic], arrived):
                producer.produce(target, value, key, headers=records[place].headers())
        ends = {(message.topic(), message.partition()): message.offset() + 1 for message in messages}
        offsets = [TopicPartition(*place, end) for place, end in ends.items()]
        if exactly_once:
            producer.send_offsets_to_transaction(offsets, consumer.consumer_group_metadata())
            producer.commit_transaction()
        else:
            producer.flush()
            consumer.commit(offsets=offsets, asynchronous=False)


def quix_application(settings: Settings, stages: dict[str, Stage], exactly_once: bool) -> None:
    """Run a data frame for each stage; Quix works on one record at a time."""
    from quixstreams import Application
    from quixstreams.models import Serializer

    class ValueOfPair(Serializer):
        """Serializes a pair of topic and value as the value."""

        def __call__(self, value: Any, ctx: Any) -> bytes:
            return value[1]

    app = Application(
        broker_address=settings.broker,
        consumer_group=settings.group,
        auto_offset_reset="earliest",
        processing_guarantee="exactly-once" if exactly_once else "at-least-once",
        commit_interval=0.2,
        auto_create_topics=False,
        loglevel="ERROR",
    )

    def topic(name: str) -> Any:
        return app.topic(
            name, key_serializer="bytes", value_serializer=ValueOfPair(), value_deserializer="bytes"
        )

    targets: dict[str, Any] = {}

    def target(pair: tuple[str, bytes], *_: Any) -> Any:
        if pair[0] not in targets:
            targets[pair[0]] = topic(pair[0])
        return targets[pair[0]]

    for source, stage in stages.items():

        def apply(value: bytes, key: bytes, *_: Any, stage: Stage = stage) -> list[tuple[str, bytes | None]]:
            return [(topic, value) for _, topic, _, value in results(stage, [(key, value, 0)])]

        app.dataframe(topic(source)).apply(apply, expand=True, metadata=True).to_topic(target)
    app.run()


def main() -> None:
    """Run until killed."""
    library, guarantee, work = sys.argv[1:]
    settings = Settings()
    stages = stages_by_topic(work, settings)
    exactly_once = guarantee == "exactly-once"
    if library == "aiokafka":
        asyncio.run(aiokafka_loop(settings, stages, exactly_once))
    elif library == "confluent":
        confluent_loop(settings, stages, exactly_once)
    elif library == "quix":
        os.chdir(os.environ.get("TMPDIR", "/tmp"))  # Quix makes a folder for its state
        quix_application(settings, stages, exactly_once)
    else:
        raise SystemExit(f"unknown peer {library}; choose aiokafka, confluent or quix")


if __name__ == "__main__":
    main()
