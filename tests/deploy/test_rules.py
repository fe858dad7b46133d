"""The alert rules: every name in them exists, each is tested, and the manual explains each."""

from __future__ import annotations

import re
import subprocess
from typing import Any

import pytest

from tests.deploy.places import OBSERVE, ROOT, alerts, read_yaml, rules
from tests.deploy.queries import labels_of, problems
from tests.docs.pages import section

RECORDED = {rule["record"]: labels_of(rule["expr"]) for rule in rules() if "record" in rule}
ALERTS = alerts()
OPERATIONS = ROOT / "docs" / "operations.md"


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.get("alert") or rule["record"])
def test_a_rule_asks_for_what_workers_export(rule: dict[str, Any]):
    assert problems(rule["expr"], RECORDED) == []


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_says_how_bad_it_is_what_happened_and_what_to_do(name: str):
    rule = ALERTS[name]

    assert rule["labels"]["severity"] in ("warning", "critical")
    assert set(rule["annotations"]) == {"summary", "description"}
    named = set(re.findall(r"\$labels\.(\w+)", str(rule["annotations"])))
    assert named <= labels_of(rule["expr"], RECORDED)


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_has_series_for_which_it_fires_and_others_for_which_it_does_not(name: str):
    cases = [
        case
        for group in read_yaml(OBSERVE / "rules_test.yml")["tests"]
        for case in group.get("alert_rule_test", [])
        if case["alertname"] == name
    ]

    assert {bool(case.get("exp_alerts")) for case in cases} == {True, False}


def test_every_alert_is_in_the_manual_and_no_other():
    table = section(OPERATIONS, "### Alerts")

    assert re.findall(r"^\| `(Wireroom\w+)` \|", table, re.MULTILINE) == list(ALERTS)


def test_the_rules_fire_for_their_series_as_prometheus_computes_them(promtool: str):
    checked = subprocess.run(
        [promtool, "test", "rules", "rules_test.yml"], cwd=OBSERVE, capture_output=True, text=True
    )

    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_prometheus_accepts_its_configuration(promtool: str):
    checked = subprocess.run(
        [promtool, "check", "config", "prometheus.yml"], cwd=OBSERVE, capture_output=True, text=True
    )

    assert checked.returncode == 0, checked.stdout + checked.stderr
