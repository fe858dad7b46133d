"""The choices of the Helm chart: one by one, each changes what it says and no more."""

from __future__ import annotations

import json

import yaml

import streams
from streams.topics import PIPELINE
from tests.deploy.charts import (
    CERTIFICATE,
    EVERYTHING,
    PER_STAGE,
    SCALING,
    SECURE,
    container,
    of_kind,
    pods,
    variables,
    workloads,
)
from tests.deploy.helm import notes, render
from tests.deploy.places import CHART, DASHBOARD, ROOT, RULES, read_yaml
from tests.docs.pages import blocks


def test_one_deployment_has_all_stages_by_default():
    ((name, deployment),) = workloads({}).items()

    assert (name, deployment["kind"]) == ("wireroom-worker", "Deployment")
    assert "--stage" not in container(deployment["spec"]["template"]["spec"])["args"]
    assert list(of_kind({}, "PodDisruptionBudget")) == [name]


def test_each_stage_can_have_a_deployment_of_its_own():
    stages = {
        name: container(each["spec"]["template"]["spec"])["args"][-2:]
        for name, each in workloads(PER_STAGE).items()
    }

    assert stages == {f"wireroom-{stage}": ["--stage", stage] for stage in PIPELINE}
    assert tuple(read_yaml(CHART / "values.yaml")["stages"]) == PIPELINE


def test_a_further_stage_is_one_more_entry():
    values = {**PER_STAGE, "stages": {"summaries": {"replicas": 2}}}

    added = workloads(values)["wireroom-summaries"]

    assert added["spec"]["replicas"] == 2
    assert container(added["spec"]["template"]["spec"])["args"][-2:] == ["--stage", "summaries"]


def test_an_entry_changes_its_own_stage_alone_and_may_switch_things_off():
    values = {
        **PER_STAGE,
        "worker": {"replicas": 2},
        "stages": {"labels": {"replicas": 0, "podDisruptionBudget": {"enabled": False}}},
    }

    replicas = {name: each["spec"]["replicas"] for name, each in workloads(values).items()}

    assert replicas["wireroom-labels"] == 0
    assert {count for name, count in replicas.items() if name != "wireroom-labels"} == {2}
    assert "wireroom-labels" not in of_kind(values, "PodDisruptionBudget")


def test_the_pods_of_a_stateful_set_are_static_members_and_those_of_a_deployment_come_and_go():
    stateful = pods({"worker": {"kind": "StatefulSet"}})["wireroom-worker"]
    stateless = pods({})["wireroom-worker"]

    assert variables(stateful)["WIREROOM_INSTANCE"] == {"fieldRef": {"fieldPath": "metadata.name"}}
    assert "WIREROOM_INSTANCE" not in variables(stateless)
    (service,) = of_kind({"worker": {"kind": "StatefulSet"}}, "Service")
    assert workloads({"worker": {"kind": "StatefulSet"}})["wireroom-worker"]["spec"]["serviceName"] == service


def test_topics_are_created_before_an_installation_and_before_an_update():
    (job,) = of_kind({}, "Job").values()

    assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    assert container(job["spec"]["template"]["spec"])["args"] == ["topics", "create"]
    assert "serviceAccountName" not in job["spec"]["template"]["spec"]
    assert of_kind({"topics": {"create": False}}, "Job") == {}


def test_a_password_comes_from_a_secret_alone():
    pod = pods(SECURE)["wireroom-worker"]

    password = variables(pod)["WIREROOM_SASL_PASSWORD"]

    assert password == {"secretKeyRef": {"name": "wireroom", "key": "password"}}
    assert variables(pod)["WIREROOM_SSL_CAFILE"] == "/etc/wireroom/ca/ca.crt"


def test_a_client_certificate_comes_from_a_secret():
    pod = pods(CERTIFICATE)["wireroom-worker"]
    volumes = {volume["name"]: volume.get("secret", {}).get("secretName") for volume in pod["volumes"]}

    assert variables(pod)["WIREROOM_SSL_CERTFILE"] == "/etc/wireroom/certificate/user.crt"
    assert variables(pod)["WIREROOM_SSL_KEYFILE"] == "/etc/wireroom/certificate/user.key"
    assert volumes == {"tmp": None, "ca": "authority", "certificate": "wireroom"}


def test_keda_scales_a_stage_by_its_true_lag():
    (scaled,) = of_kind(SCALING, "ScaledObject").values()
    workload = workloads(SCALING)["wireroom-entities"]

    (trigger,) = scaled["spec"]["triggers"]

    assert scaled["spec"]["scaleTargetRef"]["name"] == "wireroom-entities"
    assert scaled["spec"]["scaleTargetRef"]["kind"] == workload["kind"]
    assert 'stage="entities"' in trigger["metadata"]["query"]
    assert "replicas" not in workload["spec"]  # or each upgrade would undo what KEDA did
    assert "replicas" in workloads(SCALING)["wireroom-labels"]["spec"]


def test_rules_and_dashboard_of_the_chart_are_those_of_the_compose_profile():
    (rules,) = of_kind(EVERYTHING, "PrometheusRule").values()
    (dashboard,) = of_kind(EVERYTHING, "ConfigMap").values()
    (monitor,) = of_kind(EVERYTHING, "ServiceMonitor").values()
    (service,) = of_kind(EVERYTHING, "Service").values()

    assert rules["spec"] == read_yaml(RULES)
    assert json.loads(dashboard["data"]["wireroom.json"]) == json.loads(DASHBOARD.read_text())
    assert service["metadata"]["labels"][monitor["spec"]["jobLabel"]] == "wireroom"  # as the rules say


def test_two_releases_in_one_namespace_do_not_meet():
    names = [
        {(each["kind"], each["metadata"]["name"]) for each in render(EVERYTHING, release=release)}
        for release in ("paris", "lima")
    ]

    assert names[0].isdisjoint(names[1])


def test_the_chart_has_the_version_of_the_product():
    assert read_yaml(CHART / "Chart.yaml")["appVersion"] == streams.__version__


def test_the_values_in_the_manual_are_accepted():
    shown = [yaml.safe_load(block) for block in blocks(ROOT / "docs" / "operations.md", "yaml")]

    assert shown
    for values in shown:
        assert render(values)


def test_the_user_is_told_what_runs_and_how_to_look():
    text = notes(SCALING)

    assert "Deployment wireroom-entities: 1 to 4 worker(s), stage entities" in text
    assert "exec deployment/wireroom-cleanup -- wireroom lag" in text
