"""The stages in a process of their own, so that no article can stop the worker.

The worker's process talks to Kafka; enrichment is CPU work of seconds for the largest articles, which in the
same process would hold the interpreter's lock and miss heartbeats. Here it runs beside it, on another core.

A stage that crashes, hangs or eats memory takes only this process with it: the bench is set up anew and the
chunk is gone through one by one. The article that ends the process ATTEMPTS times becomes a dead letter, and
so does one that has had its time: a crash may be the machine's doing, a time that is up needs no second one.

The process ends when the channel to its parent closes, however the parent ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import multiprocessing
import pickle
import resource
import signal
import socket
import struct
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from streams.errors import StageCrashed, StageTimedOut, WireroomError
from streams.stage import Outgoing, Record, Stage

log = logging.getLogger("wireroom.stage_process")

ATTEMPTS = 3
IN_COMPANY = 0.25  # of an article's time, for a chunk: some 60 times what one is cut to take
STOP_SECONDS = 1.0
COLLECT_AFTER = 20_000  # new objects; Python's own 700 are a handful of records

SIZE = struct.Struct("!Q")  # precedes each message
COPIED = 16_384  # bytes of a message that cost less to copy behind its size than to send by themselves

Build = Callable[[], Mapping[str, Stage]]


class Channel:
    """Pickled messages over one end of a pair of sockets.

    multiprocessing's own pipes have no deadline for writing, nor for a message that arrives in part: a
    process that is stopped would hold up its peer for ever.
    """

    def __init__(self, end: socket.socket) -> None:
        self._end = end

    @classmethod
    def pair(cls) -> tuple[Channel, socket.socket]:
        """Return a channel, and the other end, which another process makes its own channel of."""
        ours, theirs = socket.socketpair()
        return cls(ours), theirs

    def send(self, message: object, deadline: float | None = None) -> None:
        """Send `message`; raises TimeoutError at `deadline`, a monotonic time, and OSError without a peer.

        After a TimeoutError part of the message may be sent, and the channel is of no further use.
        """
        body = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
        size = SIZE.pack(len(body))
        for part in (size, body) if len(body) > COPIED else (size + body,):
            self._end.settimeout(_left(deadline))  # a limit for all of sendall
            self._end.sendall(part)

    def receive(self, deadline: float | None = None) -> Any:
        """Return the next message; raises TimeoutError at `deadline`, EOFError or OSError without a peer."""
        (size,) = SIZE.unpack(self._read(SIZE.size, deadline))
        return pickle.loads(self._read(size, deadline))  # noqa: S301 - from our own process

    def close(self) -> None:
        """Close the channel; a thread that sends or receives gets its error at once."""
        with contextlib.suppress(OSError):
            self._end.shutdown(socket.SHUT_RDWR)
        self._end.close()

    def _read(self, size: int, deadline: float | None) -> bytearray:
        message = bytearray(size)
        view = memoryview(message)
        while view:
            self._end.settimeout(_left(deadline))
            count = self._end.recv_into(view)
            if count == 0:
                raise EOFError
            view = view[count:]
        return message


class StageProcess:
    """Works out stages in a child process, one chunk at a time.

    BUILD makes the stages by name, in the child: a function that can be imported, or a partial of one.
    An article may take SECONDS and the child MEMORY bytes; what passes the bound becomes a dead letter.
    """

    def __init__(self, build: Build, *, seconds: float = 60.0, memory: int = 4 * 2**30) -> None:
        self.seconds = seconds
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

    def launch(self) -> None:
        """Start the child; it loads its models while the caller goes on."""
        with self._lock:
            if self._stopped:
                raise StageCrashed("the worker is stopping")
            ours, theirs = Channel.pair()
            self._process = multiprocessing.get_context("spawn").Process(
                target=_serve, args=(theirs, self._build, self._memory), name="wireroom stages", daemon=True
            )
            self._process.start()
            theirs.close()
            self._channel, self._ready = ours, False

    def wait_ready(self) -> None:
        """Wait until the models are loaded, once; raises what loading them raised."""
        if self._ready:
            return
        problem = self._loaded(ATTEMPTS)
        if problem is not None:
            raise problem
        self._ready = True

    def _loaded(self, attempts: int) -> WireroomError | None:
        """Nothing once the models are loaded, or what loading them raised; a crash may be the machine's."""
        try:
            if self._channel is None:
                raise EOFError
            problem: WireroomError | None = self._channel.receive()
        except (EOFError, OSError):
            if attempts == 1 or self._stopped:
                raise WireroomError("the stages' process ended while it loaded its models") from None
            log.warning("stages' process ended while it loaded its models, loading them again")
            self._clear()
            self.launch()
            return self._loaded(attempts - 1)
        return problem

    async def work(self, stage: Stage, records: Sequence[Record]) -> list[Outgoing]:
        """What becomes of RECORDS; those that crash or hang STAGE become dead letters."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._work, stage, records)

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

    def _work(self, stage: Stage, records: Sequence[Record]) -> list[Outgoing]:
        alone = len(records) == 1
        attempts = 0
        while True:
            try:
                return self._ask(stage, records)
            except (StageCrashed, StageTimedOut) as problem:
                if self._stopped:
                    raise
                attempts += 1
                log.warning("stage set up anew", extra={"stage": stage.name, "why": problem})
                self._set_up_anew()
                if not alone:
                    return [outgoing for record in records for outgoing in self._work(stage, [record])]
                if attempts == ATTEMPTS or isinstance(problem, StageTimedOut):
                    return [stage.bury(records[0], problem)]

    def _ask(self, stage: Stage, records: Sequence[Record]) -> list[Outgoing]:
        # A step that takes many does not say which it has in hand: a chunk that hangs is given up early, and
        # the article that does it is known when it alone has had all its time.
        seconds = self.seconds if len(records) == 1 else self.seconds * IN_COMPANY
        deadline = time.monotonic() + seconds  # for the question too: a child that is stopped reads nothing
        try:
            if self._channel is None:
                raise EOFError
            self._channel.send((stage.name, [(record.key, record.value) for record in records]), deadline)
            return stage.forward(records, self._channel.receive(deadline))
        except TimeoutError:
            raise StageTimedOut(f"more than {seconds:g} s over {_named(records)}") from None
        except (EOFError, OSError):
            if self._process is not None:
                self._process.join(STOP_SECONDS)
            code = self._process.exitcode if self._process is not None else None
            raise StageCrashed(f"the stages' process ended with {code} over {_named(records)}") from None

    def _clear(self) -> None:
        with self._lock:  # the worker may be stopping
            if self._process is not None:
                self._process.kill()
                self._process.join()
            if self._channel is not None:
                self._channel.close()

    def _set_up_anew(self) -> None:
        self._clear()
        self.launch()
        self.wait_ready()


def spare_the_collector() -> None:
    """Have garbage collections leave out what is there by now, and come less often: a tenth of the CPU.

    Records and events are freed by their reference counts; cycles are few.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)


def _left(deadline: float | None) -> float | None:
    """Return the seconds until `deadline`, None if there is none; raises TimeoutError once it has passed."""
    if deadline is None:
        return None
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _named(records: Sequence[Record]) -> str:
    first = records[0]
    return f"{len(records)} article(s) from {first.topic}-{first.partition}-{first.offset}"


def _serve(end: socket.socket, build: Build, memory: int) -> None:
    """The child: work until the channel closes.

    Signals are for the parent, which finishes the batch in hand.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (memory, hard))
    channel = Channel(end)
    try:
        stages = build()
    except WireroomError as error:
        channel.send(error)
        return
    spare_the_collector()
    with contextlib.suppress(EOFError, OSError):
        channel.send(None)
        while True:
            stage, arrived = channel.receive()
            channel.send(stages[stage].make(arrived))
