"""The doctor sees partitions that no worker has, workers that wait, and offsets that do not fit the log."""

from __future__ import annotations

import pytest
from kafka import TopicPartition

from streams.jobs.doctor.findings import Finding, Status
from streams.jobs.doctor.group import check_offsets, check_workers
from streams.kafka.inspection import Group, Member, Position

STAGES = {"news.raw": "cleanup", "news.clean": "entities"}
INPUTS = [TopicPartition(topic, number) for topic in STAGES for number in range(2)]


def member(name: str, *places: TopicPartition, instance: str | None = None) -> Member:
    return Member(name, instance, "10.0.0.7", frozenset(places))


def workers(*members: Member, state: str = "Stable") -> list[Finding]:
    return list(check_workers(Group("night", state, members), INPUTS, STAGES))


def test_workers_that_have_all_partitions_are_well():
    (finding,) = workers(member("a", *INPUTS[:2]), member("b", *INPUTS[2:]))

    assert (finding.status, finding.text) == (Status.OK, "2 workers for 4 partitions in group night")


@pytest.mark.parametrize("state", ["Empty", "Dead"])
def test_a_group_without_workers_is_a_problem(state):
    (finding,) = workers(state=state)

    assert (finding.status, finding.text) == (Status.PROBLEM, "no worker runs in group night")
    assert finding.fix == "start one with `wireroom worker`"


@pytest.mark.parametrize("state", ["PreparingRebalance", "CompletingRebalance"])
def test_a_group_that_rebalances_is_noted_and_not_judged(state):
    (finding,) = workers(member("a"), state=state)

    assert (finding.status, finding.text) == (
        Status.NOTE,
        "group night is handing out its partitions to 1 worker",
    )


def test_a_stage_that_nobody_runs_is_named():
    (finding,) = workers(member("a", *INPUTS[:2]))

    assert (finding.status, finding.text) == (
        Status.PROBLEM,
        "no worker runs the stage entities, which reads news.clean",
    )
    assert finding.fix == "start one with `wireroom worker --stage entities`"


def test_a_stage_that_may_be_left_out_and_never_ran_is_noted():
    group = Group("night", "Stable", (member("a", *INPUTS[:2]),))

    (finding,) = check_workers(group, INPUTS, STAGES, {"news.clean"})

    assert (finding.status, finding.text) == (
        Status.NOTE,
        "no worker of the group has ever run the stage entities, which reads news.clean",
    )
    assert finding.fix == "nothing, or start one with `wireroom worker --stage entities`"


def test_a_partition_without_a_worker_is_a_problem_also_of_a_stage_that_may_be_left_out():
    group = Group("night", "Stable", (member("a", *INPUTS[:3]),))

    (finding,) = check_workers(group, INPUTS, STAGES, {"news.clean"})

    assert (finding.status, finding.text) == (Status.PROBLEM, "1 partition (news.clean-1) without a worker")


def test_a_partition_that_nobody_has_is_named():
    (finding,) = workers(member("a", *INPUTS[:3]))

    assert (finding.status, finding.text) == (Status.PROBLEM, "1 partition (news.clean-1) without a worker")


def test_a_worker_without_a_partition_is_noted_by_its_instance():
    (finding,) = workers(member("a", *INPUTS), member("b", instance="spare"))

    assert finding.status is Status.NOTE
    assert finding.text.startswith("1 worker of 2 without a partition (spare at 10.0.0.7)")


def position(committed: int | None, *, start: int = 0, end: int = 100) -> Position:
    return Position(TopicPartition("news.raw", 3), committed, start, end, end)


def test_offsets_within_the_log_are_well():
    (finding,) = check_offsets([position(0), position(100), position(None, start=7)])

    assert (finding.status, finding.text) == (Status.OK, "the group has an offset in 2 of 3 partitions")


def test_a_group_that_has_finished_nothing_is_well():
    (finding,) = check_offsets([position(None), position(None)])

    assert (finding.status, finding.text) == (Status.OK, "the group has finished nothing yet")


def test_an_offset_behind_the_end_tells_of_a_topic_that_was_created_again():
    (finding,) = check_offsets([position(1_200, end=7)])

    assert finding.status is Status.PROBLEM
    assert finding.text.startswith("the group is at 1,200 in news.raw-3, which ends at 7: workers pass over")
    assert "--reset-offsets --to-earliest" in (finding.fix or "")


def test_records_that_retention_took_before_they_were_read_are_counted():
    (finding,) = check_offsets([position(10, start=1_510)])

    assert (finding.status, finding.text) == (
        Status.PROBLEM,
        "retention removed up to 1,500 records of news.raw-3 before they were read",
    )
