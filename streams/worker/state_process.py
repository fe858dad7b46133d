"""Runs the stages that have a state, in a child process of their own, and restarts it.

The state is not in the stage process, so that its restore, which can take half a minute, holds up no other
stage. When this child ends, the states of all its partitions are lost. Their lanes then start again: each
fences its partition, has its state prepared, and tries its records again (StateLost).

A record that ends the child is found among those of its chunk by trying them one by one. It is buried after
`ATTEMPTS` times, or once it has exceeded its time.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from streams.errors import EnrichmentError, StageCrashed, StageTimedOut, WireroomError
from streams.records import Outgoing, Record
from streams.stage import Stage
from streams.stateful import Measures, StateLost, States
from streams.worker.channel import Channel
from streams.worker.metrics.definitions import CRASHED, TIMED_OUT
from streams.worker.outcomes import trace_field
from streams.worker.stage_child import enter_child, tune_garbage_collection
from streams.worker.stage_process import (
    ATTEMPTS,
    CHUNK_SHARE,
    StageProcess,
    described,
    log,
)

SILENCE_SECONDS = 60.0  # of a child that restores; it reports every few thousand results

if TYPE_CHECKING:  # the child needs no Faust
    from faust.types import TP

OnMeasures = Callable[[str, int, Measures | None], None]


class Progress(NamedTuple):
    """The child has restored so many results, and continues."""

    restored: int


class StateProcess(StageProcess):
    """Works on the records of stages that have a state, one request at a time.

    `build` returns the States of the child. `on_measures` is called with a stage, a partition and what its
    state tells about itself, or None once it is forgotten, in the thread that works with the child.
    """

    _name = "wireroom states"

    def __init__(
        self,
        build: Callable[[], States],
        *,
        seconds: float = 60.0,
        memory: int = 4 * 2**30,
        on_restart: Callable[[str], None] = lambda _reason: None,
        on_measures: OnMeasures = lambda _stage, _partition, _measures: None,
    ) -> None:
        super().__init__(build, seconds=seconds, memory=memory, on_restart=on_restart)
        self._on_measures = on_measures
        self._committed: dict[TP, int] = {}  # of the partitions whose state is prepared
        self._suspects: defaultdict[TP, set[int]] = defaultdict(
            set
        )  # offsets of a chunk that ended the child
        self._crashes: Counter[tuple[TP, int]] = Counter()  # by the offset that was tried alone
        self._culprits: dict[tuple[TP, int], EnrichmentError] = {}

    async def prepare(self, stage: Stage, tp: TP, next_offset: int) -> None:
        """Have the state of `tp` ready for the record at `next_offset`; its partition must be fenced.

        Raises StateLost if it cannot be restored now.
        """
        await asyncio.get_running_loop().run_in_executor(
            self._thread, self._prepare, stage.name, tp, next_offset
        )

    def committed(self, tp: TP, offset: int) -> None:
        """Note that all records of `tp` below `offset` are committed."""
        if tp in self._committed:
            self._committed[tp] = offset
        self._suspects[tp] = {suspect for suspect in self._suspects[tp] if suspect >= offset}
        for place in [place for place in self._crashes if place[0] == tp and place[1] < offset]:
            del self._crashes[place]
            self._culprits.pop(place, None)

    def forget(self, stage: Stage, tp: TP) -> None:
        """Drop the state of `tp`: another worker has it, or a result is not sent as the state has it."""
        self._committed.pop(tp, None)
        with contextlib.suppress(RuntimeError):  # the worker is stopping
            self._thread.submit(self._forget, stage.name, tp)

    def _prepare(self, stage: str, tp: TP, next_offset: int) -> None:
        self._committed.pop(tp, None)
        try:
            answer = self._answer(("prepare", stage, tp.partition, next_offset), SILENCE_SECONDS)
        except (EOFError, OSError) as error:  # a TimeoutError too
            why = "took too long" if isinstance(error, TimeoutError) else "ended"
            self._start_again(TIMED_OUT if isinstance(error, TimeoutError) else CRASHED)
            raise StateLost(f"the state process {why} while it restored {tp.topic}-{tp.partition}") from None
        if not isinstance(answer, Measures):
            raise StateLost(f"the state of {tp.topic}-{tp.partition} cannot be restored now: {answer}")
        self._committed[tp] = next_offset
        self._on_measures(stage, tp.partition, answer)

    def _forget(self, stage: str, tp: TP) -> None:
        self._committed.pop(tp, None)  # a restore may have been under way
        self._on_measures(stage, tp.partition, None)
        with contextlib.suppress(EOFError, OSError):  # the next request meets the error too
            self._answer(("forget", stage, tp.partition), self.seconds)

    def _work(self, stage: Stage, records: Sequence[Record]) -> list[Outgoing]:
        from faust.types import TP

        tp = TP(records[0].topic, records[0].partition)
        outgoing: list[Outgoing] = []
        for part in self._parts(tp, records):
            culprit = self._culprits.get((tp, part[0].offset))
            outgoing += [stage.bury(part[0], culprit)] if culprit else self._ask_state(stage, tp, part)
        return outgoing

    def _parts(self, tp: TP, records: Sequence[Record]) -> Iterator[Sequence[Record]]:
        """Yield `records`, each alone if one of them is suspected of having ended the child."""
        if self._suspects[tp].isdisjoint(record.offset for record in records):
            yield records
        else:
            yield from ([record] for record in records)

    def _ask_state(self, stage: Stage, tp: TP, records: Sequence[Record]) -> list[Outgoing]:
        if tp not in self._committed:
            raise StateLost(f"the state of {tp.topic}-{tp.partition} is not prepared")
        offsets = [record.offset for record in records]
        payloads = list(zip(offsets, stage.payloads(records), strict=True))
        seconds = self.seconds if len(records) == 1 else self.seconds * CHUNK_SHARE
        try:
            answer = self._answer(
                ("process", stage.name, tp.partition, self._committed[tp], payloads), seconds
            )
        except TimeoutError:
            problem: EnrichmentError = StageTimedOut(f"more than {seconds:g} s over {described(records)}")
        except (EOFError, OSError):
            problem = StageCrashed(f"the state process ended over {described(records)}")
        else:
            if isinstance(answer, str):
                self._committed.pop(tp, None)
                raise StateLost(answer)
            outcomes, measures = answer
            self._on_measures(stage.name, tp.partition, measures)
            return stage.forward(records, outcomes)
        if self._stopped:
            raise problem
        self._blame(stage, tp, records, problem)
        raise StateLost(str(problem))

    def _blame(self, stage: Stage, tp: TP, records: Sequence[Record], problem: EnrichmentError) -> None:
        """Restart the child, and remember which of `records` may have ended it."""
        trace = trace_field(records[0].headers) if len(records) == 1 else {}
        log.warning("state process restarted", extra={"stage": stage.name, "why": problem, **trace})
        if len(records) > 1:
            self._suspects[tp].update(record.offset for record in records)
        else:
            place = (tp, records[0].offset)
            self._suspects[tp].add(records[0].offset)
            self._crashes[place] += 1
            if self._crashes[place] == ATTEMPTS or isinstance(problem, StageTimedOut):
                self._culprits[place] = problem
        self._start_again(TIMED_OUT if isinstance(problem, StageTimedOut) else CRASHED)

    def _start_again(self, reason: str) -> None:
        self._committed.clear()
        if not self._stopped:
            self._on_restart(reason)
            self._restart()

    def _answer(self, request: tuple[object, ...], seconds: float) -> Any:
        """Return what the child answers; between two reports of its progress it may take `seconds`."""
        deadline = time.monotonic() + seconds
        if self._channel is None:
            raise EOFError
        self._channel.send(request, deadline)
        while isinstance(answer := self._channel.receive(deadline), Progress):
            deadline = time.monotonic() + seconds
        return answer

    @staticmethod
    def _main(end: socket.socket, build: Callable[[], States], memory: int) -> None:
        _serve_states(end, build, memory)


class _ParentGone(BaseException):
    """The channel is closed."""


def _serve_states(end: socket.socket, build: Callable[[], States], memory: int) -> None:
    """Answer requests until the channel closes: the main function of the child."""
    channel = enter_child(end, memory)
    try:
        states = build()
    except WireroomError as error:
        channel.send(error)
        return
    tune_garbage_collection()
    with contextlib.suppress(EOFError, OSError, _ParentGone):
        channel.send({})  # there are no models, and so no versions
        while True:
            channel.send(_answered(states, channel, *channel.receive()))


def _answered(states: States, channel: Channel, request: str, *arguments: Any) -> Any:
    """Return the answer to `request`; a text says why the state is not there."""

    def report(restored: int) -> None:
        try:
            channel.send(Progress(restored))
        except OSError as error:
            raise _ParentGone from error

    try:
        if request == "prepare":
            stage, partition, committed = arguments
            return states.prepare(stage, partition, committed, report)
        if request == "process":
            return states.process(*arguments)
        return states.forget(*arguments)
    except StateLost as lost:
        return str(lost)
    except Exception as error:  # noqa: BLE001 - a broker that is away, or a bug of ours: the lane tries again
        return f"{type(error).__name__}: {error}"
