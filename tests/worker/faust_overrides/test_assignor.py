"""A worker says how many partitions it sees, and asks for a new assignment when they are more. No broker."""

from __future__ import annotations

from typing import Any

import faust
import pytest
from faust.assignor.client_assignment import ClientMetadata

from streams.worker.faust_overrides.assignor import Assignor, more_partitions


class Cluster:
    """What a client knows of a cluster."""

    def __init__(self) -> None:
        self.partitions = {"news.raw": 4, "news.clean": 4}
        self.listener = lambda _: None

    def add_listener(self, listener) -> None:
        self.listener = listener

    def partitions_for_topic(self, topic: str) -> set[int] | None:
        return set(range(self.partitions[topic])) if topic in self.partitions else None


class Consumer:
    """A member of a group, its own client and coordinator; counts how often it was asked to join again."""

    def __init__(self) -> None:
        self.cluster = Cluster()
        self._client = self._coordinator = self
        self.rejoins = 0

    def request_rejoin(self) -> None:
        self.rejoins += 1


@pytest.fixture
def consumer() -> Consumer:
    return Consumer()


@pytest.fixture
def assignor(consumer: Consumer) -> Assignor:
    assignor = Assignor(faust.App("test"))
    assignor.watch(consumer)
    return assignor


TOPICS = {"news.raw", "news.clean"}


def assign(assignor: Assignor, consumer: Consumer) -> Any:
    """The assignment of the one member of a group, which makes it."""
    said = assignor.metadata(TOPICS)
    assigned = assignor.assign(consumer.cluster, {"a": said})["a"]
    assignor.on_assignment(assigned)
    return assigned


def test_what_is_said_beside_what_faust_says_does_not_disturb_it(
    assignor: Assignor, consumer: Consumer
) -> None:
    assigned = assign(assignor, consumer)

    assert dict(assigned.assignment) == {"news.raw": [0, 1, 2, 3], "news.clean": [0, 1, 2, 3]}
    assert ClientMetadata.loads(assignor.metadata(TOPICS).user_data).url


def test_partitions_that_were_added_are_asked_for_until_they_are_assigned(
    assignor: Assignor, consumer: Consumer
) -> None:
    assign(assignor, consumer)
    said = assignor.metadata(TOPICS)
    consumer.cluster.listener(consumer.cluster)
    assert consumer.rejoins == 0

    consumer.cluster.partitions["news.clean"] = 7
    consumer.cluster.listener(consumer.cluster)
    assert consumer.rejoins == 1
    assert assignor.metadata(TOPICS).user_data != said.user_data

    assign(assignor, consumer)
    consumer.cluster.listener(consumer.cluster)
    assert consumer.rejoins == 1


def test_a_member_that_comes_back_to_an_old_assignment_asks_for_a_new_one(
    assignor: Assignor, consumer: Consumer
) -> None:
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
def test_only_partitions_beyond_those_known_are_more(
    before: dict[str, int], now: dict[str, int], more: bool
) -> None:
    assert more_partitions(before, now) is more
