"""Follows the topics of enriched articles and of stories, in a thread of its own.

First it reads the newest records of each partition and merges them by time: the history. From then on it
hands over what comes. While the broker is away it says so, and goes on where it was when the broker is back.
"""

from __future__ import annotations

import heapq
import logging
import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any, Protocol

from kafka import KafkaConsumer, TopicPartition
from pydantic import ValidationError

from streams.errors import WireroomError
from streams.kafka.connection import Connection, broker_errors, connect, topic_missing
from streams.records import Record
from streams.web.article import Article, read_article, read_story

log = logging.getLogger("wireroom.web")

POLL_MS = 500
RECORDS = 500  # of one poll
FETCH_BYTES = 4 * 2**20  # at once; a larger record comes alone
RETRY_SECONDS = 1.0
METADATA_MS = 10_000  # how long an added partition or topic can go unnoticed
SURPLUS = 2  # offsets for each article of the history: markers and gaps have offsets too


class Receiver(Protocol):
    """Takes what the feed reads; it is called in the thread of the feed and returns when it has it."""

    def load(
        self, articles: Sequence[Article], stories: Sequence[Mapping[str, Any]], ends: Mapping[int, int]
    ) -> None:
        """Take the history."""
        ...

    def take(self, articles: Sequence[Article], stories: Sequence[Mapping[str, Any]]) -> None:
        """Take what came now."""
        ...


class Feed:
    """Reads the topics `articles` and `stories`, which need not exist; begins with `limit` articles."""

    def __init__(
        self, connection: Connection, articles: str, stories: str, limit: int, receiver: Receiver
    ) -> None:
        self.problem: str | None = None
        self.invalid = 0  # records without a valid article
        self._connection = connection
        self._topics = (articles, stories)
        self._limit = limit
        self._receiver = receiver
        self._positions: dict[TopicPartition, int] = {}
        self._is_loaded = False
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="feed", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the thread to end; it does so within a second."""
        self._stopping.set()

    def join(self, seconds: float) -> None:
        """Wait until the thread has ended."""
        self._thread.join(seconds)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                with closing(self._connect()) as consumer, broker_errors(self._connection.bootstrap):
                    self._follow(consumer)
            except WireroomError as error:
                if self.problem != str(error):
                    log.warning("cannot read the articles", extra={"why": error})
                self.problem = str(error)
            except Exception as error:
                self.problem = f"unexpected {type(error).__name__}: {error}"
                log.exception("the feed failed, starting again")
            self._stopping.wait(RETRY_SECONDS)

    def _connect(self) -> KafkaConsumer:
        return connect(
            self._connection,
            KafkaConsumer,
            isolation_level="read_committed",
            enable_auto_commit=False,
            allow_auto_create_topics=False,
            auto_offset_reset="earliest",
            max_poll_records=RECORDS,
            fetch_max_bytes=FETCH_BYTES,
            metadata_max_age_ms=METADATA_MS,
        )

    def _follow(self, consumer: KafkaConsumer) -> None:
        self._assign(consumer)
        if not self._is_loaded:
            self._load(consumer)
        self.problem = None
        while not self._stopping.is_set():
            self._assign(consumer)
            polled = consumer.poll(timeout_ms=POLL_MS)
            if polled:
                articles, stories = self._read(polled)
                self._receiver.take([a for each in articles.values() for a in each], stories)

    def _assign(self, consumer: KafkaConsumer) -> None:
        """Read every partition, those added later from their first record."""
        partitions = []
        for topic in self._topics:
            numbers = consumer.partitions_for_topic(topic) or ()
            if not numbers and topic == self._topics[0]:
                raise topic_missing(topic, self._connection.bootstrap)
            partitions += [TopicPartition(topic, number) for number in sorted(numbers)]
        if set(partitions) == consumer.assignment():
            return
        consumer.assign(partitions)
        starts, ends = consumer.beginning_offsets(partitions), consumer.end_offsets(partitions)
        for partition in partitions:
            if partition not in self._positions:
                shared = sum(other.topic == partition.topic for other in partitions)
                wanted = 0 if self._is_loaded else ends[partition] - SURPLUS * -(-self._limit // shared)
                self._positions[partition] = max(starts[partition], wanted)
            consumer.seek(partition, self._positions[partition])

    def _load(self, consumer: KafkaConsumer) -> None:
        ends = consumer.end_offsets(list(consumer.assignment()))
        by_partition: defaultdict[int, list[Article]] = defaultdict(list)
        stories: list[dict[str, Any]] = []
        while any(consumer.position(partition) < end for partition, end in ends.items()):
            if self._stopping.is_set():
                return
            articles, told = self._read(consumer.poll(timeout_ms=POLL_MS))
            stories += told
            for number, those in articles.items():
                for article in those:
                    article.plain = None  # only new ones have it
                by_partition[number] += those
                del by_partition[number][: -self._limit]
        in_order = list(heapq.merge(*by_partition.values(), key=lambda article: article.timestamp))
        own = {p.partition: end for p, end in ends.items() if p.topic == self._topics[0]}
        self._receiver.load(in_order[-self._limit :], stories, own)
        self._is_loaded = True

    def _read(
        self, polled: Mapping[TopicPartition, Sequence[Record]]
    ) -> tuple[dict[int, list[Article]], list[dict[str, Any]]]:
        """Return the articles of each partition and the stories in `polled`."""
        articles: dict[int, list[Article]] = {}
        stories: list[dict[str, Any]] = []
        for partition, records in polled.items():
            self._positions[partition] = records[-1].offset + 1
            valued = [record for record in records if record.value is not None]
            if partition.topic == self._topics[0]:
                articles[partition.partition] = [
                    article for record in valued if (article := self._article(record))
                ]
            else:
                stories += [story for record in valued if (story := read_story(record))]
        return articles, stories

    def _article(self, record: Record) -> Article | None:
        try:
            return read_article(record)
        except (ValidationError, ValueError):
            self.invalid += 1
            return None
