"""A Kafka cluster of several nodes on this machine, for faults that one node cannot show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from streams.broker.downloads import DEFAULT_CACHE
from streams.broker.fencing import fence_crashed
from streams.broker.node import EmbeddedBroker
from streams.broker.quorum import Quorum


class EmbeddedCluster:
    """A cluster of `nodes` Kafka nodes in folders under `data`; three nodes survive the loss of one.

    Each node is a broker and a controller. `cache` and `overrides` are those of EmbeddedBroker.
    """

    def __init__(
        self,
        data: Path,
        nodes: int = 3,
        *,
        cache: Path = DEFAULT_CACHE,
        overrides: Mapping[str, str] | None = None,
    ) -> None:
        quorum = Quorum.of(nodes)
        self.brokers = [
            EmbeddedBroker(data / f"node-{node}", cache=cache, overrides=overrides, node=node, quorum=quorum)
            for node in range(1, nodes + 1)
        ]

    @property
    def bootstrap(self) -> str:
        """Return the addresses of all nodes, separated by commas."""
        return ",".join(broker.bootstrap for broker in self.brokers)

    def start(self) -> Self:
        """Start every node that does not run, and return once each answers.

        Nodes that crashed start again after the others have fenced them. Otherwise a node (Kafka 4.3.1) can
        come back as the leader of a transaction and commit it from its own log, replicated or not, while its
        successor aborts the same transaction.
        """
        try:
            stopped = [broker for broker in self.brokers if not broker.running]
            if crashed := {broker.node for broker in stopped if broker.has_crashed}:
                fence_crashed(stopped, lambda: self._are_fenced(crashed, stopped))
            for broker in self.brokers:
                broker.launch()
            for broker in self.brokers:
                broker.wait_ready()
        except BaseException:
            for broker in self.brokers:
                broker.kill()
            raise
        return self

    def _are_fenced(self, crashed: set[int], controllers: Sequence[EmbeddedBroker]) -> bool:
        """Return True if the brokers of the nodes `crashed` are fenced.

        Ask a survivor. If none survives, read the logs of `controllers`, one of which is the active one.
        """
        survivors = [broker for broker in self.brokers if broker not in controllers]
        if survivors:
            members = survivors[0].members()
            return bool(members) and not members & crashed
        return all(any(controller.says_fenced(node) for controller in controllers) for node in crashed)

    def stop(self) -> None:
        """Stop all nodes at once; stopped in turn, the last node would wait for a quorum that is gone."""
        for broker in self.brokers:
            broker.begin_stop()
        for broker in self.brokers:
            broker.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
