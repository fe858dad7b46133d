"""A real Prometheus on this machine, with our rules, for the time of a test.

It scrapes every other second, and its alerts wait for two seconds in place of minutes: the rules are the same
but for that.
"""

from __future__ import annotations

import json
import re
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from streams.broker.ports import free_port
from tests.broker.wire import wait_until
from tests.deploy.places import OBSERVE, RULES, read_yaml

SCRAPE_SECONDS = 2
ALERT_SECONDS = 2
START_SECONDS = 60.0
ANSWER_SECONDS = 20.0


class Prometheus:
    """Prometheus as a process in `folder`, which scrapes the worker at `target`."""

    def __init__(self, binary: str, folder: Path, target: str, labels: Mapping[str, str]) -> None:
        self._folder = folder
        self._address = f"127.0.0.1:{free_port()}"
        folder.mkdir()
        (folder / "rules.yml").write_text(quick_rules(), encoding="utf-8")
        (folder / "prometheus.yml").write_text(quick_config(target, labels), encoding="utf-8")
        with (folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [
                    binary,
                    f"--config.file={folder / 'prometheus.yml'}",
                    f"--storage.tsdb.path={folder / 'data'}",
                    f"--web.listen-address={self._address}",
                ],
                stdout=log,
                stderr=log,
            )

    def wait(self) -> None:
        """Return when Prometheus answers."""
        wait_until(self._answers, f"Prometheus answers\n{self.tail()}", timeout=START_SECONDS)

    def query(self, query: str) -> list[dict[str, Any]]:
        """Return the series of `query` as they are now. Raises HTTPError if Prometheus rejects it."""
        answer = self._get("/api/v1/query", query=query)
        result: list[dict[str, Any]] = answer["data"]["result"]
        return result

    def value(self, query: str) -> float | None:
        """Return the value of the one series of `query`, or None if there is none."""
        series = self.query(query)
        return float(series[0]["value"][1]) if series else None

    def firing(self) -> set[str]:
        """Return the names of the alerts that fire."""
        alerts = self._get("/api/v1/alerts")["data"]["alerts"]
        return {alert["labels"]["alertname"] for alert in alerts if alert["state"] == "firing"}

    def rule_problems(self) -> dict[str, str]:
        """Return the rules that Prometheus cannot evaluate, with the reason."""
        groups = self._get("/api/v1/rules")["data"]["groups"]
        rules = [rule for group in groups for rule in group["rules"]]
        return {rule["name"]: rule.get("lastError", "") for rule in rules if rule["health"] == "err"}

    def stop(self) -> None:
        """End the process."""
        self._process.terminate()
        self._process.wait(20)

    def tail(self) -> str:
        """Return the end of the log."""
        return "\n".join((self._folder / "log").read_text(errors="replace").splitlines()[-10:])

    def _answers(self) -> bool:
        try:
            self._get("/api/v1/rules")
        except OSError:
            return False
        return True

    def _get(self, path: str, **parameters: str) -> dict[str, Any]:
        url = f"http://{self._address}{path}?{urllib.parse.urlencode(parameters)}"
        with urllib.request.urlopen(url, timeout=ANSWER_SECONDS) as answer:
            decoded: dict[str, Any] = json.load(answer)
            return decoded


def quick_rules() -> str:
    """Return our rules with alerts that wait for seconds in place of minutes."""
    return re.sub(
        r"^( +for:) .*$", rf"\1 {ALERT_SECONDS}s", RULES.read_text(encoding="utf-8"), flags=re.MULTILINE
    )


def quick_config(target: str, labels: Mapping[str, str]) -> str:
    """Return our configuration with one fixed target, which has `labels`, and short intervals."""
    config = read_yaml(OBSERVE / "prometheus.yml")
    interval = f"{SCRAPE_SECONDS}s"
    config["global"] = {"scrape_interval": interval, "scrape_timeout": interval, "evaluation_interval": "1s"}
    (job,) = config["scrape_configs"]
    del job["dns_sd_configs"]
    job["static_configs"] = [{"targets": [target], "labels": dict(labels)}]
    return yaml.safe_dump(config)
