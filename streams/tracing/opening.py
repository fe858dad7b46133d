"""Decides if this process makes traces: the OTEL_* variables name a receiver, and the extra is installed."""

from __future__ import annotations

import importlib.util
import logging
import os
import sys
import threading
from collections.abc import Mapping
from typing import Any

from streams.tracing.interface import Tracer

log = logging.getLogger("wireroom.tracing")

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
NEEDED = ("opentelemetry.sdk.trace", "opentelemetry.exporter.otlp.proto.http")

_lock = threading.Lock()
_opened: Tracer | None = None  # of this process


def open_tracer(instance: str | None = None) -> Tracer:
    """Return the tracer of this process, which does nothing where traces are off.

    The spans of a program that has set a tracer provider of its own go there. Otherwise they are sent to the
    receiver that the environment names, with `instance` as the name of this process.
    """
    global _opened
    if (provider := _provider_of_program()) is not None:
        from streams.tracing.tracer import OpenTelemetryTracer

        return OpenTelemetryTracer(provider)
    with _lock:
        if _opened is None:
            _opened = _open(instance) if wants_traces(os.environ) else Tracer()
        return _opened


def close_tracer() -> None:
    """Send the spans that wait, for two seconds at most; the next `open_tracer` opens a new tracer."""
    global _opened
    with _lock:
        tracer, _opened = _opened, None
    if tracer is not None:
        tracer.close()


def wants_traces(environment: Mapping[str, str]) -> bool:
    """Return True if `environment` names a receiver of traces and does not switch them off."""
    is_off = (
        environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
        or environment.get("OTEL_TRACES_EXPORTER", "").strip().lower() == "none"
    )
    return not is_off and any(environment.get(name, "").strip() for name in ENDPOINTS)


def _open(instance: str | None) -> Tracer:
    if not _is_installed():
        named = " and ".join(name for name in ENDPOINTS if os.environ.get(name, "").strip())
        log.warning("no traces: install wireroom[otel], or unset %s", named)
        return Tracer()
    from streams.tracing.exporting import open_provider
    from streams.tracing.tracer import OpenTelemetryTracer

    provider = open_provider(instance)
    return OpenTelemetryTracer(provider) if provider is not None else Tracer()


def _provider_of_program() -> Any:
    """Return the tracer provider that the program around us has set, or None; import nothing for it."""
    loaded = sys.modules.get("opentelemetry.trace")
    sdk = sys.modules.get("opentelemetry.sdk.trace")
    if loaded is None or sdk is None:
        return None
    provider = loaded.get_tracer_provider()
    return provider if isinstance(provider, sdk.TracerProvider) else None


def _is_installed() -> bool:
    try:
        return all(importlib.util.find_spec(name) is not None for name in NEEDED)
    except ModuleNotFoundError:
        return False
