"""An admin client whose topics are a dictionary."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kafka.admin import ConfigResource


class FakeAdmin:
    """Stands in for an admin client: topics by partitions, and one configuration for all."""

    def __init__(self, partitions: dict[str, int], config: dict[str, str]) -> None:
        self.partitions = partitions
        self.config = config

    def list_topics(self) -> list[str]:
        return list(self.partitions)

    def describe_topics(self, names: Sequence[str]) -> list[dict[str, Any]]:
        return [
            {"name": name, "error_code": 0, "partitions": [{"replica_nodes": [1]}] * self.partitions[name]}
            for name in names
        ]

    def describe_configs(self, resources: Sequence[ConfigResource], **_options: Any) -> dict[str, Any]:
        config = {key: {"value": value} for key, value in self.config.items()}
        return {"topic": {resource.name: config for resource in resources}}

    def create_partitions(self, wanted: dict[str, int]) -> None:
        self.partitions |= wanted

    def wait_for_topics(self, names: Sequence[str], timeout_ms: int) -> None:
        """Return at once: every topic is there."""
