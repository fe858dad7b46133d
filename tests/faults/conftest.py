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

# What the client says of a broker that is away fills pages, and says nothing about us.
logging.getLogger("kafka").setLevel(logging.CRITICAL)


@pytest.fixture(scope="session")
def labels() -> tuple[str, ...]:
    """The labels of the quick enrichment."""
    return LABELS


@pytest.fixture
def drawn() -> random.Random:
    """Draws what a test leaves open; a failing test prints the seed that replays it."""
    seed = int(os.environ.get("WIREROOM_TEST_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
    print(f"seed {seed}: WIREROOM_TEST_SEED={seed} replays the draw")
    return random.Random(seed)


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Callable[[Wire], Run]]:
    """Begins a run on a wire; what it started ends with the test."""
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
    """A run on the test's wire."""
    return begin(wire)
