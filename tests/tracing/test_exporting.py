"""Spans are sent in the background; a receiver that is slow or away costs spans, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from streams.tracing import exporting
from streams.tracing.exporting import SpanQueue, open_provider, resource_of
from tests.fakes.otlp import Receiver, receiving

DEADLINE = 20.0


class Exporter(SpanExporter):
    """Takes batches while its `gate` is open. Gives its `answers` one by one, and then success."""

    def __init__(self, *answers: SpanExportResult | Exception) -> None:
        self.answers = list(answers)
        self.batches: list[int] = []
        self.gate = threading.Event()
        self.gate.set()
        self.came = threading.Semaphore(0)  # released with each batch that came
        self.is_shut = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.came.release()
        self.gate.wait(DEADLINE)
        self.batches.append(len(spans))
        answer = self.answers.pop(0) if self.answers else SpanExportResult.SUCCESS
        if isinstance(answer, Exception):
            raise answer
        return answer

    def shutdown(self) -> None:
        self.is_shut = True
        self.gate.set()


class Queued:
    """A queue with a tracer that feeds it."""

    def __init__(
        self, exporter: Exporter, *, size: int = 100, batch: int = 10, delay: float = 1000.0
    ) -> None:
        self.queue = SpanQueue(exporter, size=size, batch=batch, delay=delay)
        provider = TracerProvider(shutdown_on_exit=False)
        provider.add_span_processor(self.queue)
        self._tracer = provider.get_tracer("test")

    def end(self, count: int) -> None:
        for _ in range(count):
            self._tracer.start_span("work").end()


FAILED, SENT = SpanExportResult.FAILURE, SpanExportResult.SUCCESS


def test_spans_are_sent_once_there_is_a_batch():
    exporter = Exporter()
    queued = Queued(exporter)

    queued.end(10)

    assert exporter.came.acquire(timeout=DEADLINE)


def test_spans_are_sent_after_a_delay():
    exporter = Exporter()
    queued = Queued(exporter, delay=0.01)

    queued.end(1)

    assert exporter.came.acquire(timeout=DEADLINE)


def test_all_that_waits_is_sent_at_the_end():
    exporter = Exporter()
    queued = Queued(exporter)
    queued.end(25)

    queued.queue.shutdown()
    queued.queue.shutdown()

    assert (sum(exporter.batches), queued.queue.lost, exporter.is_shut) == (25, 0, True)


def test_a_flush_waits_for_what_was_queued():
    exporter = Exporter()
    queued = Queued(exporter)
    queued.end(3)

    assert queued.queue.force_flush()
    assert exporter.batches == [3]


def test_spans_beyond_the_limit_are_lost_and_counted_without_waiting(caplog):
    exporter = Exporter()
    exporter.gate.clear()  # the receiver does not answer
    queued = Queued(exporter, size=20)
    queued.end(10)
    assert exporter.came.acquire(timeout=DEADLINE)  # these are in its hands

    queued.end(25)

    assert queued.queue.lost == 5
    assert [line.message for line in caplog.records] == ["spans are lost; articles pass all the same"]
    exporter.gate.set()


@pytest.mark.parametrize("answer", [FAILED, ValueError("no such host")], ids=str)
def test_a_receiver_that_fails_is_reported_once_and_again_when_it_works(caplog, answer):
    exporter = Exporter(answer, answer, SENT)
    queued = Queued(exporter)

    with caplog.at_level("INFO"):
        for _ in range(4):
            queued.end(10)
            assert queued.queue.force_flush()

    assert queued.queue.lost == 20
    assert [line.message for line in caplog.records] == [
        "spans are lost; articles pass all the same",
        "spans reach their receiver again",
    ]


def test_the_end_does_not_wait_for_a_receiver_that_hangs(caplog, monkeypatch):
    monkeypatch.setattr(exporting, "CLOSE_SECONDS", 0.05)
    exporter = Exporter()
    exporter.gate.clear()
    exporter.shutdown = lambda: None  # type: ignore[method-assign]
    queued = Queued(exporter)
    queued.end(10)
    assert exporter.came.acquire(timeout=DEADLINE)
    queued.end(7)

    queued.queue.shutdown()

    assert exporter.batches == []
    assert queued.queue.lost == 7
    assert caplog.records[-1].message == "7 spans were lost since the start"
    exporter.gate.set()


@pytest.fixture
def receiver(monkeypatch) -> Iterator[Receiver]:
    with receiving() as receiver:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.endpoint)
        yield receiver


def test_a_real_receiver_gets_the_spans_and_what_the_process_is(receiver):
    provider = open_provider("worker-1")
    assert provider is not None
    provider.get_tracer("test").start_span("work").end()

    provider.shutdown()

    (span,) = receiver.spans
    assert (span.name, span.resource["service.name"]) == ("work", "wireroom")
    assert span.resource["service.instance.id"] == "worker-1"


@pytest.mark.parametrize("name", ["OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES"])
def test_the_variables_of_opentelemetry_win_over_our_names(monkeypatch, name):
    monkeypatch.setenv(name, "desk" if name == "OTEL_SERVICE_NAME" else "service.name=desk")

    assert resource_of(None).attributes["service.name"] == "desk"


@pytest.mark.parametrize(
    "variables",
    [{"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, {"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/json"}],
    ids=str,
)
def test_a_protocol_that_we_do_not_speak_switches_traces_off_with_a_reason(
    receiver, monkeypatch, caplog, variables
):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert open_provider(None) is None
    (line,) = caplog.records
    assert "set it to http/protobuf" in line.message


@pytest.mark.parametrize("text", ["many", "-1", "0", ""])
def test_a_size_that_is_not_a_number_leaves_the_default(receiver, monkeypatch, text):
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", text)

    provider = open_provider(None)

    assert provider is not None
    provider.shutdown()


def test_a_receiver_that_refuses_is_one_line_in_the_log_of_a_program_that_sets_no_levels(receiver):
    receiver.busy = True
    program = """
from streams.tracing.opening import open_tracer, close_tracer
open_tracer().send("news.raw", b"k", b"v", []).acknowledged(0, 0)
close_tracer()
"""

    ran = subprocess.run(
        [sys.executable, "-c", program],
        env={
            **os.environ,
            "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.endpoint,
            "OTEL_EXPORTER_OTLP_TIMEOUT": "1",
        },
        capture_output=True,
        text=True,
        check=True,
    )

    assert ran.stderr.splitlines() == [
        "spans are lost; articles pass all the same",
        "1 span was lost since the start",
    ]
    assert receiver.spans == []
