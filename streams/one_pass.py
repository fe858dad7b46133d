"""Several stages in one pass over an article, so that one transaction can commit the results of all.

A worker that runs stages which follow each other need not read back what it has just written. It carries an
article on to the next stage, and commits the results of all stages in the transaction of the first. Each
result that was carried on has the header `wireroom.passed`, and the next stage skips it.

An article that a later stage cannot process is not carried: only the result of the first stage is sent, the
next stage reads it, and a dead letter says where it was read.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from streams.errors import EnrichmentError
from streams.headers import PASSED, Header
from streams.records import Outgoing, Record
from streams.stage import Payload, Result, Stage, unexpected

Outcome = list[Result] | EnrichmentError
"""The results of the stages that could process an article, or why the first one could not."""


class Route(NamedTuple):
    """The way of a pass: its stages, and how their results are marked.

    `stays` returns True for a key whose records stay in one partition on the topics of all stages.
    """

    stages: Sequence[Stage]
    group: bytes
    stays: Callable[[bytes | None], bool]


class Pass(NamedTuple):
    """The outcome of one pass over some records."""

    outgoing: list[Outgoing]
    carried: list[int]  # the places of the records that passed every stage
    is_whole: bool  # False if an article that should be carried was not
    strays: bool = False  # True if an article goes to another partition


def is_passed(headers: Sequence[Header], group: bytes) -> bool:
    """Return True if `headers` say that a worker of `group` has carried the article on."""
    return any(name == PASSED and value == group for name, value in headers)


def payloads(stages: Sequence[Stage], records: Sequence[Record]) -> list[Payload]:
    """Return what `process` needs of `records`."""
    return max(stages, key=lambda stage: stage.beside is not None).payloads(records)


def process(stages: Sequence[Stage], payloads: Sequence[Payload]) -> tuple[list[Outcome], list[float]]:
    """Return the outcome of each of `payloads`, and the seconds that each of `stages` took. Never raises.

    Its arguments and results can be pickled, so it can run in another process.
    """
    results: list[list[Result]] = [[] for _ in payloads]
    errors: list[EnrichmentError | None] = [None for _ in payloads]
    events = stages[0].decode(payloads)
    seconds = []
    for stage in stages:
        began = time.monotonic()
        events = stage.follow(events)
        for place, event in enumerate(events):
            if isinstance(event, EnrichmentError):
                errors[place] = errors[place] or event
                continue
            key, _, arrived = payloads[place]
            outcome, events[place] = stage.encode(None if results[place] else key, event, arrived)
            if isinstance(outcome, EnrichmentError):
                errors[place] = events[place] = outcome
            else:
                results[place].append(outcome)
        seconds.append(time.monotonic() - began)
    outcomes: list[Outcome] = [
        why if why and not made else made for made, why in zip(results, errors, strict=True)
    ]
    return outcomes, seconds


def forward(route: Route, records: Sequence[Record], outcomes: Sequence[Outcome]) -> Pass:
    """Return what is to be sent for `records` with these `outcomes`. Never raises.

    Records that leave the partition are not carried, and neither are records behind one that was not carried
    and should have been: a version of an article must not overtake an earlier one.
    """
    stages = route.stages
    outgoing: list[Outgoing] = []
    carried: list[int] = []
    is_whole, strays = True, False
    for place, (record, outcome) in enumerate(zip(records, outcomes, strict=True)):
        if isinstance(outcome, EnrichmentError):
            outgoing.append(stages[0].bury(record, outcome))
            continue
        stays_here = route.stays(outcome[0].key)
        carry = is_whole and stays_here and len(outcome) == len(stages)
        try:
            outgoing += _to_send(stages if carry else stages[:1], record, outcome, route.group)
        except Exception as error:  # noqa: BLE001 - such as a timestamp in the year 300,000
            outgoing.append(stages[0].bury(record, unexpected(error)))
            continue
        if carry:
            carried.append(place)
        elif stays_here:
            is_whole = False
        else:
            strays = True
    return Pass(outgoing, carried, is_whole, strays)


def _to_send(
    stages: Sequence[Stage], record: Record, results: Sequence[Result], group: bytes
) -> list[Outgoing]:
    """Return the results of `stages` for `record`, each marked as passed but for those of the last one."""
    outgoing: list[Outgoing] = []
    headers: Sequence[Header] = record.headers
    for stage, result in zip(stages, results, strict=False):
        mark = [] if stage is stages[-1] else [(PASSED, group)]
        made = stage.to_send(record, result, headers, mark)
        outgoing += made
        headers = made[0].headers
    return outgoing
