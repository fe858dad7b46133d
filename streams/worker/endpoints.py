"""What the HTTP port of a worker answers: /metrics, /livez and /readyz."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import NamedTuple

from streams.worker.metrics.definitions import LOOP
from streams.worker.metrics.exposition import Exposition
from streams.worker.metrics.meter import CountingMeter
from streams.worker.probes import LIVEZ, METRICS, READYZ, probe_body
from streams.worker.watch import Check, Watch


class Answer(NamedTuple):
    """The answer to a request."""

    status: int
    content_type: str
    body: bytes


Endpoint = Callable[[str], Answer]
"""Answers a request, whose header `Accept` it gets."""


class Endpoints:
    """The answers of one worker, from what `meter` has counted and what `watch` has seen."""

    def __init__(self, meter: CountingMeter, watch: Watch) -> None:
        self._watch = watch
        self._exposition = Exposition(meter, watch)

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to watch the worker on `loop`."""
        self._watch.start(loop)

    def by_path(self) -> Mapping[str, Endpoint]:
        """Return the endpoint of each path."""
        return {METRICS: self._metrics, LIVEZ: self._livez, READYZ: self._readyz}

    def _metrics(self, accept: str) -> Answer:
        return Answer(HTTPStatus.OK, *self._exposition.write(accept))

    def _livez(self, _accept: str) -> Answer:
        return self._probe({LOOP: self._watch.loop_check()})

    def _readyz(self, _accept: str) -> Answer:
        return self._probe(self._watch.checks())

    def _probe(self, checks: Mapping[str, Check]) -> Answer:
        passes, body = probe_body(self._watch.status(), checks)
        status = HTTPStatus.OK if passes else HTTPStatus.SERVICE_UNAVAILABLE
        return Answer(status, "application/json", json.dumps(body).encode() + b"\n")
