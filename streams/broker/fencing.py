"""Fence brokers that crashed before they start again.

A broker that comes back before the controller has fenced it still counts as the leader of its partitions, and
loses them when the controller fences its former self. In that moment it would end transactions without their
markers. So the controllers run alone first, until they have fenced every broker that crashed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from streams.errors import BrokerError

FENCE_SECONDS = 20.0  # a start, an election, and the session of three seconds
POLL_SECONDS = 0.05


class Node(Protocol):
    """The part of an embedded broker that fencing needs."""

    @property
    def running(self) -> bool:
        """Return True if the process is alive."""

    @property
    def log(self) -> Path:
        """Return the path of Kafka's log."""

    def launch(self, *, controller_alone: bool) -> None:
        """Start without waiting for an answer."""

    def stop(self) -> None:
        """Stop in order."""

    def log_tail(self) -> str:
        """Return the end of the log as one line."""


def fence_crashed(nodes: Sequence[Node], are_fenced: Callable[[], bool]) -> None:
    """Run the controllers of `nodes` alone until `are_fenced` returns True, then stop them.

    None of `nodes` may run. Stop waiting after `FENCE_SECONDS`: a broker that was fenced when it crashed is
    not fenced again, and no log mentions it. Raises BrokerError if a controller ends by itself.
    """
    for node in nodes:
        node.launch(controller_alone=True)
    deadline = time.monotonic() + FENCE_SECONDS
    while time.monotonic() < deadline and not are_fenced():
        for node in nodes:
            if not node.running:
                raise BrokerError(f"Kafka did not start: {node.log_tail()}; see {node.log}")
        time.sleep(POLL_SECONDS)
    for node in nodes:
        node.stop()
