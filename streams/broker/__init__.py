"""A real Apache Kafka by pip alone: no Docker, no Java to install, no port to configure.

with EmbeddedBroker(data=Path("/tmp/wire")) as broker:
    publish(articles, broker.bootstrap)
"""

from __future__ import annotations

from streams.broker.node import EmbeddedBroker, EmbeddedCluster
from streams.broker.recording import ArchiveRecorder

__all__ = ["ArchiveRecorder", "EmbeddedBroker", "EmbeddedCluster"]
