"""Traces are off unless the environment names a receiver; then OpenTelemetry is not even imported."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Iterator

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

from streams.tracing import opening
from streams.tracing.interface import Tracer
from streams.tracing.opening import close_tracer, open_tracer, wants_traces
from streams.tracing.tracer import OpenTelemetryTracer

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
NOBODY = "http://127.0.0.1:9"  # the port of the discard protocol


@pytest.fixture(autouse=True)
def nothing_is_open(monkeypatch) -> Iterator[None]:
    for name in ("OTEL_SDK_DISABLED", "OTEL_TRACES_EXPORTER", *opening.ENDPOINTS):
        monkeypatch.delenv(name, raising=False)
    close_tracer()
    yield
    close_tracer()


@pytest.mark.parametrize(
    ("variables", "wanted"),
    [
        ({}, False),
        ({ENDPOINT: ""}, False),
        ({ENDPOINT: NOBODY}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": f"{NOBODY}/v1/traces"}, True),
        ({"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": NOBODY}, False),
        ({ENDPOINT: NOBODY, "OTEL_SDK_DISABLED": "true"}, False),
        ({ENDPOINT: NOBODY, "OTEL_SDK_DISABLED": "false"}, True),
        ({ENDPOINT: NOBODY, "OTEL_TRACES_EXPORTER": "none"}, False),
        ({ENDPOINT: NOBODY, "OTEL_TRACES_EXPORTER": "otlp"}, True),
    ],
    ids=str,
)
def test_the_standard_variables_decide(variables, wanted):
    assert wants_traces(variables) is wanted


def test_without_a_receiver_the_tracer_does_nothing():
    assert type(open_tracer()) is Tracer


def test_with_a_receiver_a_process_has_one_tracer(monkeypatch):
    monkeypatch.setenv(ENDPOINT, NOBODY)

    tracer = open_tracer()

    assert isinstance(tracer, OpenTelemetryTracer)
    assert open_tracer("worker-1") is tracer


def test_without_the_extra_there_is_a_warning_and_nothing_else(monkeypatch, caplog):
    monkeypatch.setenv(ENDPOINT, NOBODY)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)

    assert type(open_tracer()) is Tracer
    open_tracer()

    assert [line.message for line in caplog.records] == [
        f"no traces: install wireroom[otel], or unset {ENDPOINT}"
    ]


def test_the_spans_of_a_program_with_a_provider_of_its_own_go_there(monkeypatch):
    provider = TracerProvider(shutdown_on_exit=False)
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: provider)

    assert isinstance(open_tracer(), OpenTelemetryTracer)


def test_a_program_without_traces_does_not_import_opentelemetry():
    program = """
import sys
from producers import publish
from streams.subscribers import subscribe
from streams.tracing.opening import open_tracer, close_tracer
import streams.app
open_tracer().send("news.raw", b"k", b"v", [])
close_tracer()
print([name for name in sys.modules if name.startswith("opentelemetry")])
"""

    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert ran.stdout.strip() == "[]"
