"""The true lag: records that can be read and are not committed, and 0 when all are."""

from __future__ import annotations

from typing import Any

import pytest
from faust.types import TP

from streams.worker.fetch import ReadPosition
from streams.worker.lag import LagMeter, PartitionLag
from streams.worker.lane_state import LaneState

TP0, TP1 = TP("news.clean", 0), TP("news.clean", 1)
STAGES = {"news.raw": "cleanup", "news.clean": "entities"}
NOW = 1_772_366_400.0


def read(position: int, stable: int, **more: Any) -> ReadPosition:
    fields: dict[str, Any] = {"high": stable, "at": NOW, "handed_over": None, **more}
    return ReadPosition(position=position, stable=stable, **fields)


def lane(waiting: int = 0, oldest: float | None = None, received: int | None = None) -> LaneState:
    """Return the state of a lane whose oldest record is `oldest` seconds old."""
    return LaneState(waiting, None if oldest is None else int((NOW - oldest) * 1000), received)


def lag(position: ReadPosition, state: LaneState | None = None, now: float = NOW) -> PartitionLag:
    (measured,) = LagMeter(STAGES).measure({TP0: position}, {TP0: state} if state else {}, now)
    return measured


def test_nothing_waits_when_the_consumer_stands_at_the_last_stable_offset():
    assert lag(read(14, 14)) == PartitionLag("entities", 0, 0, 0.0, 14, 14)


def test_control_records_do_not_count_once_they_are_passed():
    committed = lane(received=13)  # the last record was at 12, its transaction ends with a marker at 13

    assert lag(read(14, 14, handed_over=(4, 14)), lane(received=14)).records == 0
    assert lag(read(14, 14, handed_over=None), committed).records == 0


def test_records_that_were_read_and_not_committed_wait():
    assert lag(read(14, 14, handed_over=(4, 14)), lane(waiting=3, oldest=2.0, received=14)).records == 3


def test_offsets_that_were_not_read_yet_count():
    assert lag(read(10, 14), lane(waiting=3, oldest=2.0)).records == 7


def test_records_of_an_open_transaction_do_not_count():
    measured = lag(read(14, 14, high=60))

    assert (measured.records, measured.stable, measured.high) == (0, 14, 60)


def test_records_between_the_consumer_and_the_lane_count():
    assert lag(read(14, 14, handed_over=(4, 14))).records == 10
    assert lag(read(14, 14, handed_over=(4, 14)), lane(received=8)).records == 6
    assert lag(read(14, 14, handed_over=(4, 14)), lane(received=2)).records == 10


def test_a_broker_that_answered_before_the_consumer_read_on_does_not_make_a_negative_lag():
    assert lag(read(14, 10)).records == 0


def test_the_oldest_record_tells_how_far_a_partition_is_behind():
    assert lag(read(14, 14), lane(waiting=3, oldest=90.0)).seconds == 90.0


@pytest.mark.parametrize("timestamp", [-1, 0, None, int((NOW + 10**9) * 1000)])
def test_a_record_without_a_usable_time_counts_from_when_it_was_seen(timestamp):
    meter = LagMeter(STAGES)
    state = LaneState(waiting=1, oldest=timestamp, received=14)

    (first,) = meter.measure({TP0: read(14, 14)}, {TP0: state}, NOW)
    (later,) = meter.measure({TP0: read(14, 14)}, {TP0: state}, NOW + 7)

    assert (first.seconds, later.seconds) == (0.0, 7.0)


def test_a_partition_that_has_caught_up_counts_from_the_next_record_on():
    meter = LagMeter(STAGES)

    behind = [meter.measure({TP0: read(9, stable)}, {}, NOW + at) for at, stable in ((0, 14), (5, 14))]
    caught_up = meter.measure({TP0: read(14, 14)}, {}, NOW + 6)
    again = meter.measure({TP0: read(14, 15)}, {}, NOW + 20)

    assert [lags[0].seconds for lags in (*behind, caught_up, again)] == [0.0, 5.0, 0.0, 0.0]


def test_a_partition_at_work_is_not_behind_since_its_first_record():
    meter = LagMeter(STAGES)

    def seconds(at: float, read_to: int, stable: int, waiting: int = 0, first: int | None = None) -> float:
        state = LaneState(waiting, None, read_to, first)
        (measured,) = meter.measure({TP0: read(read_to, stable)}, {TP0: state}, NOW + at)
        return measured.seconds

    # Something waits at every look: to be read, or in the lane, whose records have no usable time.
    assert seconds(0, 10, 14) == 0.0
    assert seconds(1, 14, 20, waiting=4, first=10) == 1.0
    assert seconds(2, 20, 26, waiting=6, first=14) == 0.0
    assert seconds(9, 20, 40, waiting=6, first=14) == 7.0
    assert seconds(10, 40, 46) == 0.0
    assert seconds(600, 940, 946) == 0.0
    assert seconds(605, 940, 999) == 5.0


def test_records_on_their_way_to_the_lane_wait_until_they_have_come():
    meter = LagMeter(STAGES)

    looks = [(14, (4, 14), 4), (20, (8, 20), 10), (30, (14, 30), 14)]
    seconds = [
        meter.measure(
            {TP0: read(position, position, handed_over=handed_over)}, {TP0: lane(received=received)}, NOW + at
        )[0].seconds
        for at, (position, handed_over, received) in enumerate(looks)
    ]

    assert seconds == [0.0, 1.0, 0.0]


def test_a_partition_that_another_worker_has_now_is_forgotten():
    meter = LagMeter(STAGES)
    meter.measure({TP0: read(9, 14), TP1: read(9, 14)}, {}, NOW)
    meter.learn({TP0: 99}, NOW + 1)

    gone = meter.measure({TP1: read(9, 14)}, {}, NOW + 10)
    back = meter.measure({TP0: read(9, 14), TP1: read(9, 14)}, {}, NOW + 20)

    assert [(each.partition, each.seconds) for each in gone] == [(1, 10.0)]
    assert [(each.partition, each.seconds, each.stable) for each in back] == [(0, 0.0, 14), (1, 20.0, 14)]


def test_the_end_of_a_partition_that_is_held_back_is_what_the_broker_said_last():
    meter = LagMeter(STAGES)
    held = {TP0: read(10, 14)}
    meter.learn({TP0: 500}, NOW + 6)

    (asked,) = meter.measure(held, {TP0: lane(waiting=3)}, NOW + 6)
    (read_again,) = meter.measure({TP0: read(10, 600, at=NOW + 9)}, {TP0: lane(waiting=3)}, NOW + 9)

    assert (asked.records, asked.stable, asked.high) == (493, 500, 500)
    assert (read_again.records, read_again.stable) == (593, 600)


def test_partitions_come_in_order():
    meter = LagMeter(STAGES)
    partitions = [TP("news.raw", 10), TP("news.raw", 2), TP0]

    lags = meter.measure(dict.fromkeys(partitions, read(1, 1)), {}, NOW)

    assert [(each.stage, each.partition) for each in lags] == [
        ("entities", 0),
        ("cleanup", 2),
        ("cleanup", 10),
    ]
