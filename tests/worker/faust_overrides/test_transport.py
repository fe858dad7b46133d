"""What the consumer hands to the inboxes: fetches, and the offsets that each of them covers. No broker."""

from __future__ import annotations

import asyncio
import contextlib
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from streams.worker.faust_overrides.transport import CommittedConsumer, Coverage, fetch_topic
from streams.worker.fetch import ReadPosition
from tests.fakes.kafka import fetch
from tests.fakes.records import Copied

A, B = TP("news.raw", 0), TP("news.raw", 1)


def test_a_poll_covers_the_offsets_between_its_positions():
    coverage = Coverage()

    assert coverage.of_poll({A: 0, B: 5}, {A: 4, B: 5}, {A}) == {A: (0, 4)}
    assert coverage.of_poll({A: 4, B: 5}, {A: 9, B: 7}, {A, B}) == {A: (4, 9), B: (5, 7)}


def test_what_was_passed_without_a_record_belongs_to_the_next_that_brings_one():
    coverage = Coverage()

    assert coverage.of_poll({A: 4}, {A: 9}, {}) == {}
    assert coverage.of_poll({A: 9}, {A: 11}, {}) == {}
    assert coverage.of_poll({A: 11}, {A: 12}, {A}) == {A: (4, 12)}
    assert coverage.of_poll({A: 12}, {A: 13}, {A}) == {A: (12, 13)}


def test_after_a_seek_nothing_before_it_is_covered():
    coverage = Coverage()
    coverage.of_poll({A: 4}, {A: 9}, {})

    assert coverage.of_poll({A: 32}, {A: 40}, {A}) == {A: (32, 40)}
    assert coverage.of_poll({A: 8}, {A: 32}, {A}) == {A: (8, 32)}


def test_a_partition_whose_position_is_not_known_yet_covers_nothing():
    coverage = Coverage()

    assert coverage.of_poll({}, {A: 7}, {}) == {}
    assert coverage.of_poll({A: 7}, {A: 9}, {A}) == {A: (7, 9)}


def test_what_was_handed_over_is_known_until_a_seek_or_a_new_assignment():
    coverage = Coverage()
    coverage.begin("first")
    coverage.of_poll({A: 0, B: 5}, {A: 4, B: 9}, {A, B})
    assert coverage.handed_over == {A: (0, 4), B: (5, 9)}

    coverage.begin("first")
    coverage.of_poll({A: 4, B: 5}, {A: 6, B: 5}, {})  # A passes two control records, B was sought back
    assert coverage.handed_over == {A: (0, 4)}

    coverage.begin("second")
    assert coverage.handed_over == {}


@pytest.fixture
def in_loop(app):
    """Runs a coroutine function with the consumer of an app that nobody starts."""

    def run(scenario: Any) -> Any:
        async def whole() -> Any:
            return await asyncio.wait_for(scenario(app.consumer), 20)

        return asyncio.run(whole())

    return run


def test_the_offsets_between_fetches_are_not_kept(in_loop):
    """Faust would keep them until it acknowledges what came before them: never, so they would pile up."""

    async def gaps(consumer: CommittedConsumer) -> int:
        for offset in range(0, 4000, 400):
            await consumer._add_gap(A, offset + 1, offset + 400)
        return len(consumer._gap[A])

    assert in_loop(gaps) == 0


def test_a_seek_back_while_a_later_fetch_is_handed_over_brings_its_records(in_loop):
    """Faust would drop the fetch at 60: it has handed over 172, and notes that only after the seek."""
    handed_over: list[int] = []

    async def drain(consumer: CommittedConsumer) -> None:
        fetcher = SimpleNamespace(_stopped=asyncio.Event())

        async def hand_over(message: Any) -> None:
            handed_over.append(message.offset)
            if message.offset == 172:
                consumer._read_offset[A] = 60  # as `seek_wait` does in the consumer's thread
                consumer._read_offset.update({A: 60})  # as `perform_seek` does

        async def getmany(timeout: float) -> Any:
            for offset in (172, 60):
                yield A, consumer._to_message(A, fetch(offset, offset + 3))
            fetcher._stopped.set()

        consumer.callback = hand_over
        consumer.getmany = getmany
        consumer._stopped.clear()
        await consumer._drain_messages(fetcher)

    in_loop(drain)

    assert handed_over == [172, 60]


def test_the_consumer_reads_committed_records_and_watches_for_new_partitions(app, in_loop, monkeypatch):
    watched: list[Any] = []
    monkeypatch.setattr(app.assignor, "watch", watched.append)

    async def made(consumer: CommittedConsumer) -> Any:
        return consumer._new_consumer_thread()._create_worker_consumer(app.transport)

    client = in_loop(made)

    assert client._isolation_level == "read_committed"
    assert watched == [client]


class FakeFetcher:
    """An aiokafka fetcher with one poll to give; it stands at `positions`, which the poll moves."""

    _fetch_min_bytes: int
    _fetch_max_wait_ms: int

    def __init__(
        self, positions: dict[TopicPartition, int], polled: dict[TopicPartition, list[Copied]]
    ) -> None:
        self._closed = False
        self._subscriptions = self.subscription = self
        self.reassignment_in_progress = False
        self.assignment: Any = SimpleNamespace(tps=set(positions), state_value=self.state)
        self.positions = positions
        self.polled = polled

    def fetch_context(self) -> Any:
        return contextlib.nullcontext()

    def state(self, tp: TopicPartition) -> Any:
        return SimpleNamespace(position=self.positions[tp], has_valid_position=True)

    async def fetched_records(self, tps: object, *, timeout: float, max_records: int | None) -> Any:
        for tp, records in self.polled.items():
            self.positions[tp] = records[-1].offset + 2  # a transaction marker follows
        return self.polled


def test_how_far_a_partition_was_read_is_known_once_the_broker_has_answered(app, in_loop):
    answered = SimpleNamespace(
        has_valid_position=True, position=10, lso=14, highwater=60, timestamp=1_772_366_400_500
    )
    asked = SimpleNamespace(has_valid_position=True, position=3, lso=None, highwater=None, timestamp=None)
    states = {TopicPartition(*A): answered, TopicPartition(*B): asked}
    assignment = SimpleNamespace(tps=set(states), state_value=states.get)
    client = SimpleNamespace(
        _fetcher=SimpleNamespace(
            _subscriptions=SimpleNamespace(subscription=SimpleNamespace(assignment=assignment))
        )
    )

    async def positions(consumer: CommittedConsumer) -> Any:
        thread: Any = consumer._thread
        before = consumer.positions()
        thread._consumer = client
        thread._coverage.begin(assignment)
        thread._coverage.of_poll({TopicPartition(*A): 4}, {TopicPartition(*A): 10}, {TopicPartition(*A)})
        now = consumer.positions()
        thread._coverage.begin(None)  # of another assignment
        return before, now, consumer.positions()

    before, now, later = in_loop(positions)

    assert before == {}
    assert now == {A: ReadPosition(10, 14, 60, 1_772_366_400.5, (4, 10), 10)}
    assert later == {A: ReadPosition(10, 14, 60, 1_772_366_400.5, None)}


@pytest.mark.parametrize(("count", "fetch_bytes"), [(3, 1), (20, 1_000_000)])
def test_a_poll_brings_one_fetch_for_each_partition_with_records(app, in_loop, count, fetch_bytes):
    app.consumer_generation_id = 5
    records = [Copied("news.raw", 0, offset, 0, b"k", b"v", ()) for offset in range(10, 10 + count)]
    fetcher = FakeFetcher({TopicPartition(*A): 9, TopicPartition(*B): 4}, {TopicPartition(*A): records})

    async def poll(consumer: CommittedConsumer) -> Any:
        consumer.flow_active = True
        thread = consumer._new_consumer_thread()
        return await thread._fetch_records(
            SimpleNamespace(_fetcher=fetcher, _closed=False), {A, B}, timeout=1.0
        )

    polled = in_loop(poll)

    assert polled == {A: [(A, records, 9, 11 + count, 5)]}
    assert fetcher._fetch_min_bytes == fetch_bytes  # after many records the broker gathers more


def test_a_static_member_that_is_stopped_leaves_its_group(in_loop):
    """aiokafka lets a member leave its group if it has no static name."""
    names: list[str | None] = []

    class Stopping:
        _coordinator = SimpleNamespace(_group_instance_id="w1")

        async def stop(self) -> None:
            names.append(self._coordinator._group_instance_id)

    async def stop(consumer: CommittedConsumer) -> None:
        thread = consumer._new_consumer_thread()
        thread._consumer = Stopping()
        await thread.on_thread_stop()

    in_loop(stop)

    assert names == [None]


def test_a_partition_that_is_held_is_not_polled_until_it_is_released(in_loop, monkeypatch):
    polls: list[set[TP]] = []

    async def getmany(_consumer: object, partitions: set[TP], timeout: float) -> dict[TP, Any]:
        polls.append(partitions)
        return {}

    monkeypatch.setattr(driver.Consumer, "_getmany", getmany)

    async def steps(consumer: CommittedConsumer) -> None:
        assert isinstance(consumer, CommittedConsumer)
        consumer.hold(A)
        await consumer._getmany({A, B}, 1.0)
        consumer.hold(B)
        waiting = asyncio.create_task(consumer._getmany({A, B}, 3600.0))
        await asyncio.sleep(0)
        consumer.release(A)
        await waiting
        await consumer._getmany({A, B}, 1.0)

    in_loop(steps)

    assert polls == [{B}, {A}]


def test_a_message_carries_a_fetch(in_loop):
    fetched = fetch(3, 5)

    async def message(consumer: CommittedConsumer) -> Any:
        return consumer._to_message(A, fetched)

    message_of_fetch = in_loop(message)

    assert message_of_fetch.value is fetched
    assert (message_of_fetch.tp, message_of_fetch.offset, message_of_fetch.generation_id) == (A, 3, 1)


def test_a_topic_hands_its_fetches_over_as_they_are(app):
    fetched = fetch(3, 5)
    codec = fetch_topic(app, "news.raw").value_serializer

    assert codec.loads(fetched) is fetched
    assert codec.dumps(fetched) is fetched


def test_a_partition_tells_its_last_poll_and_nothing_before_the_first_poll_of_an_assignment():
    coverage = Coverage()
    first, second = object(), object()
    coverage.begin(first)
    seen = [coverage.polled(A)]

    coverage.of_poll({A: 4}, {A: 10}, {A})
    seen.append(coverage.polled(A))
    coverage.of_poll({A: 10}, {A: 12}, set())  # a marker, and no record
    seen.append(coverage.polled(A))
    coverage.begin(second)
    seen.append(coverage.polled(A))

    assert seen == [None, 10, 12, None]
