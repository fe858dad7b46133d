"""Read partitions as the batches in which Kafka keeps records, and decode only those that matter.

A consumer decodes every record, at 20 to 40 µs each. The header of a batch already tells its offsets, how
many records it has and if it is the marker of a transaction, and a key can be looked for in its bytes. So
`wireroom lag` counts and `wireroom trace` searches many times faster than a consumer could.

kafka-python has no public call for a fetch, so `BatchReader` sends one through its connection manager.
"""

from __future__ import annotations

import struct
import sys
import time
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from kafka import KafkaAdminClient, OffsetSpec, TopicPartition
from kafka.errors import NoError, NotLeaderForPartitionError, OffsetOutOfRangeError, RetriableError, for_code
from kafka.protocol.consumer import FetchRequest
from kafka.record.default_records import DefaultRecordBatch
from kafka.record.util import encode_varint

from streams.errors import BrokerError
from streams.headers import Header

PARTITION_BYTES = 2**20  # of one partition in one request
REQUEST_BYTES = 4 * 2**20  # more is slower: each answer takes new pages of memory
WAIT_MS = 500
SILENCE_SECONDS = 30.0
RETRY_SECONDS = 0.1

# https://kafka.apache.org/documentation/#recordbatch
_HEADER = struct.Struct(">qiibIhiqqqhii")
_BEFORE_LENGTH_ENDS = 12
_COMPRESSED, _TRANSACTIONAL, _CONTROL = 0x07, 0x10, 0x20
_READ_COMMITTED = 1
_MAX_VERSION = 12  # later versions name topics by id

_Topic = FetchRequest.FetchTopic
_Partition = _Topic.FetchPartition


class LogRecord(NamedTuple):
    """A record as it is in the log; `timestamp` is in milliseconds since the epoch."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: list[Header]


@dataclass(frozen=True, slots=True)
class LogBatch:
    """A batch of committed records; `count` is less than its offsets where compaction has removed some.

    `first_timestamp` is that of the first record, in milliseconds since the epoch.
    """

    partition: TopicPartition
    first_offset: int
    last_offset: int
    count: int
    first_timestamp: int
    is_compressed: bool
    fetched: bytes = field(
        repr=False
    )  # by the same request as other batches; this one is from `begin` to `end`
    begin: int
    end: int

    def may_have(self, key: bytes) -> bool:
        """Return False if no record has `key`; the bytes of a compressed batch do not tell."""
        return self.is_compressed or self.fetched.find(as_stored(key), self.begin, self.end) >= 0

    def records(self) -> Iterator[LogRecord]:
        """Yield the records, decoded."""
        topic, partition = self.partition
        for record in DefaultRecordBatch(self.fetched[self.begin : self.end]):
            headers = list(record.headers)
            yield LogRecord(
                topic, partition, record.offset, record.timestamp, record.key, record.value, headers
            )


def as_stored(key: bytes) -> bytes:
    """Return `key` as a record has it: behind its length."""
    length = bytearray()
    encode_varint(len(key), length.append)
    return bytes(length) + key


class BatchReader:
    """Reads the committed batches of partitions, several at once, through `admin`; one reading at a time."""

    def __init__(self, admin: KafkaAdminClient, bootstrap: str) -> None:
        self.positions: dict[TopicPartition, int] = {}  # how far the reading has come
        self._manager = admin._manager
        self._admin = admin
        self._bootstrap = bootstrap
        self._leaders: dict[TopicPartition, int] = {}
        self._keys: list[bytes] | None = None  # as a record has them

    def read(
        self,
        ranges: Mapping[TopicPartition, range],
        max_bytes: int | None = None,
        keys: Iterable[bytes] | None = None,
    ) -> Iterator[LogBatch]:
        """Yield the batches that reach into the range of offsets of each partition.

        The batches of a partition come in order. With `max_bytes`, the reading of a partition ends after
        about so many. With `keys`, batches that have none of these are left out. So are records that
        compaction, retention or an aborted transaction has removed. Raises BrokerError when the broker
        falls silent.
        """
        self._keys = None if keys is None else list(map(as_stored, keys))
        self.positions = {partition: offsets.start for partition, offsets in ranges.items()}
        left = {partition: max_bytes for partition, offsets in ranges.items() if offsets}
        answer = self._ask(left) if left else None
        while answer is not None:
            batches: list[LogBatch] = []
            for fetched in self._manager.run(_result, answer):
                offsets, budget = ranges[fetched.partition], left.pop(fetched.partition)
                batches += [batch for batch in fetched.batches if batch.first_offset < offsets.stop]
                self.positions[fetched.partition] = min(fetched.next_offset, offsets.stop)
                budget = None if budget is None else budget - fetched.size
                if fetched.next_offset < offsets.stop and (budget is None or budget > 0):
                    # At the end, because those for which an answer has no room must come first in the next.
                    left[fetched.partition] = budget
            answer = self._ask(left) if left else None  # on its way while the caller works on the batches
            yield from batches

    def _ask(self, partitions: Mapping[TopicPartition, Any]) -> Any:
        return self._manager.call_soon(self._fetch, {p: self.positions[p] for p in partitions})

    async def _fetch(self, positions: dict[TopicPartition, int]) -> list[_Fetched]:
        """Return what the leaders answer; ask again after a change of leaders."""
        deadline = time.monotonic() + SILENCE_SECONDS
        while True:
            try:
                if any(partition not in self._leaders for partition in positions):
                    await self._find_leaders(positions)
                if fetched := await self._fetch_once(positions):
                    return fetched
            except RetriableError:
                self._leaders.clear()
                await self._manager._net.sleep(RETRY_SECONDS)
            if time.monotonic() > deadline:
                topic = min(positions).topic
                raise BrokerError(f"the broker at {self._bootstrap} stopped answering while {topic} was read")

    async def _find_leaders(self, positions: Mapping[TopicPartition, int]) -> None:
        by_leader = await self._admin._async_get_leader_for_partitions(positions)
        self._leaders = {partition: leader for leader, owned in by_leader.items() for partition in owned}
        if any(leader < 0 for leader in self._leaders.values()):
            raise NotLeaderForPartitionError

    async def _fetch_once(self, positions: Mapping[TopicPartition, int]) -> list[_Fetched]:
        """Return what was fetched from each partition that has something."""
        by_leader: defaultdict[int, dict[TopicPartition, int]] = defaultdict(dict)
        for partition, offset in positions.items():
            by_leader[self._leaders[partition]][partition] = offset
        answers = [
            (asked, self._manager.send(_fetch_request(asked), node_id=leader))
            for leader, asked in by_leader.items()
        ]
        fetched = []
        out_of_range = []
        for asked, answer in answers:
            for topic in (await answer).responses:
                for partition in topic.partitions:
                    place = TopicPartition(topic.topic, partition.partition_index)
                    if for_code(partition.error_code) is OffsetOutOfRangeError:
                        out_of_range.append(place)
                    else:
                        fetched.append(_parse(place, asked[place], partition, self._keys))
        fetched += await self._pass_over(out_of_range, positions)
        return [each for each in fetched if each.next_offset > positions[each.partition]]

    async def _pass_over(
        self, partitions: Sequence[TopicPartition], positions: Mapping[TopicPartition, int]
    ) -> list[_Fetched]:
        """Return where to continue in `partitions`, of which retention has removed the records asked for."""
        if not partitions:
            return []
        specs = dict.fromkeys(partitions, OffsetSpec.EARLIEST)
        starts = await self._admin._async_list_partition_offsets(specs)
        return [
            # A topic that was created again meanwhile has none of these offsets.
            _Fetched(partition, start.offset if start.offset > positions[partition] else sys.maxsize)
            for partition, start in starts.items()
        ]


@dataclass
class _Fetched:
    """What a request has fetched from a partition, and the offset to continue at."""

    partition: TopicPartition
    next_offset: int
    batches: list[LogBatch] = field(default_factory=list)
    size: int = 0


def _parse(partition: TopicPartition, asked: int, answer: Any, keys: list[bytes] | None) -> _Fetched:
    """Find the batches in `answer`; leave out markers and aborted ones, as a consumer of committed records.

    `aborted_transactions` tells where an aborted transaction began; it ends at the marker of its producer.
    With `keys`, leave out batches that have none of these.
    """
    if (error := for_code(answer.error_code)) is not NoError:
        raise error(f"{partition.topic}-{partition.partition}")
    fetched, content = _Fetched(partition, asked), bytes(answer.records or b"")
    transactions = answer.aborted_transactions or ()
    aborted = deque(sorted((each.first_offset, each.producer_id) for each in transactions))
    aborting: set[int] = set()
    while fetched.size + _HEADER.size <= len(content):
        begin = fetched.size
        (first, length, _, _, _, attributes, last_delta, timestamp, _, producer, _, _, count) = (
            _HEADER.unpack_from(content, begin)
        )
        last, end = first + last_delta, begin + _BEFORE_LENGTH_ENDS + length
        if end > len(content):
            break  # the answer ends in the middle of a batch
        while aborted and aborted[0][0] <= last:
            aborting.add(aborted.popleft()[1])
        compressed = bool(attributes & _COMPRESSED)
        if attributes & _CONTROL:
            # A marker takes long to decode, and mostly ends a transaction of which nothing is known.
            if producer in aborting and next(DefaultRecordBatch(content[begin:end])).abort:
                aborting.discard(producer)
        elif (
            count
            and last >= asked
            and not (attributes & _TRANSACTIONAL and producer in aborting)
            and (keys is None or compressed or any(content.find(key, begin, end) >= 0 for key in keys))
        ):
            batch = LogBatch(partition, first, last, count, timestamp, compressed, content, begin, end)
            fetched.batches.append(batch)
        fetched.next_offset, fetched.size = last + 1, end
    return fetched


async def _result(answer: Any) -> Any:
    return await answer


def _fetch_request(positions: Mapping[TopicPartition, int]) -> FetchRequest:
    return FetchRequest(
        max_wait_ms=WAIT_MS,
        min_bytes=1,
        max_bytes=REQUEST_BYTES,
        isolation_level=_READ_COMMITTED,
        session_id=0,
        session_epoch=-1,  # no session: every request names all its partitions
        topics=[
            _Topic(
                topic=partition.topic,
                partitions=[
                    _Partition(
                        partition=partition.partition,
                        current_leader_epoch=-1,
                        fetch_offset=offset,
                        last_fetched_epoch=-1,
                        partition_max_bytes=PARTITION_BYTES,
                    )
                ],
            )
            for partition, offset in positions.items()
        ],
        forgotten_topics_data=[],
        rack_id="",
        min_version=FetchRequest.min_version_for_isolation_level(_READ_COMMITTED),
        max_version=_MAX_VERSION,
    )
