"""Counts what the lanes of a worker do, once for each transaction.

`Meter` and `StageMeter` count nothing: they are what a worker without an HTTP port has. Their methods are
called by the event loop, but for `restarted`. Whoever reads the counts may be in another thread.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from streams.headers import seconds_of, trace_id_of
from streams.records import Outgoing, Record
from streams.stateful import Measures
from streams.tracing.interface import Chunk
from streams.worker.metrics import definitions as define
from streams.worker.metrics.histogram import Exemplar, Histogram

CE_TIME = "ce_time"
PLACE = 4  # of this header in the records that we publish, see streams.headers; looking for it takes longer


class StageMeter:
    """Takes the reports of the lanes of one stage, and forgets them."""

    def committed(
        self,
        records: Sequence[Record],
        letters: Sequence[Outgoing],
        chunks: Sequence[Chunk],
        *,
        queued: float,
        seconds: float,
    ) -> None:
        """Note a transaction that committed `records`, of which `letters` became dead letters.

        `chunks` are those of the batch, `queued` the seconds that it waited for the stage process, and
        `seconds` the time from the begin of the transaction to its end.
        """

    def carried(self, records: Sequence[Record], chunks: Sequence[Chunk]) -> None:
        """Note that `records` passed this stage in a transaction of an earlier one, worked on in `chunks`."""

    def gathered(self, seconds: float) -> None:
        """Note that a lane waited for more records."""

    def fenced(self) -> None:
        """Note that a lane has started a producer, and fenced the previous owner of its partition."""

    def discarded(self, *, by_new_owner: bool) -> None:
        """Note that a transaction was begun and not committed."""


class Meter:
    """Takes the reports of a worker, and forgets them."""

    def stage(self, _name: str) -> StageMeter:
        """Return the meter of a stage."""
        return StageMeter()

    def restarted(self, reason: str) -> None:
        """Note that the stage process was restarted because of `reason`."""

    def measured(self, stage: str, partition: int, measures: Measures | None) -> None:
        """Note what the state of `stage` in `partition` tells about itself; None if it is not here now."""


class CountingStageMeter(StageMeter):
    """Counts the reports of the lanes of one stage."""

    def __init__(self) -> None:
        self.articles = {define.DONE: 0, define.DEAD: 0}
        self.letters = dict.fromkeys(define.REASONS, 0)
        self.transactions = {define.COMMITTED: 0, define.DISCARDED: 0, define.FENCED: 0}
        self.fences = 0
        self.lane_seconds = dict.fromkeys(define.LANE_SECONDS.values["phase"], 0.0)
        self.stage_duration = Histogram(define.STAGE_DURATION.buckets)
        self.article_age = Histogram(define.ARTICLE_AGE.buckets)
        self.transaction_duration = Histogram(define.TRANSACTION_DURATION.buckets)
        self.batch_records = Histogram(define.BATCH_RECORDS.buckets)

    def committed(
        self,
        records: Sequence[Record],
        letters: Sequence[Outgoing],
        chunks: Sequence[Chunk],
        *,
        queued: float,
        seconds: float,
    ) -> None:
        """Count a transaction that committed `records`, of which `letters` became dead letters."""
        self.articles[define.DONE] += len(records) - len(letters)
        self.articles[define.DEAD] += len(letters)
        for letter in letters:
            self._bury(type(letter.dead).__name__)
        self.transactions[define.COMMITTED] += 1
        self.transaction_duration.add(seconds)
        self.batch_records.add(len(records))
        for count, worked in chunks:
            self.stage_duration.add(worked / count, count)
            self.lane_seconds[define.WORKING] += worked
        self.lane_seconds[define.QUEUED] += queued
        self.lane_seconds[define.COMMITTING] += seconds
        self._age(records)

    def carried(self, records: Sequence[Record], chunks: Sequence[Chunk]) -> None:
        """Count `records` that passed this stage in a transaction of an earlier one."""
        self.articles[define.DONE] += len(records)
        for count, worked in chunks:
            self.stage_duration.add(worked / count, count)
            self.lane_seconds[define.WORKING] += worked
        self._age(records)

    def gathered(self, seconds: float) -> None:
        """Count the time that a lane waited for more records."""
        self.lane_seconds[define.GATHERING] += seconds

    def fenced(self) -> None:
        """Count a start of a producer."""
        self.fences += 1

    def discarded(self, *, by_new_owner: bool) -> None:
        """Count a transaction that was begun and not committed."""
        self.transactions[define.FENCED if by_new_owner else define.DISCARDED] += 1

    def _bury(self, reason: str) -> None:
        """Count a dead letter; once there are too many reasons, those that are new count as one."""
        if reason not in self.letters and len(self.letters) >= define.MOST_REASONS:
            reason = define.OTHER
        self.letters[reason] = self.letters.get(reason, 0) + 1

    def _age(self, records: Sequence[Record]) -> None:
        """Count the ages of `records`; the oldest one is the exemplar, if it has a trace."""
        now = time.time()
        times = published(records)
        if max(times) > now:  # a clock is ahead
            times = [min(time, now) for time in times]
        first = min(times)
        self.article_age.add_all([now - time for time in times], least=now - max(times), most=now - first)
        trace_id = trace_id_of(records[times.index(first)].headers)
        if trace_id is not None:
            self.article_age.exemplify(Exemplar(trace_id, now - first, now))


class CountingMeter(Meter):
    """Counts the reports of a worker for `stages`."""

    def __init__(self, stages: Sequence[str]) -> None:
        self.stages = {name: CountingStageMeter() for name in stages}
        self.restarts = dict.fromkeys(define.RESTARTS.values["reason"], 0)
        self.states: dict[tuple[str, int], Measures] = {}

    def stage(self, name: str) -> CountingStageMeter:
        """Return the meter of the stage called `name`, which must be one of the worker's."""
        return self.stages[name]

    def restarted(self, reason: str) -> None:
        """Count a restart of the stage process. Called in the thread that works with it."""
        self.restarts[reason] += 1

    def measured(self, stage: str, partition: int, measures: Measures | None) -> None:
        """Keep what a state tells about itself. Called in the thread that works with the state process."""
        if measures is None:
            self.states.pop((stage, partition), None)
        else:
            self.states[stage, partition] = measures


def published(records: Iterable[Record]) -> list[float]:
    """Return the time of the raw event of each of `records`, in seconds since the epoch.

    That is its header `ce_time`, or the time of the record itself if the header is missing or is not a time.
    """
    times = []
    for record in records:
        headers = record.headers
        if len(headers) > PLACE and headers[PLACE][0] == CE_TIME:
            written = headers[PLACE][1]
        else:
            written = next((value for name, value in headers if name == CE_TIME), None)
        seconds = seconds_of(written) if written else None
        times.append(record.timestamp / 1000 if seconds is None else seconds)
    return times
