"""The Strimzi resources of deploy/strimzi that follow from the wire: `python -m tests.deploy` writes them."""

from __future__ import annotations

from typing import Any

import yaml

from streams.provisioning import wire_topics
from streams.settings import Settings
from tests.deploy.places import STRIMZI

TOPICS = STRIMZI / "topics.yaml"
REPLICAS = 3

HEAD = """\
# The topics of the wire for Strimzi 1.0 and later, in place of `wireroom topics create`; then set
# `topics.create: false` in the chart. Change the cluster, the partitions and the retention to yours.
# `python -m tests.deploy` writes this file.
"""


def topics_yaml() -> str:
    """Return a KafkaTopic for each topic that the default settings ask for."""
    topics = wire_topics(Settings(_env_file=None, **defaults()))
    documents = [
        {
            "apiVersion": "kafka.strimzi.io/v1",
            "kind": "KafkaTopic",
            "metadata": {"name": spec.name, "labels": {"strimzi.io/cluster": "my-cluster"}},
            "spec": {"partitions": spec.partitions, "replicas": REPLICAS, "config": config(spec.config)},
        }
        for spec in topics
    ]
    return HEAD + yaml.safe_dump_all(documents, sort_keys=False, explicit_start=True)


def defaults() -> dict[str, Any]:
    """Return the default of each setting, so that the environment does not count."""
    fields = Settings.model_fields.items()
    return {name: field.default for name, field in fields if not name.startswith(("sasl_", "ssl_"))}


def config(settings: dict[str, str]) -> dict[str, Any]:
    """Return `settings` of a topic with numbers as numbers, as Strimzi writes them."""
    return {name: int(value) if value.isdecimal() else value for name, value in settings.items()}
