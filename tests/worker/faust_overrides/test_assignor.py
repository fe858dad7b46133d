"""A worker asks for a new assignment when it sees more partitions than the current one is for. No broker."""

from __future__ import annotations

from typing import Any

import faust
import pytest
from faust.assignor.client_assignment import ClientMetadata

from streams.worker.faust_overrides.assignor import Assignor, more_partitions


class FakeCluster:
    """The partitions that a client knows."""

    def __init__(self) -> None:
        self.partitions = {"news.raw": 4, "news.clean": 4}
        self.listener = lambda _: None

    def add_listener(self, listener) -> None:
        self.listener = listener

    def partitions_for_topic(self, topic: str) -> set[int] | None:
        return set(range(self.partitions[topic])) if topic in self.partitions else None


class FakeConsumer:
    """A member of a group, and its own client and coordinator; counts how often it was asked to rejoin."""

    def __init__(self) -> None:
        self.cluster = FakeCluster()
        self._client = self._coordinator = self
        self.rejoins = 0

    def request_rejoin(self) -> None:
        self.rejoins += 1


@pytest.fixture
def consumer() -> FakeConsumer:
    return FakeConsumer()


@pytest.fixture
def assignor(consumer: FakeConsumer) -> Assignor:
    assignor = Assignor(faust.App("test"))
    assignor.watch(consumer)
    return assignor


TOPICS = {"news.raw", "news.clean"}


def assign(assignor: Assignor, consumer: FakeConsumer) -> Any:
    """Return the assignment that the only member of a group makes."""
    metadata = assignor.metadata(TOPICS)
    assigned = assignor.assign(consumer.cluster, {"a": metadata})["a"]
    assignor.on_assignment(assigned)
    return assigned


def test_our_fields_in_the_metadata_do_not_disturb_faust(assignor: Assignor, consumer: FakeConsumer):
    assigned = assign(assignor, consumer)

    assert dict(assigned.assignment) == {"news.raw": [0, 1, 2, 3], "news.clean": [0, 1, 2, 3]}
    assert ClientMetadata.loads(assignor.metadata(TOPICS).user_data).url


def test_a_member_asks_for_added_partitions_once_until_they_are_assigned(
    assignor: Assignor, consumer: FakeConsumer
):
    assign(assignor, consumer)
    metadata = assignor.metadata(TOPICS)
    consumer.cluster.listener(consumer.cluster)
    assert consumer.rejoins == 0

    consumer.cluster.partitions["news.clean"] = 7
    consumer.cluster.listener(consumer.cluster)
    assert consumer.rejoins == 1
    assert assignor.metadata(TOPICS).user_data != metadata.user_data

    assign(assignor, consumer)
    consumer.cluster.listener(consumer.cluster)
    assert consumer.rejoins == 1


def test_a_member_that_comes_back_to_an_old_assignment_asks_for_a_new_one(
    assignor: Assignor, consumer: FakeConsumer
):
    old = assign(assignor, consumer)
    consumer.cluster.partitions["news.raw"] = 7
    back = Assignor(faust.App("test"))
    back.watch(consumer)

    back.on_assignment(old)
    consumer.cluster.listener(consumer.cluster)

    assert consumer.rejoins == 1


@pytest.mark.parametrize(
    ("before", "now", "more"),
    [
        ({"news.raw": 4}, {"news.raw": 7}, True),
        ({"news.raw": 4}, {"news.raw": 4}, False),
        ({"news.raw": 4}, {"news.raw": 0}, False),  # the broker is away
        ({"news.raw": 0}, {"news.raw": 4}, False),  # it was not known yet
        ({}, {"news.raw": 4}, False),
    ],
)
def test_a_topic_that_was_known_and_has_grown_has_more_partitions(
    before: dict[str, int], now: dict[str, int], more: bool
):
    assert more_partitions(before, now) is more
