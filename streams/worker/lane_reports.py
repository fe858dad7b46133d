"""What a lane reports of its transactions: to the metrics, the traces, the log and its delivery."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence

from streams.records import Outgoing, Record
from streams.tracing.interface import NOTHING, Attempt, Carried, Chunk, LaneTracer, Passed
from streams.worker.cluster_monitor import ClusterUnstable
from streams.worker.metrics.meter import StageMeter
from streams.worker.outcomes import log_outcomes
from streams.worker.passage import Carriage
from streams.worker.stage_queue import Pace

log = logging.getLogger("wireroom.delivery")

OnCarried = Callable[[str, Sequence[Record], Sequence[Chunk]], None]
"""Is called with a stage that followed, the records that passed it, and the chunks of its work."""


def passed_by(carriage: Carriage) -> Passed:
    """Return what `carriage` has taken through which stages, for the traces."""
    own, *followed = carriage.stages
    return Passed(
        {record.offset for record in carriage.records},
        carriage.chunks[own.name],
        [
            Carried(stage.name, topic, carriage.chunks[stage.name])
            for stage, topic in zip(followed, carriage.topics, strict=True)
        ],
    )


class LaneReports:
    """Reports for one lane; `fields` are added to every log line.

    `on_committed` is called with a number of records, and `on_carried` for each stage that followed.
    """

    def __init__(
        self,
        fields: Mapping[str, object],
        *,
        on_committed: Callable[[int], None],
        meter: StageMeter | None = None,
        tracer: LaneTracer | None = None,
        on_carried: OnCarried = lambda *_: None,
    ) -> None:
        self._fields = fields
        self._meter = meter or StageMeter()
        self._tracer = tracer or LaneTracer()
        self._on_committed = on_committed
        self._on_carried = on_carried

    def gathered(self, began: float) -> None:
        """Report that the lane has waited for more records since the monotonic time `began`."""
        self._meter.gathered(time.monotonic() - began)

    def resumed(self, next_offset: int) -> None:
        """Report a new producer, with which the lane goes on at `next_offset`."""
        self._tracer.resumed(next_offset)
        self._meter.fenced()

    def attempt(
        self,
        records: Sequence[Record],
        outgoing: Sequence[Outgoing],
        pace: Pace,
        carriage: Carriage | None,
    ) -> Attempt:
        """Return the attempt to commit `outgoing`, the results and dead letters of `records`."""
        began = pace.began or time.monotonic()
        passed = passed_by(carriage) if carriage is not None else NOTHING
        return self._tracer.attempt(records, outgoing, began=began, chunks=pace.chunks, passed=passed)

    def committed(
        self,
        records: Sequence[Record],
        attempt: Attempt,
        pace: Pace,
        carriage: Carriage | None,
        *,
        asked: float,
        began: float,
    ) -> None:
        """Report a transaction that has committed `records`.

        It began at the monotonic time `began`, after the lane had `asked` for the results.
        """
        letters = [letter for letter in attempt.outgoing if letter.dead is not None]
        self._on_committed(len(records))
        if carriage is not None and carriage.records:
            for stage in carriage.stages[1:]:
                self._on_committed(len(carriage.records))
                self._on_carried(stage.name, carriage.records, carriage.chunks[stage.name])
        self._meter.committed(
            records,
            letters,
            pace.chunks,
            queued=max(0.0, began - asked - pace.worked),
            seconds=time.monotonic() - began,
        )
        log_outcomes(records, letters, self._fields, attempt.trace_ids, carriage)

    def discarded(self, *, in_transaction: bool, by_new_owner: bool) -> None:
        """Report that the producer is discarded, because of a new owner of the partition or another error."""
        if by_new_owner or in_transaction:
            self._meter.discarded(by_new_owner=by_new_owner)
        if by_new_owner:
            self._tracer.forget()

    def paused(self) -> None:
        """Report that another worker may finish what the lane has left open."""
        self._tracer.forget()

    def interrupted(self, error: BaseException, failures: int) -> None:
        """Warn of the first failure, and again now and then; the monitor warns of an unstable cluster."""
        is_due = failures in {1, 10} or failures % 100 == 0
        if is_due and not isinstance(error, ClusterUnstable):
            fields = {**self._fields, "failures": failures, "why": repr(error)}
            log.warning("delivery interrupted", extra=fields)
