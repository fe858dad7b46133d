"""Nodes of a cluster that run nothing and record the calls that they receive."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


class RecordingNode:
    """The node `number`, which appends each call to `steps`, the list that all nodes share.

    `members` answers with the elements of `alive` in turn. Node 2 is the active controller, whose log
    says that every node is fenced.
    """

    def __init__(self, number: int, steps: list[str], alive: Sequence[set[int]]) -> None:
        self.node = number
        self.running = False
        self.has_crashed = True
        self.fails = False
        self.is_active = number == 2
        self.log = Path("kafka.log")
        self._steps = steps
        self._alive = list(alive)

    def launch(self, *, controller_alone: bool = False) -> None:
        if not self.running:
            self._steps.append(f"{self.node} {'controller' if controller_alone else 'whole'}")
        self.running = not self.fails

    def stop(self) -> None:
        self._steps.append(f"{self.node} stopped")
        self.running = False

    def kill(self) -> None:
        self.running = False

    def wait_ready(self) -> None:
        pass

    def members(self) -> set[int]:
        self._steps.append(f"{self.node} asked")
        return self._alive.pop(0)

    def says_fenced(self, node: int) -> bool:
        self._steps.append(f"{self.node} read for {node}")
        return self.is_active

    def log_tail(self) -> str:
        return "out of memory"

    def begin_stop(self) -> None:
        self._steps.append(f"{self.node} asked to stop")
