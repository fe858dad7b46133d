"""Records reach a lane in order and without a gap, whatever the consumer brings. No broker."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from aiokafka.errors import KafkaConnectionError

from streams.worker import inbox as inboxes
from streams.worker.inbox import Inbox
from streams.worker.limits import Limits
from tests.fakes.kafka import INPUT, FakeConsumer, fetch


def run(scenario: Callable[[Inbox, FakeConsumer], Awaitable[None]], first: int = 0) -> FakeConsumer:
    """Run `scenario` on an inbox that hands out 4 records a time; the log begins at `first`."""

    async def whole() -> FakeConsumer:
        consumer = FakeConsumer(first)
        await scenario(Inbox(INPUT, consumer, Limits(4), {"stage": "cleanup"}), consumer)
        return consumer

    return asyncio.run(asyncio.wait_for(whole(), 20))


def offsets(inbox: Inbox, next_offset: int = 0) -> list[int]:
    return [record.offset for record in inbox.take(next_offset)]


async def seek_after(consumer: FakeConsumer, seeks: int) -> None:
    while len(consumer.seeks) < seeks:
        await asyncio.sleep(0)


def test_a_batch_has_at_most_as_many_records_as_one_transaction_takes():
    async def scenario(inbox, _consumer):
        inbox.accept(fetch(0, 2))
        inbox.accept(fetch(3, 8))
        assert [offsets(inbox), offsets(inbox), offsets(inbox)] == [[0, 1, 2, 3], [4, 5, 6, 7], [8]]
        assert not inbox.has_fetches

    run(scenario)


def test_the_record_that_has_waited_longest_is_the_first():
    async def scenario(inbox, _consumer):
        seen = [inbox.oldest]
        inbox.accept(fetch(3, 8))
        inbox.accept(fetch(9, 9))
        seen.append(inbox.oldest.offset)
        inbox.take(3)
        seen.append(inbox.oldest.offset)
        inbox.take(3)
        assert [*seen, inbox.oldest] == [None, 3, 7, None]

    run(scenario)


def test_what_came_is_known_until_the_inbox_closes():
    async def scenario(inbox, _consumer):
        seen = [inbox.received]
        inbox.accept(fetch(0, 8))
        seen.append(inbox.received)
        inbox.close()
        inbox.accept(fetch(9, 9))
        assert [*seen, inbox.received] == [None, 9, None]

    run(scenario)


def test_a_batch_ends_with_the_record_that_fills_its_bytes():
    inbox = Inbox(INPUT, FakeConsumer(), Limits(records=4, bytes=2))
    inbox.accept(fetch(0, 3))

    assert [offsets(inbox), offsets(inbox)] == [[0, 1], [2, 3]]


def test_records_below_the_committed_offset_are_dropped():
    async def scenario(inbox, _consumer):
        inbox.accept(fetch(0, 6))
        assert offsets(inbox, next_offset=4) == [4, 5, 6]

    run(scenario)


def test_records_that_come_again_are_dropped():
    async def scenario(inbox, _consumer):
        inbox.accept(fetch(0, 2))
        inbox.accept(fetch(1, 3))
        inbox.accept(fetch(0, 1))
        assert offsets(inbox) == [0, 1, 2, 3]
        assert not inbox.has_fetches

    run(scenario)


def test_a_gap_that_the_log_itself_has_is_passed_over():
    """Transaction markers take offsets, and compaction leaves holes: the poll covers both."""

    async def scenario(inbox, _consumer):
        inbox.accept(fetch(0, 1))
        inbox.accept(fetch(5, 6, begin=2))
        assert offsets(inbox) == [0, 1, 5, 6]

    assert run(scenario).seeks == []


def test_records_that_the_consumer_skipped_are_read_again_before_any_later_one(caplog):
    async def scenario(inbox, consumer):
        inbox.accept(fetch(0, 1))
        inbox.accept(fetch(4, 5))
        inbox.accept(fetch(6, 6))
        assert offsets(inbox) == [0, 1]
        await seek_after(consumer, 1)
        inbox.accept(fetch(2, 5))
        assert offsets(inbox) == [2, 3, 4, 5]

    assert run(scenario).seeks == [2]
    assert caplog.messages == ["the consumer skipped records, reading them again"]
    assert caplog.records[0].stage == "cleanup"


def test_after_a_rebalance_records_begin_at_the_committed_offset_wherever_the_consumer_stands():
    async def scenario(inbox, consumer):
        inbox.accept(fetch(0, 7))
        assert offsets(inbox) == [0, 1, 2, 3]
        inbox.close()
        inbox.accept(fetch(8, 9))
        assert not inbox.has_fetches
        inbox.reopen()
        inbox.accept(fetch(8, 9))
        assert offsets(inbox, next_offset=4) == []
        await seek_after(consumer, 1)
        inbox.accept(fetch(4, 6))
        assert offsets(inbox, next_offset=4) == [4, 5, 6]

    assert run(scenario).seeks == [4]


def test_a_seek_is_awaited_before_it_is_tried_again(monkeypatch):
    async def scenario(inbox, consumer):
        inbox.accept(fetch(6, 8))
        offsets(inbox, next_offset=3)
        await seek_after(consumer, 1)
        inbox.accept(fetch(9, 9))
        offsets(inbox)
        await asyncio.sleep(0.01)
        assert consumer.seeks == [3]
        monkeypatch.setattr(inboxes, "SEEK_SECONDS", 0.0)
        inbox.accept(fetch(9, 9))
        offsets(inbox)
        await seek_after(consumer, 2)

    assert run(scenario).seeks == [3, 3]


@pytest.mark.parametrize(
    "error", [KafkaConnectionError(), OSError(), TimeoutError(), RuntimeError("no consumer")]
)
def test_a_seek_that_fails_is_tried_again_with_the_next_records(error, caplog):
    async def scenario(inbox, consumer):
        consumer.faults = [error]
        while not consumer.seeks:
            inbox.accept(fetch(6, 8))
            assert offsets(inbox, next_offset=3) == []
            await asyncio.sleep(0)

    assert run(scenario).seeks == [3]
    assert caplog.messages[0] == "cannot seek back, trying again"


@pytest.mark.parametrize("committed", [0, 3])
def test_records_that_retention_deleted_unread_are_passed_over_with_a_warning(committed, caplog):
    async def scenario(inbox, consumer):
        inbox.accept(fetch(6, 8))
        assert offsets(inbox, next_offset=committed) == []
        await seek_after(consumer, 1)
        inbox.accept(fetch(6, 8))
        assert offsets(inbox) == [6, 7, 8]

    assert run(scenario, first=6).seeks == [6]
    assert ("records deleted before they were read" in caplog.messages) == (committed > 0)


def test_a_rebalance_during_a_seek_makes_it_void():
    async def scenario(inbox, consumer):
        inbox.accept(fetch(6, 8))
        offsets(inbox, next_offset=3)
        inbox.close()
        for _ in range(10):
            await asyncio.sleep(0)

    assert run(scenario).seeks == []


def test_the_consumer_is_held_back_while_two_transactions_wait_and_released_below_one():
    async def scenario(inbox, consumer):
        inbox.accept(fetch(0, 6))
        assert consumer.flow == []
        inbox.accept(fetch(7, 7))
        assert consumer.flow == ["hold"]
        offsets(inbox)
        assert consumer.flow == ["hold"]
        offsets(inbox)
        assert consumer.flow == ["hold", "release"]

    run(scenario)


def test_a_closed_inbox_lets_the_consumer_go():
    async def scenario(inbox, consumer):
        inbox.accept(fetch(0, 7))
        inbox.close()
        assert consumer.flow == ["hold", "release"]

    run(scenario)


def test_waiting_for_a_full_inbox_ends_with_the_last_record_that_it_needs():
    async def scenario(inbox, _consumer):
        inbox.accept(fetch(0, 2))
        waiting = asyncio.create_task(inbox.wait_until_full(3600))
        await asyncio.sleep(0)
        assert not waiting.done()
        inbox.accept(fetch(3, 3))
        await waiting
        assert inbox.is_full

    run(scenario)


def test_waiting_for_a_full_inbox_ends_when_the_time_is_up():
    async def scenario(inbox, _consumer):
        inbox.accept(fetch(0, 2))
        await inbox.wait_until_full(0.001)
        assert not inbox.is_full

    run(scenario)


def skipping(scenario: Callable[[Inbox], Awaitable[None]]) -> None:
    """Run `scenario` on an inbox that skips records with odd offsets."""

    async def whole() -> None:
        await scenario(
            Inbox(INPUT, FakeConsumer(), Limits(4), is_passed=lambda record: record.offset % 2 == 1)
        )

    asyncio.run(asyncio.wait_for(whole(), 20))


def test_records_that_were_carried_on_are_skipped():
    async def scenario(inbox):
        inbox.accept(fetch(0, 5))

        assert inbox.queued == 3
        assert offsets(inbox) == [0, 2, 4]

    skipping(scenario)


def test_an_inbox_tells_the_offset_behind_what_was_taken_and_skipped():
    async def scenario(inbox):
        seen = [inbox.done_until]
        inbox.accept(fetch(0, 9))
        inbox.take(0)
        seen.append(inbox.done_until)  # the limit is four records: 0, 2, 4 and 6
        inbox.take(0)
        seen.append(inbox.done_until)
        inbox.accept(fetch(11, 11, begin=10))
        seen.append(inbox.done_until)

        assert seen == [None, 8, 10, 12]
        assert inbox.queued == 0

    skipping(scenario)


def test_an_inbox_that_finishes_takes_what_is_skipped_up_to_the_first_record_that_is_not():
    async def scenario() -> Inbox:
        inbox = Inbox(INPUT, FakeConsumer(), Limits(4), is_passed=lambda record: record.offset != 4)
        inbox.take(0)
        inbox.finish()
        inbox.accept(fetch(0, 1))
        assert inbox.has_only_skipped
        inbox.accept(fetch(2, 6))
        inbox.accept(fetch(7, 9))
        return inbox

    inbox = asyncio.run(scenario())

    assert not inbox.has_only_skipped
    assert (inbox.queued, inbox.done_until) == (0, 4)


def test_an_inbox_that_skips_nothing_tells_no_offset():
    async def scenario(inbox, _consumer):
        inbox.accept(fetch(0, 3))
        inbox.take(0)

        assert inbox.done_until is None

    run(scenario)


def test_all_is_taken_once_nothing_waits_and_no_gap_is_open():
    async def scenario(inbox):
        seen = [inbox.has_taken_all]
        inbox.accept(fetch(1, 1))
        seen.append(inbox.has_taken_all)  # it is not known yet if offset 0 is missing
        inbox.take(1)
        seen.append(inbox.has_taken_all)
        inbox.accept(fetch(5, 5))  # 2 to 4 are missing
        seen.append(inbox.has_taken_all)
        inbox.accept(fetch(2, 5))
        inbox.take(1)
        seen.append(inbox.has_taken_all)
        inbox.close()
        seen.append(inbox.has_taken_all)

        assert seen == [True, False, True, False, True, False]

    skipping(scenario)


def test_a_wait_for_what_is_urgent_ends_with_a_record_that_is_not_skipped_or_when_it_is_woken():
    async def scenario(inbox):
        for wake in (inbox.wake, lambda: inbox.accept(fetch(2, 2))):
            waiting = asyncio.create_task(inbox.wait_until_urgent(3600))
            await asyncio.sleep(0)
            inbox.accept(fetch(1, 1))
            await asyncio.sleep(0)
            assert not waiting.done()
            wake()
            await waiting

    skipping(scenario)
