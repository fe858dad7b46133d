"""Wrong values of the Helm chart: each is refused, with its name and what is wrong about it."""

from __future__ import annotations

import pytest

from tests.deploy.charts import EVERYTHING, PER_STAGE, SCALING, Object, pods, variables
from tests.deploy.helm import HelmError, render


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"layout": "apart"}, "'/layout': value must be one of 'together', 'perStage'"),
        ({"worker": {"replicas": "two"}}, "'/worker/replicas': got string, want integer"),
        ({"worker": {"replica": 2}}, "additional properties 'replica' not allowed"),
        ({"workers": {}}, "additional properties 'workers' not allowed"),
        ({"stages": {"labels": {"replica": 2}}}, "additional properties 'replica' not allowed"),
        ({"worker": {"kind": "DaemonSet"}}, "must be one of 'Deployment', 'StatefulSet'"),
        ({"worker": {"extraEnv": {"WIREROOM HTTP": ""}}}, "invalid propertyName 'WIREROOM HTTP'"),
        ({"worker": {"stageMemoryMb": 100}}, "'/worker/stageMemoryMb': minimum: got 100, want 512"),
        ({"worker": {"resources": {"limits": {"memory": "much"}}}}, "'/worker/resources/limits/memory'"),
        ({"kafka": {"bootstrapServers": "kafka"}}, "'/kafka/bootstrapServers': 'kafka' does not match"),
        ({"topics": {"partitions": 0}}, "'/topics/partitions': minimum: got 0, want 1"),
        (
            {"worker": {"terminationGracePeriodSeconds": 30}},
            "worker.terminationGracePeriodSeconds (30) must be more than stageSeconds (60)",
        ),
        (
            {**PER_STAGE, "stages": {"entities": {"stageSeconds": 90}}},
            "stages.entities.terminationGracePeriodSeconds (90) must be more than stageSeconds (90)",
        ),
        (
            {**SCALING, "stages": {"entities": {"autoscaling": {"enabled": True, "maxReplicas": 9}}}},
            "stages.entities.autoscaling.maxReplicas (9) must be at most topics.partitions (4)",
        ),
        (
            {**SCALING, "stages": {"labels": {"autoscaling": {"enabled": True, "minReplicas": 5}}}},
            "stages.labels.autoscaling.maxReplicas (4) must be at least minReplicas (5)",
        ),
        (
            {**SCALING, "stages": {"stories": {"autoscaling": {"enabled": True, "maxReplicas": 4}}}},
            "stages.stories.autoscaling.maxReplicas (4) must be at most topics.storyPartitions (1)",
        ),
        (
            {"settings": {"WIREROOM_BATCH_SIZE": 9}, "worker": {"extraEnv": {"WIREROOM_BATCH_SIZE": 8}}},
            "settings and worker.extraEnv both have WIREROOM_BATCH_SIZE",
        ),
        ({"settings": {"BATCH_SIZE": 9}}, "invalid propertyName 'BATCH_SIZE'"),
        (
            {"worker": {"autoscaling": {"enabled": True}}},
            "worker.autoscaling needs monitoring.serviceMonitor.enabled",
        ),
        ({"kafka": {"securityProtocol": "SASL_SSL"}}, "SASL_SSL needs kafka.sasl.existingSecret"),
        (
            {"kafka": {"securityProtocol": "SASL_SSL", "sasl": {"existingSecret": "wireroom"}}},
            "SASL_SSL needs kafka.sasl.username or kafka.sasl.usernameKey",
        ),
        (
            {"kafka": {"sasl": {"existingSecret": "wireroom"}}},
            "kafka.sasl.existingSecret has no effect with kafka.securityProtocol PLAINTEXT",
        ),
        (
            {"kafka": {"tls": {"caSecret": "authority"}}},
            "kafka.tls has no effect with kafka.securityProtocol PLAINTEXT",
        ),
    ],
)
def test_a_wrong_value_is_named(values: Object, message: str):
    with pytest.raises(HelmError) as refused:
        render(values)

    assert message in str(refused.value)


def test_a_setting_that_the_chart_makes_cannot_be_set_beside_it():
    names = {name for pod in pods(EVERYTHING).values() for name in variables(pod)}
    own = {"WIREROOM_BATCH_SIZE", "WIREROOM_STORY_DAYS", "OTEL_EXPORTER_OTLP_ENDPOINT"}

    for name in sorted(names - own):
        with pytest.raises(HelmError, match=f"worker.extraEnv must not have {name}, which the chart sets"):
            render({"worker": {"extraEnv": {name: "x"}}})
        with pytest.raises(HelmError, match=f"settings must not have {name}, which the chart sets"):
            render({"settings": {name: "x"}})
