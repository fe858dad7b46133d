"""Where the files of deploy/ are, and how to read them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
OBSERVE = ROOT / "deploy" / "observe"
RULES = OBSERVE / "rules.yml"
DASHBOARD = OBSERVE / "grafana" / "dashboards" / "wireroom.json"
CHART = ROOT / "deploy" / "helm" / "wireroom"
STRIMZI = ROOT / "deploy" / "strimzi"


def read_yaml(path: Path) -> Any:
    """Return the one document of `path`."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def read_documents(path: Path) -> list[dict[str, Any]]:
    """Return every document of `path`."""
    return [document for document in yaml.safe_load_all(path.read_text(encoding="utf-8")) if document]


def rules() -> list[dict[str, Any]]:
    """Return the alert and recording rules, in their order."""
    return [rule for group in read_yaml(RULES)["groups"] for rule in group["rules"]]


def alerts() -> dict[str, dict[str, Any]]:
    """Return the alert rules by their name."""
    return {rule["alert"]: rule for rule in rules() if "alert" in rule}


def panels() -> list[dict[str, Any]]:
    """Return the panels of the dashboard that have queries."""
    shown = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    return [panel for panel in shown if panel["type"] != "row"]


def dashboard_queries() -> list[str]:
    """Return the queries of the dashboard, with values in place of its variables."""
    found = [target["expr"] for panel in panels() for target in panel["targets"]]
    annotations = json.loads(DASHBOARD.read_text(encoding="utf-8"))["annotations"]["list"]
    return [filled(query) for query in [*found, *(annotation["expr"] for annotation in annotations)]]


def filled(query: str) -> str:
    """Return `query` as Grafana sends it, for all jobs and stages and a range of some scrapes."""
    for variable, value in {"$__rate_interval": "20s", "$job": ".+", "$stage": ".+"}.items():
        query = query.replace(variable, value)
    return query
