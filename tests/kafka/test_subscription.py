"""A subscription hands out each record once, and a group commits what was handled; the consumer is a fake."""

from __future__ import annotations

from typing import Any

import pytest
from kafka import TopicPartition
from kafka.errors import CommitFailedError

from streams.errors import BrokerError, InvalidJson
from streams.kafka import subscription
from streams.kafka.connection import Connection
from streams.kafka.subscription import Subscription
from streams.records import Record
from streams.tracing.interface import Handling, Tracer
from tests.fakes.consumer import FakeConsumer, record

PARTITION = TopicPartition("news.clean", 0)


@pytest.fixture
def consumer(monkeypatch) -> FakeConsumer:
    """A consumer of five records, the second of which has no value."""
    consumer = FakeConsumer([record(offset, None if offset == 1 else b"{}") for offset in range(5)])
    monkeypatch.setattr(subscription, "connect", lambda *_, **__: consumer)
    return consumer


def subscribed(topic: str = "news.clean", **options: Any) -> Subscription[int]:
    """Return a subscription to the offsets of `topic`, which ends when it has read all."""
    defaults: dict[str, Any] = {"beginning": True, "group": None, "max_events": None, "idle_seconds": 0}
    return Subscription(
        Connection("own.example:9092"),
        topic,
        lambda record: record.offset,
        **{**defaults, "skip_tombstones": False, **options},
    )


def test_all_that_the_topic_holds_is_read_from_the_beginning(consumer):
    assert list(subscribed()) == [0, 1, 2, 3, 4]
    assert consumer.is_closed


def test_from_the_end_only_later_records_are_read(consumer):
    with subscribed(beginning=False) as offsets:
        consumer.log.append(record(5))

        assert list(offsets) == [5]


def test_records_without_a_value_can_be_left_out(consumer):
    assert list(subscribed(skip_tombstones=True)) == [0, 2, 3, 4]


def test_no_more_than_the_maximum_is_read(consumer):
    assert list(subscribed(max_events=2)) == [0, 1]


def test_without_a_group_nothing_is_committed(consumer):
    list(subscribed())

    assert consumer.committing == []


def test_a_group_continues_where_it_stopped(consumer):
    assert list(subscribed(group="desk", max_events=2)) == [0, 1]
    assert list(subscribed(group="desk")) == [2, 3, 4]


def test_a_record_whose_handling_failed_comes_again(consumer):
    with subscribed(group="desk") as offsets:
        assert (next(offsets), next(offsets)) == (0, 1)

    assert consumer.commits[PARTITION] == 1
    assert next(subscribed(group="desk")) == 1


def test_a_group_commits_where_it_starts_before_it_has_read_a_record(consumer):
    subscribed(group="desk")

    assert consumer.committing == [{PARTITION: 0}]


def test_a_commit_that_another_member_took_over_is_not_an_error(consumer, monkeypatch):
    offsets = subscribed(group="desk")

    def refuse(_offsets: object) -> None:
        raise CommitFailedError

    monkeypatch.setattr(consumer, "commit", refuse)

    assert list(offsets) == [0, 1, 2, 3, 4]


def test_a_subscription_ends_when_it_is_told_to(consumer):
    offsets = subscribed(idle_seconds=None)
    offsets.go_on = lambda: False

    assert list(offsets) == [0, 1, 2, 3, 4]


def test_a_missing_topic_is_named_and_the_consumer_is_closed(consumer):
    with pytest.raises(BrokerError, match=r"topic absent.clean does not exist at own.example:9092"):
        subscribed("absent.clean")

    assert consumer.is_closed


class NotingTracer(Tracer):
    """Notes which record is handled, and how its handling ended."""

    def __init__(self) -> None:
        self.notes: list[tuple[int, str]] = []

    def handle(self, record: Record, group: str | None) -> Handling:
        tracer, offset = self, record.offset
        tracer.notes.append((offset, f"begins for {group}"))

        class Noting(Handling):
            def end(self, error: BaseException | None = None) -> None:
                tracer.notes.append((offset, type(error).__name__ if error else "ends"))

        return Noting()


def test_a_record_is_handled_until_the_next_one_is_requested(consumer):
    tracer = NotingTracer()
    offsets = subscribed(tracer=tracer, max_events=2)

    next(offsets)
    assert tracer.notes == [(0, "begins for None")]
    next(offsets)

    assert tracer.notes == [(0, "begins for None"), (0, "ends"), (1, "begins for None")]


def test_the_error_of_a_subscriber_ends_the_handling_of_its_record(consumer):
    tracer = NotingTracer()

    def handle() -> None:
        with subscribed(tracer=tracer) as offsets:
            raise ZeroDivisionError(next(offsets))

    with pytest.raises(ZeroDivisionError):
        handle()

    assert tracer.notes[:2] == [(0, "begins for None"), (0, "ZeroDivisionError")]


def test_a_record_that_is_not_an_event_fails_in_its_trace(consumer):
    tracer = NotingTracer()

    def refuse(_record: Record) -> int:
        raise InvalidJson("no")

    offsets = subscribed(tracer=tracer)
    offsets._read = refuse

    with pytest.raises(InvalidJson):
        next(offsets)

    assert tracer.notes == [(0, "begins for None"), (0, "InvalidJson")]
