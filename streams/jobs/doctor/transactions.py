"""The check of transactions: one that stays open hides all later records from readers of committed ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from streams.jobs.doctor.findings import Finding, ok, problem
from streams.kafka.inspection import OpenTransaction
from streams.wording import plural

STUCK_SECONDS = 30.0
"""A worker's transaction ends after 15 s at most (transactions.py), and the broker looks every 10 s."""


def check_transactions(transactions: Sequence[OpenTransaction], group: str, now: float) -> Iterator[Finding]:
    """Tell which of the open `transactions` are stuck; `now` is in seconds since the epoch."""
    ages = [now - transaction.since / 1000 for transaction in transactions]
    stuck = [each for each, age in zip(transactions, ages, strict=True) if age > STUCK_SECONDS]
    for transaction in stuck:
        places = sorted(transaction.offsets)
        first = places[0]
        where = f"{first.topic}-{first.partition} from offset {transaction.offsets[first]:,} on"
        more = f" and {plural(len(places) - 1, 'more partition')}" if len(places) > 1 else ""
        yield problem(
            "transactions",
            f"{_name(transaction)} is open for {now - transaction.since / 1000:,.0f} s: readers see nothing "
            f"of {where}{more}",
            _fix(transaction, group),
        )
    if stuck:
        return
    if transactions:
        yield ok(
            "transactions",
            f"{plural(len(transactions), 'transaction')} open, the oldest for {max(0.0, max(ages)):.1f} s",
        )
    else:
        yield ok("transactions", "no transaction is open: readers see every record")


def _name(transaction: OpenTransaction) -> str:
    if transaction.transactional_id is None:
        return f"a transaction of producer {transaction.producer}, which no coordinator shows,"
    return f"the transaction {transaction.transactional_id}"


def _fix(transaction: OpenTransaction, group: str) -> str:
    if transaction.transactional_id is None:
        place = min(transaction.offsets)
        return (
            "if Kafka's kafka-transactions.sh find-hanging lists it, end it with kafka-transactions.sh abort "
            f"--topic {place.topic} --partition {place.partition} --start-offset {transaction.offsets[place]}"
        )
    if transaction.transactional_id.startswith(f"{group}."):
        return "restart the worker that has this partition: the next one ends the transaction when it starts"
    return "stop or restart the program with this transactional id"
