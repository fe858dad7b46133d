"""The try-it box: what the three stages make of a text or a page, in a process of its own.

It is the enrichment of `wireroom enrich`. The process starts with the first trial, has limits of time and
memory, and is replaced if an article exceeds them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import orjson

from streams.enrich import build_enricher
from streams.errors import StageCrashed, WireroomError
from streams.events import RawArticle
from streams.kafka.batches import LogRecord
from streams.stage import Stage
from streams.worker.stage_child import Build, LoadedStages
from streams.worker.stage_process import StageProcess

WAITING = 8  # trials at the same time, of which one is worked on
STAGE = "enrich"


class Busy(WireroomError):
    """Too many trials wait already."""


def build_trial(
    tagger: str, labeller: str, gazetteer: Path | None, taxonomy: Path | None, max_bytes: int
) -> LoadedStages:
    """Return all three stages as one; called in the process of the trials."""
    enricher = build_enricher(tagger=tagger, labeller=labeller, gazetteer=gazetteer, taxonomy=taxonomy)
    return LoadedStages([_stage(enricher.enrich, max_bytes)], {})


class Trial:
    """Enriches single articles; `build` loads the stages, and an article may take `seconds` and `memory`."""

    def __init__(self, build: Build, *, seconds: float, memory: int, max_bytes: int) -> None:
        self._stage = _stage(list, max_bytes)
        self._make = partial(StageProcess, build, seconds=seconds, memory=memory)
        self._process: StageProcess | None = None
        self._waiting = 0
        self._lock = asyncio.Lock()

    async def enrich(self, article: RawArticle) -> bytes:
        """Return the EnrichedArticle as JSON.

        Raises an EnrichmentError for an article that cannot be enriched, Busy if too many wait, and
        WireroomError if the models cannot be loaded.
        """
        if self._waiting >= WAITING:
            raise Busy(f"{WAITING} articles wait already; try again in some seconds")
        self._waiting += 1
        try:
            async with self._lock:
                process = await self._ready()
                place = LogRecord(
                    "the page", 0, 0, int(time.time() * 1000), article.key, article.to_bytes(), []
                )
                (outcome,) = await process.work(self._stage, [place])
        finally:
            self._waiting -= 1
        if outcome.dead is not None:
            raise outcome.dead
        if outcome.value is None:
            raise StageCrashed("the enrichment returned nothing")
        return outcome.value

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.stop()

    async def _ready(self) -> StageProcess:
        """Return the process with its models loaded."""
        if self._process is None:
            process = self._make()
            try:
                await asyncio.to_thread(process.launch)
                await asyncio.to_thread(process.wait_ready)
            except BaseException:
                process.stop()
                raise
            self._process = process
        return self._process


def _stage(step: Callable[..., object], max_bytes: int) -> Stage:
    return Stage(STAGE, RawArticle, step, lambda _: ("trial",), "dead", max_bytes)  # type: ignore[arg-type]


def error_body(error: Exception) -> bytes:
    """Return `error` as the JSON of an answer: its class and its message."""
    return orjson.dumps({"error": type(error).__name__, "message": str(error)})
