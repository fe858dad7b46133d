"""A stage with state: it remembers its input, exactly once, and is restored from what it has sent.

The state of an input partition follows the offsets of that partition: no record is applied twice, however
often a transaction is tried again. `States` has the states of a process and knows no Kafka client. It gets
earlier results from a `History`. docs/architecture.md tells how a worker uses it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, NamedTuple, Protocol, runtime_checkable

from streams.errors import EnrichmentError, Unexpected
from streams.events import ArticleEvent
from streams.stage import Payload, Result, Stage

log = logging.getLogger("wireroom.state")

PROGRESS_RECORDS = 2_000  # restored between two reports

Outcome = Result | EnrichmentError


class StateLost(Exception):
    """The state of a partition is not there, or is damaged; it must be restored before the next record."""


class State(Protocol):
    """The memory of a stage for one input partition; for one thread.

    It is a function of the results that were sent, in their order, of each key the last one.
    """

    def apply(self, event: Any) -> ArticleEvent:
        """Remember `event` and return its result; an EnrichmentError must come before any change."""

    def restore(self, value: bytes) -> None:
        """Take over a result that was sent, as its bytes; raises an error if it cannot be read."""

    def measures(self) -> dict[str, int]:
        """Return `articles`, the number of those that it remembers, and what it has counted, by name."""


@runtime_checkable
class BulkState(State, Protocol):
    """A state that takes over many results in less time than one by one."""

    def restore_many(self, values: Iterable[bytes], on_error: Callable[[Exception], None]) -> None:
        """Take over `values` in their order; `on_error` gets the error of each that cannot be read."""


@dataclass(frozen=True)
class StatefulStage:
    """A stage, whose `step` is not called, and its state.

    Results lie on the topic `output`, in the partition with the number of the input's. Given a late result,
    `since` returns the time, in milliseconds since the epoch, from which on results matter to the state.
    """

    stage: Stage
    output: str
    new_state: Callable[[], State]
    since: Callable[[bytes], int]


class History(Protocol):
    """Reads the results that were sent before."""

    def results(self, topic: str, partition: int, since: Callable[[bytes], int]) -> Iterator[bytes]:
        """Yield the committed values in `partition`, up to its present end, from the time of `since` on."""


class Measures(NamedTuple):
    """The figures of a state by name, and the seconds that its last restore took."""

    numbers: Mapping[str, int]
    restored: int
    seconds: float


@dataclass
class _Partition:
    """The state of one input partition.

    `pending` has the outcomes that may have to be sent again: those of the offsets from `committed` to
    `position`, where the next record is applied. `broken` has the offsets whose records have damaged a state.
    """

    committed: int
    position: int
    state: State | None = None  # None: lost
    pending: dict[int, Outcome] = field(default_factory=dict)
    broken: dict[int, EnrichmentError] = field(default_factory=dict)
    restored: int = 0
    seconds: float = 0.0

    def has(self, offset: int) -> bool:
        """Return True if the state can continue after a commit at `offset`."""
        return self.state is not None and self.committed <= offset <= self.position

    def commit(self, offset: int) -> None:
        """Forget the outcomes below `offset`, which are committed; records without one were buried."""
        self.committed = max(self.committed, offset)
        self.position = max(self.position, offset)
        for outcomes in (self.pending, self.broken):
            for done in [at for at in outcomes if at < offset]:
                del outcomes[done]

    def measures(self) -> Measures:
        """Return what the state tells about itself."""
        return Measures(self.state.measures() if self.state else {}, self.restored, self.seconds)


class States:
    """The states of the partitions that this process works on, for the stateful `stages` by name."""

    def __init__(self, stages: Mapping[str, StatefulStage], history: History) -> None:
        self._stages = stages
        self._history = history
        self._partitions: dict[tuple[str, int], _Partition] = {}

    def prepare(
        self,
        stage: str,
        partition: int,
        committed: int,
        on_progress: Callable[[int], None] = lambda _restored: None,
    ) -> Measures:
        """Make the state of `partition` ready for the record at offset `committed`; restore it if needed.

        Call it after the previous owner of the partition is fenced. `on_progress` is called now and then with
        the number of restored results.
        """
        kept = self._partitions.get((stage, partition))
        if kept is None or not kept.has(committed):
            # Errors of the broker leave no half of a state behind.
            broken = self._partitions.pop((stage, partition), _Partition(0, 0)).broken
            kept = self._restored(self._stages[stage], partition, committed, on_progress)
            kept.broken = broken
            self._partitions[stage, partition] = kept
        kept.commit(committed)
        return kept.measures()

    def process(
        self, stage: str, partition: int, committed: int, records: Sequence[tuple[int, Payload]]
    ) -> tuple[list[Outcome], Measures]:
        """Return the outcome of each of `records`, which have offsets; `committed` is where they begin.

        Raises StateLost if the state is not prepared, or a record has damaged it: prepare it and try again.
        """
        kept = self._partitions.get((stage, partition))
        if kept is None or kept.state is None:
            raise StateLost(f"the state of {stage} for partition {partition} is not prepared")
        kept.commit(committed)
        outcomes = []
        for offset, payload in records:
            if offset >= kept.position:
                kept.pending[offset] = kept.broken.get(offset) or _applied(
                    self._stages[stage].stage, kept, offset, payload
                )
                kept.position = offset + 1
            elif offset not in kept.pending:
                raise StateLost(f"{stage} has passed offset {offset} of partition {partition}")
            outcomes.append(kept.pending[offset])
        return outcomes, kept.measures()

    def forget(self, stage: str, partition: int) -> None:
        """Drop the state of `partition`, which has another owner."""
        self._partitions.pop((stage, partition), None)

    def _restored(
        self, stage: StatefulStage, partition: int, committed: int, on_progress: Callable[[int], None]
    ) -> _Partition:
        began = time.monotonic()
        state = stage.new_state()
        count = unread = 0

        def counted() -> Iterator[bytes]:
            nonlocal count
            for value in self._history.results(stage.output, partition, stage.since):
                yield value
                count += 1
                if count % PROGRESS_RECORDS == 0:
                    on_progress(count)

        def leave_out(error: Exception) -> None:
            nonlocal unread
            unread += 1
            if unread == 1:
                log.warning(
                    "a result cannot be read, the state is restored without it",
                    extra={"output": f"{stage.output}-{partition}", "why": str(error)[:200]},
                )

        restore_many = state.restore_many if isinstance(state, BulkState) else partial(_restore_each, state)
        restore_many(counted(), leave_out)
        seconds = time.monotonic() - began
        fields = {"stage": stage.stage.name, "partition": partition, "results": count, "unread": unread}
        log.info("state restored", extra={**fields, "seconds": round(seconds, 3)})
        return _Partition(committed, committed, state, restored=count - unread, seconds=seconds)


def _restore_each(state: State, values: Iterable[bytes], on_error: Callable[[Exception], None]) -> None:
    """Restore `state` from `values`, one by one."""
    for value in values:
        try:
            state.restore(value)
        except Exception as error:  # noqa: BLE001 - anybody can write to a topic
            on_error(error)


def _applied(stage: Stage, kept: _Partition, offset: int, payload: Payload) -> Outcome:
    """Apply one record to the state of `kept`, and return its outcome.

    After an error that is a bug of ours, or a result that is too large, the state is damaged. Then the record
    is remembered as the culprit, so that it is buried when the state is restored.
    """
    state = kept.state
    if state is None:
        raise StateLost(f"the state of {stage.name} is lost")
    applied = False

    def step(events: Sequence[Any]) -> list[ArticleEvent]:
        nonlocal applied
        made = [state.apply(event) for event in events]
        applied = True
        return made

    (outcome,) = replace(stage, step=step).process([payload])
    if isinstance(outcome, Unexpected) or (applied and isinstance(outcome, EnrichmentError)):
        kept.broken[offset] = outcome
        kept.state = None
        raise StateLost(f"the record at offset {offset} damaged the state of {stage.name}: {outcome}")
    return outcome
