"""Fixtures of the fault tests: a seed that replays them, and a run of the quick enrichment on a wire."""

from __future__ import annotations

import logging
import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.broker.wire import Wire
from tests.faults.flow import LABELS, pure_flow
from tests.faults.observer import Run

# The client's messages about a missing broker fill pages and say nothing about Wireroom.
logging.getLogger("kafka").setLevel(logging.CRITICAL)


@pytest.fixture(scope="session")
def labels() -> tuple[str, ...]:
    """Return the labels of the quick enrichment."""
    return LABELS


@pytest.fixture
def drawn() -> random.Random:
    """Return the random numbers of a test; a failing test prints the seed that replays it."""
    seed = int(os.environ.get("WIREROOM_TEST_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
    print(f"seed {seed}: WIREROOM_TEST_SEED={seed} replays the draw")
    return random.Random(seed)


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Callable[[Wire], Run]]:
    """Return a function that begins a run on a wire; its processes end with the test."""
    runs: list[Run] = []

    def start(wire: Wire) -> Run:
        runs.append(Run(wire, pure_flow(wire.prefix), LABELS, tmp_path))
        return runs[-1]

    yield start
    for run in runs:
        run.end()
        run.show_logs()


@pytest.fixture
def run(wire: Wire, begin: Callable[[Wire], Run]) -> Run:
    """Return a run on the test's wire."""
    return begin(wire)
