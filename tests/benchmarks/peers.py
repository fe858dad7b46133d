"""What a user would write instead of Wireroom: hand-written loops over the same three hops."""

from __future__ import annotations

import asyncio
import sys

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from streams.topics import Topics


async def copy_hop(bootstrap: str, group: str, source: str, target: str, batch: int) -> None:
    """Copy SOURCE to TARGET, each poll and its offsets in one transaction of one producer."""
    consumer = AIOKafkaConsumer(
        source,
        bootstrap_servers=bootstrap,
        group_id=f"{group}.{source}",
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=2 * 1024 * 1024,
    )
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        transactional_id=f"{group}.{source}",
        retry_backoff_ms=20,
        linger_ms=0,
        max_batch_size=262_144,
    )
    await consumer.start()
    await producer.start()
    while True:
        polled = await consumer.getmany(timeout_ms=1000, max_records=batch)
        if not polled:
            continue
        async with producer.transaction():
            for records in polled.values():
                for record in records:
                    await producer.send(target, record.value, record.key, headers=record.headers)
            ends = {tp: records[-1].offset + 1 for tp, records in polled.items()}
            await producer.send_offsets_to_transaction(ends, f"{group}.{source}")


async def aiokafka_loop(bootstrap: str, prefix: str, group: str, batch: int) -> None:
    """Three hops in one process, one task each."""
    wire = Topics(prefix)
    hops = ((wire.raw, wire.clean), (wire.clean, wire.tagged), (wire.tagged, wire.enriched))
    await asyncio.gather(*(copy_hop(bootstrap, group, source, target, batch) for source, target in hops))


if __name__ == "__main__":
    bootstrap, prefix, group, batch = sys.argv[1:]
    asyncio.run(aiokafka_loop(bootstrap, prefix, group, int(batch)))
