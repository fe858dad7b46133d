"""In which order a cluster starts its nodes again: on nodes that only write down what is asked of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from streams.broker import EmbeddedCluster
from streams.broker import node as embedded
from streams.errors import BrokerError


class Node:
    """Node NUMBER; `steps` is shared by all nodes, `alive` has the answers of a survivor in their order."""

    def __init__(self, number: int, steps: list[str], alive: Sequence[set[int]]) -> None:
        self.node = number
        self.running = False
        self.has_crashed = True
        self.fails = False
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
        return self.node == 2  # the active controller

    def last_words(self) -> str:
        return "out of memory"


def cluster_of(tmp_path: Path, *alive: set[int]) -> tuple[EmbeddedCluster, list[Node], list[str]]:
    cluster, steps = EmbeddedCluster(tmp_path), list[str]()
    nodes = [Node(number, steps, alive) for number in (1, 2, 3)]
    cluster.brokers = nodes  # type: ignore[assignment]
    return cluster, nodes, steps


def test_nodes_that_crashed_serve_again_only_when_a_survivor_counts_them_no_longer(tmp_path: Path) -> None:
    cluster, nodes, steps = cluster_of(tmp_path, {1, 2, 3}, set(), {1, 3}, {1})
    nodes[0].running, nodes[0].has_crashed = True, False

    cluster.start()

    assert steps == [
        *("2 controller", "3 controller"),
        *["1 asked"] * 4,
        *("2 stopped", "3 stopped", "2 whole", "3 whole"),
    ]


def test_where_none_survives_the_active_controller_tells(tmp_path: Path) -> None:
    cluster, _, steps = cluster_of(tmp_path)

    cluster.start()

    assert steps[:3] == ["1 controller", "2 controller", "3 controller"]
    assert {"2 read for 1", "2 read for 2", "2 read for 3"} < set(steps)
    assert steps[-6:] == ["1 stopped", "2 stopped", "3 stopped", "1 whole", "2 whole", "3 whole"]


def test_nodes_that_stopped_in_order_are_started_at_once(tmp_path: Path) -> None:
    cluster, nodes, steps = cluster_of(tmp_path)
    for node in nodes:
        node.has_crashed = False

    cluster.start()

    assert steps == ["1 whole", "2 whole", "3 whole"]


def test_a_controller_that_does_not_start_is_an_error(tmp_path: Path) -> None:
    cluster, nodes, _ = cluster_of(tmp_path)
    nodes[0].fails = True
    nodes[1].says_fenced = lambda _: False  # type: ignore[method-assign]

    with pytest.raises(BrokerError, match="out of memory"):
        cluster.start()


def test_nobody_waits_for_ever_for_a_node_that_was_fenced_when_it_crashed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster, nodes, steps = cluster_of(tmp_path)
    nodes[1].says_fenced = lambda _: False  # type: ignore[method-assign]
    monkeypatch.setattr(embedded, "FORGET_SECONDS", 0.1)

    cluster.start()

    assert steps[-3:] == ["1 whole", "2 whole", "3 whole"]
