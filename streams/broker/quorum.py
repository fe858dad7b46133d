"""The controllers of a cluster, which keep its metadata and vote on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from streams.broker.formatting import new_id
from streams.broker.ports import free_port


@dataclass(frozen=True)
class Quorum:
    """The cluster's id, and the port of each node's controller in order of node id."""

    cluster_id: str
    ports: Sequence[int]

    @classmethod
    def of(cls, nodes: int) -> Quorum:
        """Return a new quorum of `nodes` nodes on free ports."""
        return cls(new_id(), [free_port() for _ in range(nodes)])
