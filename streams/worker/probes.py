"""/livez and /readyz of a worker, and the question that `wireroom health` asks.

Light to import, because a health check runs all the time.
"""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from streams.host_port import Address

if TYPE_CHECKING:
    from streams.worker.watch import Check

LIVEZ, READYZ, METRICS = "/livez", "/readyz", "/metrics"

ANSWER_SECONDS = 3.0
LONGEST_ANSWER = 100_000  # bytes


class WorkerStatus(NamedTuple):
    """What a worker says about itself."""

    pid: int
    group: str
    instance: str | None
    silent_seconds: float  # how long its event loop has not turned
    busy_seconds: float  # how long the slowest lane has had its batch in hand
    delivered: int  # records committed since the start


def probe_body(status: WorkerStatus, checks: Mapping[str, Check]) -> tuple[bool, dict[str, Any]]:
    """Return if all `checks` pass, and the JSON object that says so: with why, and the `status`."""
    passes = all(check.ok for check in checks.values())
    reasons = [check.why for check in checks.values() if check.ok is passes]
    return passes, {
        "ok": passes,
        "why": "; ".join(reasons),
        "checks": {name: check._asdict() for name, check in checks.items()},
        **status._asdict(),
    }


def ask(address: Address) -> tuple[WorkerStatus, dict[str, str]] | None:
    """Ask the worker at `address` for its status, and for the reason of each check that fails.

    Return None if no worker answers there.
    """
    connection = http.client.HTTPConnection(*address.here, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", READYZ, headers={"Accept": "application/json"})
        answer = json.loads(_body(connection.getresponse()))
        failing = {name: str(check["why"]) for name, check in answer["checks"].items() if not check["ok"]}
        return WorkerStatus(**{field: answer[field] for field in WorkerStatus._fields}), failing
    except (OSError, http.client.HTTPException, ValueError, TypeError, KeyError, AttributeError):
        return None
    finally:
        connection.close()


def _body(response: http.client.HTTPResponse) -> bytes:
    """Return the body of `response`; raises TimeoutError or ValueError if it is too slow or too long."""
    deadline = time.monotonic() + ANSWER_SECONDS  # the timeout of the connection is for each piece
    body = b""
    while piece := response.read1(LONGEST_ANSWER):
        body += piece
        if time.monotonic() > deadline:
            raise TimeoutError
        if len(body) > LONGEST_ANSWER:
            raise ValueError(f"more than {LONGEST_ANSWER:,} bytes")
    return body
