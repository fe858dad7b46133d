"""Runs the stages in a child process, so that no article can stop the worker.

The worker's own process talks to Kafka. Enrichment is CPU work, which takes seconds for the largest articles:
in the same process it would hold the interpreter's lock until heartbeats are missed.

A stage that crashes, hangs or eats memory ends only the child. The child is restarted and works on the
records of the chunk one by one. An article that ends the child `ATTEMPTS` times becomes a dead letter, since
the first crash may be the machine's fault. An article that exceeds its time becomes a dead letter at once.

The child ends when the channel to its parent closes, however the parent ends.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from streams import one_pass
from streams.errors import StageCrashed, StageTimedOut, WireroomError
from streams.one_pass import Pass, Route
from streams.records import Outgoing, Record, place_of
from streams.stage import Payload, Stage
from streams.wording import plural
from streams.worker.channel import Channel
from streams.worker.metrics.definitions import CRASHED, LOADING, TIMED_OUT
from streams.worker.outcomes import trace_field
from streams.worker.stage_child import Build, serve

log = logging.getLogger("wireroom.stage_process")

ATTEMPTS = 3
CHUNK_SHARE = 0.25  # of an article's time, for a chunk: some 60 times what a chunk is cut to take
STOP_SECONDS = 1.0


class StageProcess:
    """Works out stages in a child process, one chunk at a time.

    The child calls `build` for the stages by name: a function that can be imported, or a partial of one. An
    article may take `seconds` and the child `memory` bytes; an article that exceeds one becomes a dead
    letter. `on_restart` is called with the reason of each restart, in the thread that works with the child.
    """

    _name = "wireroom stages"

    def __init__(
        self,
        build: Build,
        *,
        seconds: float = 60.0,
        memory: int = 4 * 2**30,
        on_restart: Callable[[str], None] = lambda _reason: None,
    ) -> None:
        self.seconds = seconds
        self.versions: Mapping[str, str] = {}  # of the models, once they are loaded
        self._on_restart = on_restart
        self._build = build
        self._memory = memory
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="stage_process")
        self._lock = threading.Lock()
        self._process: Any = None
        self._channel: Channel | None = None
        self._ready = False
        self._stopped = False

    @property
    def pid(self) -> int | None:
        """Process id of the child."""
        return self._process.pid if self._process is not None else None

    @property
    def is_ready(self) -> bool:
        """True while the child has its models loaded."""
        return self._ready

    def launch(self) -> None:
        """Start the child and return at once, while it loads its models."""
        with self._lock:
            if self._stopped:
                raise StageCrashed("the worker is stopping")
            ours, theirs = Channel.pair()
            self._process = multiprocessing.get_context("spawn").Process(
                target=self._main, args=(theirs, self._build, self._memory), name=self._name, daemon=True
            )
            self._process.start()
            theirs.close()
            self._channel, self._ready = ours, False

    def wait_ready(self) -> None:
        """Wait until the models are loaded; raises the error with which loading them failed."""
        if self._ready:
            return
        problem = self._load_problem(ATTEMPTS)
        if problem is not None:
            raise problem
        self._ready = True

    async def work(self, stage: Stage, records: Sequence[Record]) -> list[Outgoing]:
        """Return what `stage` makes of `records`; those that crash or hang it become dead letters."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._work, stage, records)

    async def carry(self, route: Route, records: Sequence[Record]) -> tuple[Pass, Sequence[float]]:
        """Return what one pass makes of `records`, and the seconds of each stage.

        If the pass crashes or hangs, only the first stage works on `records`, so that the culprit is found.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._carry, route, records)

    def stop(self) -> None:
        """End the child, in order if it is idle, by force if not."""
        with self._lock:
            self._stopped = True
            self._thread.shutdown(wait=False, cancel_futures=True)
            if self._channel is not None:
                self._channel.close()
            if self._process is not None:
                self._process.join(STOP_SECONDS)
                self._process.kill()
                self._process.join()

    @staticmethod
    def _main(end: socket.socket, build: Build, memory: int) -> None:
        serve(end, build, memory)

    def _load_problem(self, attempts: int) -> WireroomError | None:
        """Wait for the child to load, and return its error or None; restart it if it crashes."""
        try:
            if self._channel is None:
                raise EOFError
            answer: WireroomError | Mapping[str, str] = self._channel.receive()
        except (EOFError, OSError):
            if attempts == 1 or self._stopped:
                raise WireroomError("the stage process ended while it loaded its models") from None
            log.warning("the stage process ended while it loaded its models, loading them again")
            self._on_restart(LOADING)
            self._end_child()
            self.launch()
            return self._load_problem(attempts - 1)
        if isinstance(answer, WireroomError):
            return answer
        self.versions = answer
        return None

    def _work(self, stage: Stage, records: Sequence[Record]) -> list[Outgoing]:
        failures = 0
        while True:
            try:
                return self._ask(stage, records)
            except (StageCrashed, StageTimedOut) as problem:
                if self._stopped:
                    raise
                failures += 1
                self._restart_after(problem, stage, records)
                if len(records) > 1:
                    return [outgoing for record in records for outgoing in self._work(stage, [record])]
                if failures == ATTEMPTS or isinstance(problem, StageTimedOut):
                    return [stage.bury(records[0], problem)]

    def _carry(self, route: Route, records: Sequence[Record]) -> tuple[Pass, Sequence[float]]:
        stages = route.stages
        names = tuple(stage.name for stage in stages)
        try:
            outcomes, seconds = self._outcomes(names, one_pass.payloads(stages, records), records)
            return one_pass.forward(route, records, outcomes), seconds
        except (StageCrashed, StageTimedOut) as problem:
            if self._stopped:
                raise
            self._restart_after(problem, stages[0], records)
        began = time.monotonic()
        outgoing = [outgoing for record in records for outgoing in self._work(stages[0], [record])]
        return Pass(outgoing, [], is_whole=False), [time.monotonic() - began, *(0.0 for _ in stages[1:])]

    def _ask(self, stage: Stage, records: Sequence[Record]) -> list[Outgoing]:
        return stage.forward(records, self._outcomes(stage.name, stage.payloads(records), records))

    def _outcomes(
        self, stages: str | tuple[str, ...], payloads: list[Payload], records: Sequence[Record]
    ) -> Any:
        """Return what the child makes of `payloads`, those of `records`, in one stage or in several."""
        # A step that takes a chunk does not say which article it has in hand. So a chunk that hangs is given
        # up early, and the culprit is found when each article is tried alone, with all its time.
        seconds = self.seconds if len(records) == 1 else self.seconds * CHUNK_SHARE
        deadline = time.monotonic() + seconds  # for sending too: a child that is stopped reads nothing
        try:
            if self._channel is None:
                raise EOFError
            self._channel.send((stages, payloads), deadline)
            return self._channel.receive(deadline)
        except TimeoutError:
            raise StageTimedOut(f"more than {seconds:g} s over {described(records)}") from None
        except (EOFError, OSError):
            if self._process is not None:
                self._process.join(STOP_SECONDS)
            code = self._process.exitcode if self._process is not None else None
            raise StageCrashed(f"the stage process ended with {code} over {described(records)}") from None

    def _restart_after(
        self, problem: StageCrashed | StageTimedOut, stage: Stage, records: Sequence[Record]
    ) -> None:
        trace = trace_field(records[0].headers) if len(records) == 1 else {}
        fields = {"stage": stage.name, "why": problem, **trace}
        log.warning("stage process restarted", extra=fields)
        self._on_restart(TIMED_OUT if isinstance(problem, StageTimedOut) else CRASHED)
        self._restart()

    def _restart(self) -> None:
        self._ready = False
        self._end_child()
        self.launch()
        self.wait_ready()

    def _end_child(self) -> None:
        with self._lock:  # the worker may be stopping
            if self._process is not None:
                self._process.kill()
                self._process.join()
            if self._channel is not None:
                self._channel.close()


def described(records: Sequence[Record]) -> str:
    """Return how many `records` there are, and where they begin."""
    return f"{plural(len(records), 'article')} from {place_of(records[0])}"
