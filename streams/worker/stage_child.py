"""The child process of the stages: what it loads, and its loop, which ends when the channel closes."""

from __future__ import annotations

import contextlib
import gc
import resource
import signal
import socket
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from streams import one_pass
from streams.errors import WireroomError
from streams.stage import Stage
from streams.worker.channel import Channel

COLLECT_AFTER = 20_000  # new objects; Python's default of 700 is a handful of records

Build = Callable[[], Any]  # the stages by name, or what another kind of child needs


class LoadedStages(dict[str, Stage]):
    """Stages by name, with the `versions` of their models, which the worker reports."""

    def __init__(self, stages: Iterable[Stage], versions: Mapping[str, str]) -> None:
        super().__init__({stage.name: stage for stage in stages})
        self.versions = dict(versions)


def tune_garbage_collection() -> None:
    """Exclude the objects of now from garbage collection and collect less often: saves a tenth of the CPU.

    Records and events are freed by their reference counts; cycles are few.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)


def enter_child(end: socket.socket, memory: int) -> Channel:
    """Return the channel to the parent; limit this process to `memory` bytes.

    The child ignores signals, because the parent needs it to finish the batch in hand.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    _, hard_limit = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (memory, hard_limit))
    return Channel(end)


def serve(end: socket.socket, build: Build, memory: int) -> None:
    """Load the stages and work on chunks until the channel closes: the main function of the child."""
    channel = enter_child(end, memory)
    try:
        stages = build()
    except WireroomError as error:
        channel.send(error)
        return
    tune_garbage_collection()
    with contextlib.suppress(EOFError, OSError):
        channel.send(stages.versions if isinstance(stages, LoadedStages) else {})
        while True:
            names, payloads = channel.receive()
            if isinstance(names, str):
                channel.send(stages[names].process(payloads))
            else:
                channel.send(one_pass.process([stages[name] for name in names], payloads))
