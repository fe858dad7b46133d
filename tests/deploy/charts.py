"""The chart with values of several kinds, and its objects."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from tests.deploy.helm import render

Object = dict[str, Any]

PER_STAGE = {"layout": "perStage"}
SECURE = {
    "kafka": {
        "securityProtocol": "SASL_SSL",
        "sasl": {"username": "wireroom", "existingSecret": "wireroom"},
        "tls": {"caSecret": "my-cluster-cluster-ca-cert"},
    }
}
CERTIFICATE = {
    "kafka": {"securityProtocol": "SSL", "tls": {"caSecret": "authority", "certSecret": "wireroom"}}
}
SCALING = {
    "layout": "perStage",
    "stages": {"entities": {"autoscaling": {"enabled": True, "maxReplicas": 4}}},
    "monitoring": {"serviceMonitor": {"enabled": True}},
}
EVERYTHING = {
    **SECURE,
    "layout": "perStage",
    "image": {"repository": "registry.example.org/wireroom", "tag": "1.2.3", "pullSecrets": ["registry"]},
    "worker": {
        "kind": "StatefulSet",
        "autoscaling": {"enabled": True},
        "extraEnv": {"WIREROOM_BATCH_SIZE": 200},
        "podAnnotations": {"example.org/team": "desk"},
        "podLabels": {"team": "desk"},
        "nodeSelector": {"kubernetes.io/arch": "amd64"},
        "tolerations": [{"key": "news", "operator": "Exists"}],
        "affinity": {
            "nodeAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": {
                    "nodeSelectorTerms": [{"matchExpressions": [{"key": "disk", "operator": "Exists"}]}]
                }
            }
        },
        "priorityClassName": "newsroom",
        "podDisruptionBudget": {"maxUnavailable": "25%"},
    },
    "topics": {"storyPartitions": 4},
    "settings": {"WIREROOM_STORY_DAYS": 5, "OTEL_EXPORTER_OTLP_ENDPOINT": "http://otel:4317"},
    "taxonomy": {"configMap": "labels"},
    "gazetteer": {"configMap": "names"},
    "monitoring": {
        "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
        "rules": {"enabled": True},
        "dashboard": {"enabled": True},
    },
    "networkPolicy": {
        "enabled": True,
        "from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}],
    },
    "serviceAccount": {"annotations": {"example.org/role": "worker"}},
}
NOTHING_EXTRA = {
    "topics": {"create": False},
    "serviceAccount": {"create": False},
    "networkPolicy": {"enabled": True},
    "worker": {"podDisruptionBudget": {"enabled": False}, "spreadOverNodes": False},
}
COMBINATIONS = {
    "defaults": {},
    "per stage": PER_STAGE,
    "password": SECURE,
    "certificate": CERTIFICATE,
    "scaling": SCALING,
    "everything": EVERYTHING,
    "nothing extra": NOTHING_EXTRA,
}


@lru_cache
def _rendered(values: str) -> list[Object]:
    return render(json.loads(values))


def rendered(values: Object) -> list[Object]:
    """Return the objects of the chart with `values`; each combination is rendered once."""
    return _rendered(json.dumps(values))


def of_kind(values: Object, *kinds: str) -> dict[str, Object]:
    """Return the objects of these kinds by their names."""
    return {each["metadata"]["name"]: each for each in rendered(values) if each["kind"] in kinds}


def workloads(values: Object) -> dict[str, Object]:
    return of_kind(values, "Deployment", "StatefulSet")


def pods(values: Object) -> dict[str, Object]:
    """Return the specs of the pods of workers and of the topics job, by the name of their object."""
    found = of_kind(values, "Deployment", "StatefulSet", "Job")
    return {name: each["spec"]["template"]["spec"] for name, each in found.items()}


def container(pod: Object) -> Object:
    (only,) = pod["containers"]
    return dict(only)


def variables(pod: Object) -> dict[str, Any]:
    return {each["name"]: each.get("value", each.get("valueFrom")) for each in container(pod)["env"]}
