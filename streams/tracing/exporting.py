"""Sends the spans of a process to the receiver that the OTEL_EXPORTER_OTLP_* variables name.

A receiver that is slow or away holds nothing up: spans wait in a queue with a limit, whatever does not fit or
cannot be sent is lost and counted, and the end of a process waits for two seconds at most. The batch
processor of OpenTelemetry's SDK waits up to thirty, and does not tell how many spans it lost.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
from collections import deque
from collections.abc import Mapping, Sequence

from opentelemetry.sdk.environment_variables import (
    OTEL_BSP_MAX_EXPORT_BATCH_SIZE,
    OTEL_BSP_MAX_QUEUE_SIZE,
    OTEL_BSP_SCHEDULE_DELAY,
    OTEL_EXPORTER_OTLP_PROTOCOL,
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL,
    OTEL_SPAN_LINK_COUNT_LIMIT,
)
from opentelemetry.sdk.resources import SERVICE_INSTANCE_ID, SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from streams.wording import plural

log = logging.getLogger("wireroom.tracing")

QUEUE_SPANS = 8192  # a worker with many lanes ends thousands of spans at once
BATCH_SPANS = 512
DELAY_SECONDS = 5.0
CLOSE_SECONDS = 2.0
MOST_LINKS = 10_000  # of a transaction; the default of the SDK is 128
PROTOCOL = "http/protobuf"


class SpanQueue(SpanProcessor):
    """Sends ended spans in batches in a thread of its own, and counts those that are lost in `lost`.

    It holds `size` spans at most, and sends them once there are `batch` or `delay` seconds have passed.
    """

    def __init__(self, exporter: SpanExporter, *, size: int, batch: int, delay: float) -> None:
        self.lost = 0
        self._exporter = exporter
        self._size = size
        self._batch = min(batch, size)
        self._delay = delay
        self._closing = False
        self._is_losing = False
        self._start()
        os.register_at_fork(after_in_child=self._start)  # threads do not survive a fork

    def on_end(self, span: ReadableSpan) -> None:
        """Queue `span` if it is sampled; never waits."""
        if span.context is None or not span.context.trace_flags.sampled:
            return
        with self._changed:
            fits = len(self._spans) < self._size and not self._closing
            if fits:
                self._spans.append(span)
                if len(self._spans) >= self._batch:
                    self._changed.notify()
        if not fits:
            self._lose(1, "too many wait")

    def shutdown(self) -> None:
        """Send the spans that wait, for `CLOSE_SECONDS` at most."""
        with self._changed:
            if self._closing:
                return
            self._closing = True
            self._changed.notify()
        self._thread.join(CLOSE_SECONDS)
        self._exporter.shutdown()  # ends the tries to send the batch in hand
        self._thread.join(CLOSE_SECONDS / 4)
        self.lost += len(self._spans)
        if self.lost:
            was = "was" if self.lost == 1 else "were"
            log.warning("%s %s lost since the start", plural(self.lost, "span"), was)

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Wait until the spans that wait now are sent or lost; return False after `timeout_millis`."""
        with self._changed:
            self._hurry = True
            self._changed.notify()
            return self._changed.wait_for(lambda: not self._hurry, timeout_millis / 1000)

    def _start(self) -> None:
        self._changed = threading.Condition()
        self._spans: deque[ReadableSpan] = deque()
        self._hurry = False
        self._thread = threading.Thread(target=self._run, name="wireroom spans", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(self._is_due, self._delay)
                batch = [self._spans.popleft() for _ in range(min(self._batch, len(self._spans)))]
                if not batch:
                    self._hurry = False
                    self._changed.notify_all()
                    if self._closing:
                        return
                    continue
            self._send(batch)

    def _is_due(self) -> bool:
        return self._closing or self._hurry or len(self._spans) >= self._batch

    def _send(self, batch: Sequence[ReadableSpan]) -> None:
        try:
            result = self._exporter.export(batch)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with the receiver, articles pass
            self._lose(len(batch), repr(error))
            return
        if result is not SpanExportResult.SUCCESS:
            self._lose(len(batch), "the receiver did not take them")
        elif self._is_losing:
            self._is_losing = False
            log.info("spans reach their receiver again", extra={"lost": self.lost})

    def _lose(self, spans: int, why: str) -> None:
        """Count lost `spans`, and warn of the first until some are sent again."""
        self.lost += spans
        if not self._is_losing:
            self._is_losing = True
            log.warning("spans are lost; articles pass all the same", extra={"why": why})


def open_provider(instance: str | None) -> TracerProvider | None:
    """Return a provider of tracers whose spans are sent, or None where they cannot be.

    Everything but the defaults is read from the OTEL_* variables. `instance` names this process.
    """
    exporter = _open_exporter(os.environ)
    if exporter is None:
        return None
    provider = TracerProvider(
        resource=resource_of(instance),
        span_limits=SpanLimits(max_links=None if OTEL_SPAN_LINK_COUNT_LIMIT in os.environ else MOST_LINKS),
        shutdown_on_exit=False,
    )
    provider.add_span_processor(
        SpanQueue(
            exporter,
            size=_number(os.environ, OTEL_BSP_MAX_QUEUE_SIZE, QUEUE_SPANS),
            batch=_number(os.environ, OTEL_BSP_MAX_EXPORT_BATCH_SIZE, BATCH_SPANS),
            delay=_number(os.environ, OTEL_BSP_SCHEDULE_DELAY, int(DELAY_SECONDS * 1000)) / 1000,
        )
    )
    atexit.register(provider.shutdown)
    return provider


def resource_of(instance: str | None) -> Resource:
    """Return what the spans of this process say about it; OTEL_* variables win over our defaults."""
    from streams import __version__

    ours = {SERVICE_NAME: "wireroom", SERVICE_VERSION: __version__}
    if instance is not None:
        ours[SERVICE_INSTANCE_ID] = instance
    found = Resource.create()
    is_named = not str(found.attributes[SERVICE_NAME]).startswith("unknown_service")
    taken = {SERVICE_NAME} if is_named else set()
    taken |= {SERVICE_VERSION} & set(found.attributes)
    return found.merge(Resource({name: value for name, value in ours.items() if name not in taken}))


def _open_exporter(environment: Mapping[str, str]) -> SpanExporter | None:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    named = environment.get(OTEL_EXPORTER_OTLP_TRACES_PROTOCOL) or environment.get(
        OTEL_EXPORTER_OTLP_PROTOCOL
    )
    if named and named.strip() != PROTOCOL:
        log.warning("no traces: OTEL_EXPORTER_OTLP_PROTOCOL is %s; set it to %s", named, PROTOCOL)
        return None
    if (library := logging.getLogger(OTLPSpanExporter.__module__)).level == logging.NOTSET:
        library.setLevel(logging.CRITICAL)  # it reports every try; the queue reports the first loss
    try:
        return OTLPSpanExporter()
    except Exception as error:  # noqa: BLE001 - such as a certificate that cannot be read
        log.warning("no traces: the OTEL_EXPORTER_OTLP_* variables are wrong: %s", error)
        return None


def _number(environment: Mapping[str, str], name: str, default: int) -> int:
    """Return the positive number in the variable `name`; `default` if there is none."""
    text = environment.get(name, "").strip()
    return int(text) if text.isascii() and text.isdigit() and int(text) else default
