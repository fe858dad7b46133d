"""What readers decided: the labels of texts by their ids, as files of annotations hold them.

A reader may leave a label open. Such a label is `ambiguous`: it is neither trained nor measured.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

ANNOTATIONS = Path(__file__).with_name("annotations")
READINGS = ANNOTATIONS / "readings.jsonl"
SECOND_READINGS = ANNOTATIONS / "second_readings.jsonl"
RIGHTS_READINGS = ANNOTATIONS / "rights_readings.jsonl"
RIGHTS = "human-rights"
"""The label that RIGHTS_READINGS decide on where the first reader left it open."""

WRITTEN = ANNOTATIONS / "written"


@dataclass(frozen=True)
class Decision:
    """The labels of the text `id`, and those that the reader left open."""

    id: str
    labels: frozenset[str]
    ambiguous: frozenset[str]


def read_decisions(path: Path) -> list[Decision]:
    """Return the decisions in a JSON Lines file of `{id, labels, ambiguous}`; leave out other fields."""
    with path.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [Decision(row["id"], frozenset(row["labels"]), frozenset(row["ambiguous"])) for row in rows]


def close(decisions: Iterable[Decision], later: Iterable[Decision], label: str) -> list[Decision]:
    """Return the decisions; where `label` was left open and `later` decides on it, that holds."""
    given = {decision.id: label in decision.labels for decision in later if label not in decision.ambiguous}
    return [
        replace(
            decision,
            labels=decision.labels | {label} if given[decision.id] else decision.labels,
            ambiguous=decision.ambiguous - {label},
        )
        if label in decision.ambiguous and decision.id in given
        else decision
        for decision in decisions
    ]


class Agreement(NamedTuple):
    """How often two readers agree, each time on one label of one text."""

    both_given: int
    both_absent: int
    contradicted: int
    both_open: int
    one_open: int

    def __str__(self) -> str:
        firm = self.both_given + self.both_absent + self.contradicted
        return (
            f"of {firm + self.both_open + self.one_open:,} decisions {firm:,} were firm in both readings "
            f"({self.both_given} given twice, {self.contradicted} contradicted); both readings left "
            f"{self.both_open} open, and one of them another {self.one_open}"
        )


def agreement(first: Iterable[Decision], second: Iterable[Decision], labels: Collection[str]) -> Agreement:
    """Return how far `second` agrees with `first` on the texts that both have."""
    before = {decision.id: decision for decision in first}
    pairs = [
        (_answer(before[decision.id], label), _answer(decision, label))
        for decision in second
        if decision.id in before
        for label in labels
    ]
    return Agreement(
        both_given=pairs.count((True, True)),
        both_absent=pairs.count((False, False)),
        contradicted=pairs.count((True, False)) + pairs.count((False, True)),
        both_open=pairs.count((None, None)),
        one_open=sum((one is None) != (other is None) for one, other in pairs),
    )


def _answer(decision: Decision, label: str) -> bool | None:
    """Return True or False if the reader decided on `label`, else None."""
    return None if label in decision.ambiguous else label in decision.labels
