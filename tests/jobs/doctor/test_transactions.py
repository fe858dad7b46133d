"""The doctor sees a transaction that stays open and hides later records."""

from __future__ import annotations

import pytest
from kafka import TopicPartition

from streams.jobs.doctor.findings import Finding, Status
from streams.jobs.doctor.transactions import check_transactions
from streams.kafka.inspection import OpenTransaction

NOW = 1_772_366_400.0
PLACE = TopicPartition("news.clean", 2)


def opened(age: float, name: str | None = "wireroom.news.raw.2", *more: TopicPartition) -> OpenTransaction:
    """Return a transaction that began `age` seconds ago."""
    places = dict.fromkeys((PLACE, *more), 40)
    return OpenTransaction(name, 12, int((NOW - age) * 1000), places)


def found(*transactions: OpenTransaction) -> list[Finding]:
    return list(check_transactions(transactions, "wireroom", NOW))


def test_without_an_open_transaction_all_is_well():
    assert found() == [Finding("transactions", Status.OK, "no transaction is open: readers see every record")]


def test_transactions_of_workers_at_work_are_counted():
    (finding,) = found(opened(2), opened(0.5))

    assert (finding.status, finding.text) == (Status.OK, "2 transactions open, the oldest for 2.0 s")


def test_a_transaction_that_stays_open_is_named_with_what_it_hides():
    (finding,) = found(opened(90), opened(1))

    assert finding.status is Status.PROBLEM
    assert finding.text == (
        "the transaction wireroom.news.raw.2 is open for 90 s: "
        "readers see nothing of news.clean-2 from offset 40 on"
    )
    assert (finding.fix or "").startswith("restart the worker that has this partition")


def test_other_partitions_that_it_hides_are_counted():
    (finding,) = found(
        opened(90, "wireroom.x", TopicPartition("news.dead", 0), TopicPartition("news.raw", 1))
    )

    assert finding.text.endswith("from offset 40 on and 2 more partitions")


@pytest.mark.parametrize(
    ("name", "fix"),
    [
        ("wireroom.news.raw.2", "restart the worker"),
        ("wireroom2.news.raw.2", "stop or restart the program with this transactional id"),
        ("flink", "stop or restart the program with this transactional id"),
        (
            None,
            "if Kafka's kafka-transactions.sh find-hanging lists it, end it with kafka-transactions.sh abort",
        ),
    ],
)
def test_the_fix_depends_on_who_began_it(name, fix):
    (finding,) = found(opened(90, name))

    assert (finding.fix or "").startswith(fix)
    if name is None:
        assert "producer 12" in finding.text
        assert (finding.fix or "").endswith("--topic news.clean --partition 2 --start-offset 40")
