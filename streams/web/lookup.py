"""Finds the latest version of an article on its topic, and its way through all topics."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from kafka import KafkaAdminClient, TopicPartition

from streams.jobs.trace import Trace, trace
from streams.kafka.admin import administer
from streams.kafka.batches import BatchReader
from streams.kafka.connection import Connection, broker_errors
from streams.kafka.offsets import ends_of, partitions_of
from streams.kafka.partitioning import partition_of
from streams.topics import Topics


class Lookup:
    """Reads single articles from `topics`; each call blocks, and calls from several threads take turns."""

    def __init__(self, connection: Connection, topics: Topics, group: str) -> None:
        self._connection = connection
        self._topics = topics
        self._group = group
        self._lock = threading.Lock()
        self._opened: Any = None
        self._admin: KafkaAdminClient | None = None

    def close(self) -> None:
        """Close the connections to the broker."""
        with self._lock:
            self._forget()

    def find(self, article_id: str, place: tuple[int, int] | None = None) -> bytes | None:
        """Return the EnrichedArticle with this id as JSON, or None if the topic has none.

        `place` is the partition and offset where it was last seen; if it has gone, the topic is searched.
        """
        with self._lock, self._administering() as admin:
            if place is not None:
                at = TopicPartition(self._topics.enriched, place[0])
                if value := self._latest(admin, article_id, {at: range(place[1], place[1] + 1)}):
                    return value
            partitions = partitions_of(admin, [self._topics.enriched], self._connection.bootstrap)
            own = partitions[partition_of(article_id.encode(), len(partitions))]
            return self._latest(admin, article_id, {own: range(ends_of(admin, [own])[own])})

    def way(self, article_id: str) -> dict[str, Any]:
        """Return the records of the article on all topics. Raises WireroomError if there are none."""
        return _described(trace(self._connection, self._topics, self._group, article_id))

    def _latest(
        self, admin: KafkaAdminClient, article_id: str, ranges: dict[TopicPartition, range]
    ) -> bytes | None:
        key, found = article_id.encode(), None
        for batch in BatchReader(admin, self._connection.bootstrap).read(ranges):
            if batch.may_have(key):
                for record in batch.records():
                    if record.key == key and record.offset in ranges[batch.partition]:
                        found = record.value
        return found

    @contextmanager
    def _administering(self) -> Iterator[KafkaAdminClient]:
        """Yield the admin client, connected if it is not; it is closed after an error."""
        try:
            if self._admin is None:
                self._opened = administer(self._connection)
                self._admin = self._opened.__enter__()
            with broker_errors(self._connection.bootstrap):
                yield self._admin
        except Exception:
            self._forget()
            raise

    def _forget(self) -> None:
        opened, self._opened, self._admin = self._opened, None, None
        if opened is not None:
            opened.__exit__(None, None, None)


def _described(way: Trace) -> dict[str, Any]:
    return {"article_id": way.article_id, "steps": [asdict(step) for step in way.steps]}
