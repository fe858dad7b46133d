"""Render or lint the chart in a process of its own, which reads requests as lines of JSON.

Helm comes as a library in Go, whose threads and signal handlers should not be in a process that runs tests.
"""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from functools import cache
from importlib.util import find_spec
from typing import Any

import pytest
import yaml

from tests.deploy.places import CHART, ROOT


class HelmError(Exception):
    """Helm refuses the values."""


def render(
    values: dict[str, Any], release: str = "wireroom", namespace: str = "news"
) -> list[dict[str, Any]]:
    """Return the objects of the chart with `values`. Raises HelmError with what Helm says."""
    rendered = _ask({"values": values, "name": release, "namespace": namespace})
    return [
        document
        for path, text in sorted(rendered.items())
        if not path.endswith("NOTES.txt")
        for document in yaml.safe_load_all(text)
        if document
    ]


def notes(values: dict[str, Any]) -> str:
    """Return what Helm tells the user after an installation with `values`."""
    rendered = _ask({"values": values, "name": "wireroom", "namespace": "news"})
    (text,) = (text for path, text in rendered.items() if path.endswith("NOTES.txt"))
    return text


def lint(values: dict[str, Any]) -> list[str]:
    """Return the warnings and errors of `helm lint`."""
    report = _ask({"values": values, "lint": True})
    return [message["error"] for message in report["messages"] if message["severity"] >= 2]


def _ask(request: dict[str, Any]) -> dict[str, Any]:
    helm = _process()
    assert helm.stdin is not None
    assert helm.stdout is not None
    helm.stdin.write(json.dumps(request) + "\n")
    helm.stdin.flush()
    line = helm.stdout.readline()
    assert line, "the process of Helm has ended"
    answer: dict[str, Any] = json.loads(line)
    if "error" in answer:
        raise HelmError(answer["error"])
    result: dict[str, Any] = answer["result"]
    return result


@cache
def _process() -> subprocess.Popen[str]:
    """Return the process of Helm, which ends when ours closes its end of the pipe.

    Helm has no wheel for some machines; there the tests of the chart skip.
    """
    if find_spec("helm_python") is None and platform.machine() != "x86_64":
        pytest.skip(f"helm-python-sdk has no wheel for {platform.machine()}")
    return subprocess.Popen(
        [sys.executable, "-m", "tests.deploy.helm"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    from helm_python import chart, errors

    try:
        if request.get("lint"):
            return {"result": chart.lint(CHART, request["values"], strict=True)}
        with chart.Chart.load(CHART) as loaded:
            objects = loaded.render(request["values"], name=request["name"], namespace=request["namespace"])
            return {"result": objects}
    except errors.HelmError as error:
        return {"error": str(error)}


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(_answer(json.loads(line))), flush=True)
