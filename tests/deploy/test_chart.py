"""Every set of values: what the Helm chart renders is what Kubernetes accepts and what a worker needs."""

from __future__ import annotations

import shlex

import kubernetes_validate
import pytest

from streams.settings import Settings
from tests.deploy import custom_kinds
from tests.deploy.charts import COMBINATIONS, Object, container, of_kind, pods, rendered, variables, workloads
from tests.deploy.helm import lint
from tests.deploy.places import ROOT
from tests.docs.commands import parse

VERSIONS = (
    pytest.param("1.29", marks=pytest.mark.slow),
    pytest.param("1.33", marks=pytest.mark.slow),
    kubernetes_validate.latest_version(),
)

WORKER_MB = 150  # the process that talks to Kafka
STORIES_MB = 750  # the state of 500,000 articles

every_combination = pytest.mark.parametrize("values", COMBINATIONS.values(), ids=COMBINATIONS)


@every_combination
@pytest.mark.parametrize("version", VERSIONS)
def test_kubernetes_accepts_what_is_rendered(values: Object, version: str):
    for each in rendered(values):
        if custom_kinds.is_custom(each):
            custom_kinds.validate(each)
        else:
            kubernetes_validate.validate(each, version, strict=True)


@every_combination
def test_helm_has_nothing_against_the_chart(values: Object):
    assert [message for message in lint(values) if "icon" not in message] == []


@every_combination
def test_every_name_is_used_once(values: Object):
    names = [(each["kind"], each["metadata"]["name"]) for each in rendered(values)]

    assert len(set(names)) == len(names)


@every_combination
def test_every_setting_that_a_pod_gets_exists(values: Object):
    known = {f"WIREROOM_{name.upper()}" for name in Settings.model_fields}

    for pod in pods(values).values():
        assert {name for name in variables(pod) if not name.startswith("OTEL_")} <= known
        assert len(container(pod)["env"]) == len(variables(pod))


@every_combination
def test_a_worker_has_the_settings_of_its_pod(values: Object, monkeypatch: pytest.MonkeyPatch):
    for pod in pods(values).values():
        plain = {name: value for name, value in variables(pod).items() if isinstance(value, str)}
        secret = dict.fromkeys(set(variables(pod)) - set(plain), "from-kubernetes")
        with monkeypatch.context() as patch:
            for name in Settings.model_fields:
                patch.delenv(f"WIREROOM_{name.upper()}", raising=False)
            for name, value in {**plain, **secret}.items():
                patch.setenv(name, value)
            settings = Settings(_env_file=None)

        assert settings.broker == plain["WIREROOM_BROKER"]
        assert settings.partitions == 4


@every_combination
def test_the_image_takes_the_arguments_of_each_pod(values: Object):
    for pod in pods(values).values():
        parse(shlex.join(["wireroom", *container(pod)["args"]]))


@every_combination
def test_no_pod_is_root_or_writes_to_its_image(values: Object):
    for pod in pods(values).values():
        security = container(pod)["securityContext"]

        assert pod["securityContext"]["runAsNonRoot"] is True
        assert f"USER {pod['securityContext']['runAsUser']}" in (ROOT / "Dockerfile").read_text()
        assert security["readOnlyRootFilesystem"] is True
        assert security["allowPrivilegeEscalation"] is False
        assert security["capabilities"] == {"drop": ["ALL"]}
        assert pod["automountServiceAccountToken"] is False
        mounted = {mount["name"]: mount["mountPath"] for mount in container(pod)["volumeMounts"]}
        assert mounted["tmp"] == "/tmp"
        assert set(mounted) == {volume["name"] for volume in pod["volumes"]}


@every_combination
def test_a_worker_is_asked_by_the_probes_and_may_finish_its_batch(values: Object):
    for workload in workloads(values).values():
        pod = workload["spec"]["template"]["spec"]
        worker = container(pod)
        paths = {
            probe: worker[probe]["httpGet"]["path"]
            for probe in ("startupProbe", "livenessProbe", "readinessProbe")
        }
        ports = {port["name"]: port["containerPort"] for port in worker["ports"]}

        assert paths == {"startupProbe": "/livez", "livenessProbe": "/livez", "readinessProbe": "/readyz"}
        assert variables(pod)["WIREROOM_HTTP"] == f"0.0.0.0:{ports['http']}"
        assert pod["terminationGracePeriodSeconds"] > float(variables(pod)["WIREROOM_STAGE_SECONDS"])


@every_combination
def test_a_stage_process_that_eats_memory_ends_before_the_pod_does(values: Object):
    for workload in workloads(values).values():
        pod = workload["spec"]["template"]["spec"]
        limit = container(pod)["resources"]["limits"]["memory"]
        stage = variables(pod)["WIREROOM_STAGE_MEMORY_MB"]

        assert limit.endswith("Gi")
        assert float(stage) + STORIES_MB + WORKER_MB < float(limit.removesuffix("Gi")) * 1024


@every_combination
def test_what_selects_pods_selects_those_of_its_own_workload(values: Object):
    labels = {
        name: each["spec"]["template"]["metadata"]["labels"] for name, each in workloads(values).items()
    }
    selectors = {name: each["spec"]["selector"]["matchLabels"] for name, each in workloads(values).items()}
    budgets = of_kind(values, "PodDisruptionBudget")

    for name, selector in selectors.items():
        assert [pod for pod in labels if selector.items() <= labels[pod].items()] == [name]
    for name, budget in budgets.items():
        assert budget["spec"]["selector"]["matchLabels"] == selectors[name]
    (service,) = of_kind(values, "Service").values()
    assert all(service["spec"]["selector"].items() <= each.items() for each in labels.values())
