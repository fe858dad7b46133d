"""A real Apache Kafka installed by pip alone: it needs neither Docker nor an installed Java.

    with EmbeddedBroker(data=Path("/tmp/wire")) as broker:
        publish(articles, broker.bootstrap)

`EmbeddedBroker` (node.py) is one node, `EmbeddedCluster` (cluster.py) several.
`ArchiveRecorder` (recording.py) makes later starts faster.
"""

from __future__ import annotations

from streams.broker.cluster import EmbeddedCluster
from streams.broker.node import EmbeddedBroker
from streams.broker.recording import ArchiveRecorder

__all__ = ["ArchiveRecorder", "EmbeddedBroker", "EmbeddedCluster"]
