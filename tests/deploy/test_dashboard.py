"""The dashboard: every query in it asks for what workers export, and its files fit together."""

from __future__ import annotations

import json
import re
from itertools import combinations
from typing import Any

import pytest

from streams.worker.metrics.definitions import METRICS
from tests.deploy.places import DASHBOARD, OBSERVE, ROOT, dashboard_queries, panels, read_yaml, rules
from tests.deploy.queries import labels_of, problems, worker_metrics

RECORDED = {rule["record"]: labels_of(rule["expr"]) for rule in rules() if "record" in rule}
BOARD = json.loads(DASHBOARD.read_text(encoding="utf-8"))
PANELS = panels()


def title(panel: dict[str, Any]) -> str:
    return str(panel["title"])


@pytest.mark.parametrize("query", dashboard_queries())
def test_a_query_of_the_dashboard_asks_for_what_workers_export(query: str):
    assert problems(query, RECORDED) == []


@pytest.mark.parametrize("panel", PANELS, ids=title)
def test_a_legend_names_labels_that_the_query_has(panel: dict[str, Any]):
    for target in panel["targets"]:
        query = target["expr"].replace("$__rate_interval", "1m")
        named = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))

        assert named <= labels_of(query, RECORDED)


def test_the_dashboard_shows_every_metric():
    shown = " ".join(dashboard_queries())

    missing = [metric.name for metric in METRICS if not any(name in shown for name in metric.samples)]
    assert missing == [], "add a panel for each of them"


def test_the_choices_of_the_dashboard_come_from_labels_that_exist():
    choices = {
        choice["name"]: choice["query"]["query"]
        for choice in BOARD["templating"]["list"]
        if choice["type"] == "query"
    }

    assert set(choices) == {"job", "stage"}
    for name, query in choices.items():
        match = re.fullmatch(r"label_values\((\w+), (\w+)\)", query)
        assert match is not None
        assert match[2] == name
        assert name in worker_metrics()[match[1]]


def test_all_jobs_are_those_of_workers():
    (job,) = (choice for choice in BOARD["templating"]["list"] if choice["name"] == "job")

    assert "allValue" not in job  # `up` of a Prometheus with other jobs would count them too


def test_panels_have_ids_of_their_own_and_do_not_overlap():
    every = BOARD["panels"]

    assert len({panel["id"] for panel in every}) == len(every)
    assert [(title(one), title(other)) for one, other in combinations(every, 2) if overlap(one, other)] == []


def overlap(one: dict[str, Any], other: dict[str, Any]) -> bool:
    first, second = one["gridPos"], other["gridPos"]
    return all(
        first[start] < second[start] + second[size] and second[start] < first[start] + first[size]
        for start, size in (("x", "w"), ("y", "h"))
    )


def test_grafana_finds_its_data_source_and_its_dashboard_in_the_compose_profile():
    services = read_yaml(ROOT / "docker-compose.yml")["services"]
    (source,) = read_yaml(OBSERVE / "grafana" / "datasources" / "prometheus.yml")["datasources"]
    (provider,) = read_yaml(OBSERVE / "grafana" / "dashboards" / "provider.yml")["providers"]
    mounts = dict(mount.split(":")[:2] for mount in services["grafana"]["volumes"])

    assert source["url"] == "http://prometheus:9090"
    assert mounts["./deploy/observe/grafana/dashboards"] == provider["options"]["path"]
    assert mounts["./deploy/observe/grafana/datasources"] == "/etc/grafana/provisioning/datasources"
    home = services["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert home == f"{provider['options']['path']}/{DASHBOARD.name}"


def test_prometheus_finds_the_workers_in_the_compose_profile():
    services = read_yaml(ROOT / "docker-compose.yml")["services"]
    config = read_yaml(OBSERVE / "prometheus.yml")
    (job,) = config["scrape_configs"]
    (found,) = job["dns_sd_configs"]
    mounts = dict(mount.split(":")[:2] for mount in services["prometheus"]["volumes"])

    assert job["job_name"] == "wireroom"  # as the rules say
    assert set(found["names"]) <= set(services)
    assert f"WIREROOM_HTTP=0.0.0.0:{found['port']}" in (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert mounts["./deploy/observe/prometheus.yml"] == "/etc/prometheus/prometheus.yml"
    assert [mounts[f"./deploy/observe/{name}"] for name in config["rule_files"]] == [
        "/etc/prometheus/rules.yml"
    ]


@pytest.mark.parametrize("service", ["prometheus", "grafana"])
def test_the_services_of_the_profile_have_pinned_images_and_are_open_to_this_machine_alone(service: str):
    described = read_yaml(ROOT / "docker-compose.yml")["services"][service]

    assert described["profiles"] == ["observe"]
    assert re.fullmatch(r"[\w/]+:v?\d+\.\d+\.\d+", described["image"])
    assert all(port.startswith("127.0.0.1:") for port in described["ports"])
