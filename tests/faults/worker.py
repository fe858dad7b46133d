"""A worker that runs the fault tests' enrichment, and sends itself the signal that a test asks for.

WIREROOM_TEST_FAULT="SIGKILL before commit:3" makes it send itself SIGKILL at its third visit of that point.
WIREROOM_TEST_WAIT="60" makes it wait up to 60 seconds for the broker and its topics.
WIREROOM_TEST_STAGES="stories" makes it run that stage only; several are separated by commas.
WIREROOM_TEST_HASTE="1000" makes one second without a fetch count as a thousand.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from functools import partial

from aiokafka.consumer.subscription_state import SubscriptionState

from streams.app import run_worker
from streams.cli.commands.worker import wait_for_topics
from streams.enrich import STAGES
from streams.settings import Settings
from streams.topics import PIPELINE
from tests.faults.flow import build, build_states

POINTS = (
    "assigned",
    "polled",
    "sending",
    "before offsets",
    "after offsets",
    "before commit",
    "after commit",
    "stopping",
)


def fault_at(fault: str | None) -> Callable[[str], None]:
    """Return a function that sends this process the signal of `fault` at the visit that it names."""
    if not fault:
        return lambda _: None
    name, _, point_and_visit = fault.partition(" ")
    point, _, visit = point_and_visit.rpartition(":")
    if point not in POINTS:
        raise ValueError(f"{point!r} is not a point; the points are {', '.join(POINTS)}")
    left = int(visit)

    def at(passed: str) -> None:
        nonlocal left
        if passed == point:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.Signals[name])

    return at


def hurry(times: float) -> None:
    """Make the time without a fetch pass `times` as fast."""
    idle_time = SubscriptionState.fetcher_idle_time
    SubscriptionState.fetcher_idle_time = property(lambda self: times * idle_time.fget(self))


if __name__ == "__main__":
    settings = Settings()
    hurry(float(os.environ.get("WIREROOM_TEST_HASTE", "1")))
    wait = os.environ.get("WIREROOM_TEST_WAIT")
    sys.exit(
        run_worker(
            settings,
            os.environ["WIREROOM_TEST_STAGES"].split(",")
            if "WIREROOM_TEST_STAGES" in os.environ
            else PIPELINE,
            build_stages=build(settings.topic_prefix),
            build_states=build_states(settings),
            check=partial(wait_for_topics, settings, STAGES[:2], float(wait)) if wait else (lambda: None),
            on_point=fault_at(os.environ.get("WIREROOM_TEST_FAULT")),
        )
    )
