"""The kinds that Kubernetes learns from Strimzi, KEDA and the Prometheus operator: the fields that we use.

Kubernetes' own schemas do not have them. A field that is not here is refused: the API server would drop it.
"""

from __future__ import annotations

from typing import Any

import jsonschema

Schema = dict[str, Any]

STRING: Schema = {"type": "string", "minLength": 1}
COUNT: Schema = {"type": "integer", "minimum": 1}
STRINGS: Schema = {"type": "object", "additionalProperties": {"type": "string"}}
DURATION: Schema = {"type": "string", "pattern": r"^\d+(ms|s|m|h)$"}


def fields(required: dict[str, Schema], optional: dict[str, Schema] | None = None) -> Schema:
    """Return the schema of an object with these fields and no others."""
    return {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": list(required),
        "additionalProperties": False,
    }


def list_of(items: Schema) -> Schema:
    """Return the schema of a list with at least one of `items`."""
    return {"type": "array", "minItems": 1, "items": items}


def one_of(*values: str) -> Schema:
    """Return the schema of a string that is one of `values`."""
    return {"enum": list(values)}


OPERATIONS = one_of(
    *("Read", "Write", "Create", "Delete", "Alter", "Describe", "ClusterAction"),
    *("AlterConfigs", "DescribeConfigs", "IdempotentWrite", "All"),
)

SCALING_RULES = fields(
    {},
    {
        "stabilizationWindowSeconds": {"type": "integer", "minimum": 0, "maximum": 3600},
        "selectPolicy": one_of("Min", "Max", "Disabled"),
        "policies": list_of(
            fields(
                {
                    "type": one_of("Pods", "Percent"),
                    "value": COUNT,
                    "periodSeconds": {**COUNT, "maximum": 1800},
                }
            )
        ),
    },
)

SPECS: dict[tuple[str, str], Schema] = {
    ("kafka.strimzi.io/v1", "KafkaTopic"): fields(
        {"partitions": COUNT, "replicas": COUNT}, {"config": {"type": "object"}, "topicName": STRING}
    ),
    ("kafka.strimzi.io/v1", "KafkaUser"): fields(
        {"authentication": fields({"type": one_of("tls", "tls-external", "scram-sha-512")})},
        {
            "authorization": fields(
                {
                    "type": one_of("simple"),
                    "acls": list_of(
                        fields(
                            {
                                "resource": fields(
                                    {"type": one_of("topic", "group", "cluster", "transactionalId")},
                                    {"name": STRING, "patternType": one_of("literal", "prefix")},
                                ),
                                "operations": list_of(OPERATIONS),
                            },
                            {"host": STRING, "type": one_of("allow", "deny")},
                        )
                    ),
                }
            ),
        },
    ),
    ("keda.sh/v1alpha1", "ScaledObject"): fields(
        {
            "scaleTargetRef": fields({"name": STRING}, {"apiVersion": STRING, "kind": STRING}),
            "triggers": list_of(
                fields(
                    {
                        "type": one_of("prometheus"),
                        "metadata": fields(
                            {
                                "serverAddress": {"type": "string", "pattern": "^https?://"},
                                "query": STRING,
                                "threshold": {"type": "string", "pattern": r"^\d+$"},
                            }
                        ),
                    },
                    {"metricType": one_of("AverageValue", "Value")},
                )
            ),
        },
        {
            "minReplicaCount": {"type": "integer", "minimum": 0},
            "maxReplicaCount": COUNT,
            "pollingInterval": COUNT,
            "cooldownPeriod": COUNT,
            "advanced": fields(
                {},
                {
                    "horizontalPodAutoscalerConfig": fields(
                        {}, {"behavior": fields({}, {"scaleDown": SCALING_RULES, "scaleUp": SCALING_RULES})}
                    )
                },
            ),
        },
    ),
    ("monitoring.coreos.com/v1", "ServiceMonitor"): fields(
        {
            "selector": fields({"matchLabels": STRINGS}),
            "endpoints": list_of(fields({"port": STRING}, {"path": STRING, "interval": DURATION})),
        },
        {"jobLabel": STRING, "namespaceSelector": fields({"matchNames": list_of(STRING)})},
    ),
    ("monitoring.coreos.com/v1", "PrometheusRule"): fields(
        {
            "groups": list_of(
                fields(
                    {
                        "name": STRING,
                        "rules": list_of(
                            fields(
                                {"expr": STRING},
                                {
                                    "alert": STRING,
                                    "record": STRING,
                                    "for": DURATION,
                                    "labels": STRINGS,
                                    "annotations": STRINGS,
                                },
                            )
                        ),
                    }
                )
            )
        }
    ),
}


def is_custom(document: dict[str, Any]) -> bool:
    """Return True if `document` is of a kind that Kubernetes does not have by itself."""
    return (document["apiVersion"], document["kind"]) in SPECS


def validate(document: dict[str, Any]) -> None:
    """Raise jsonschema.ValidationError if `document` is not as its kind describes."""
    metadata = fields(
        {"name": {"type": "string", "pattern": r"^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$"}},
        {"labels": STRINGS, "annotations": STRINGS, "namespace": STRING},
    )
    spec = SPECS[document["apiVersion"], document["kind"]]
    schema = fields({"apiVersion": STRING, "kind": STRING, "metadata": metadata, "spec": spec})
    jsonschema.validate(document, schema)
