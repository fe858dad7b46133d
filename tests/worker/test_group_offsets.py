"""The committed offset is what the broker says; without an answer there is an error, never a 0. No broker."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    GroupCoordinatorNotAvailableError,
    KafkaConnectionError,
    NotCoordinatorForGroupError,
)
from aiokafka.structs import OffsetAndMetadata

from streams.worker import group_offsets
from streams.worker.group_offsets import GroupOffsets
from tests.fakes.kafka import INPUT

Answer = dict[TopicPartition, OffsetAndMetadata]


class FakeAdmin:
    """Answers with the next of `answers`, or raises it; None is an answer that never comes."""

    def __init__(self, answers: list[Answer | Exception | None]) -> None:
        self.answers = answers
        self.asked: list[tuple[str, list[TopicPartition]]] = []
        self.opened = self.closed = 0
        self.refuses: Exception | None = None

    async def start(self) -> None:
        self.opened += 1
        if self.refuses:
            raise self.refuses

    async def close(self) -> None:
        self.closed += 1

    async def list_consumer_group_offsets(self, group: str, *, partitions: list[TopicPartition]) -> Answer:
        self.asked.append((group, partitions))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        if answer is None:
            await asyncio.Event().wait()
        assert answer is not None
        return answer


def answer(offset: int, tp: tuple[str, int] = INPUT) -> Answer:
    return {TopicPartition(*tp): OffsetAndMetadata(offset, "")}


def ask(admin: FakeAdmin, questions: Callable[[GroupOffsets], Any]) -> Any:
    async def whole() -> Any:
        offsets = GroupOffsets(lambda: admin, "group")
        result = await questions(offsets)
        await offsets.close()
        return result

    return asyncio.run(asyncio.wait_for(whole(), 20))


@pytest.mark.parametrize(("answered", "offset"), [(41, 41), (0, 0), (-1, 0)])
def test_the_committed_offset_is_that_of_the_group_or_0_if_it_has_none(answered, offset):
    admin = FakeAdmin([answer(answered)])

    assert ask(admin, lambda offsets: offsets.committed(INPUT)) == offset

    assert admin.asked == [("group", [TopicPartition("news.raw", 0)])]


@pytest.mark.parametrize("missing", [{}, answer(41, ("news.raw", 1))])
def test_a_partition_that_is_not_in_the_answer_is_an_error(missing):
    with pytest.raises(GroupCoordinatorNotAvailableError, match=r"no answer for news\.raw-0"):
        ask(FakeAdmin([missing]), lambda offsets: offsets.committed(INPUT))


@pytest.mark.parametrize(
    "error",
    [
        GroupCoordinatorNotAvailableError(),
        NotCoordinatorForGroupError(),
        GroupAuthorizationFailedError(),
        OSError(),
    ],
)
def test_an_error_of_the_broker_is_raised_and_the_next_question_uses_a_new_connection(error):
    admin = FakeAdmin([error, answer(7)])

    async def questions(offsets):
        with pytest.raises(type(error)):
            await offsets.committed(INPUT)
        assert admin.closed == 1
        return await offsets.committed(INPUT)

    assert ask(admin, questions) == 7
    assert (admin.opened, admin.closed) == (2, 2)


def test_an_answer_that_does_not_come_is_a_time_out(monkeypatch):
    monkeypatch.setattr(group_offsets, "ANSWER_SECONDS", 0.01)
    admin = FakeAdmin([None])

    with pytest.raises(TimeoutError):
        ask(admin, lambda offsets: offsets.committed(INPUT))

    assert admin.closed == 1


def test_a_broker_that_cannot_be_reached_is_an_error():
    admin = FakeAdmin([])
    admin.refuses = KafkaConnectionError()

    with pytest.raises(KafkaConnectionError):
        ask(admin, lambda offsets: offsets.committed(INPUT))

    assert admin.closed == 1


def test_one_connection_serves_many_questions():
    admin = FakeAdmin([answer(1), answer(2)])

    async def questions(offsets):
        return await asyncio.gather(offsets.committed(INPUT), offsets.committed(INPUT))

    assert ask(admin, questions) == [1, 2]
    assert admin.opened == 1
