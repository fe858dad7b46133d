"""Spans that were ended, in memory."""

from __future__ import annotations

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from streams.tracing.tracer import OpenTelemetryTracer


@pytest.fixture
def ended() -> InMemorySpanExporter:
    """Return the spans that have ended."""
    return InMemorySpanExporter()


@pytest.fixture
def tracer(ended: InMemorySpanExporter) -> OpenTelemetryTracer:
    """Return a tracer whose spans come to `ended`."""
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(ended))
    return OpenTelemetryTracer(provider)
