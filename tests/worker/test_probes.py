"""/livez, /readyz and /metrics of a worker, and what `wireroom health` makes of an answer."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from streams.host_port import Address
from streams.worker import probes
from streams.worker.endpoints import Answer, Endpoints
from streams.worker.http_port import HttpPort
from streams.worker.metrics.meter import CountingMeter
from streams.worker.probes import ask
from tests.worker.test_watch import A, Desk


@pytest.fixture
def desk() -> Desk:
    return Desk()


def endpoints(desk: Desk) -> dict[str, Any]:
    return dict(Endpoints(CountingMeter(["cleanup"]), desk.watch()).by_path())


@pytest.fixture
def serve() -> Iterator[Any]:
    """Returns `serve(endpoints)`, which answers with them and returns where."""
    ports: list[HttpPort] = []

    def start(answers: dict[str, Any]) -> Address:
        ports.append(HttpPort(Address("127.0.0.1", 0)))
        ports[-1].start(answers)
        return ports[-1].addresses[0]

    yield start
    for port in ports:
        port.close()


def body(answer: Answer) -> dict[str, Any]:
    assert answer.content_type == "application/json"
    read: dict[str, Any] = json.loads(answer.body)
    return read


def test_a_worker_that_is_well_is_alive_and_ready(desk):
    answers = endpoints(desk)

    alive, ready = answers["/livez"](""), answers["/readyz"]("")

    assert (alive.status, ready.status) == (200, 200)
    assert body(alive)["ok"] is body(ready)["ok"] is True
    assert body(ready)["checks"]["partitions"] == {"ok": True, "why": "reads 1 partition"}
    assert body(ready)["why"].startswith("the worker is starting; the models are loaded; ")


def test_a_worker_whose_broker_is_away_says_why_it_is_not_ready(desk):
    desk.cluster.trouble = "news.raw-0 has no leader"
    answers = endpoints(desk)

    alive, ready = answers["/livez"](""), answers["/readyz"]("")

    assert (alive.status, ready.status) == (200, 503)
    assert body(ready)["ok"] is False
    assert body(ready)["why"] == "no commits until the cluster is stable: news.raw-0 has no leader"


def test_metrics_are_written_for_who_asks(desk):
    metrics = endpoints(desk)["/metrics"]

    assert metrics("").content_type.startswith("text/plain")
    assert metrics("application/openmetrics-text").content_type.startswith("application/openmetrics-text")
    assert b"wireroom_ready{" in metrics("").body


def test_health_learns_who_answers_and_what_fails(desk, serve):
    desk.cluster.trouble = "news.raw-0 has no leader"
    desk.delivery.in_hand = [("cleanup", A, 0.0)]
    address = serve(endpoints(desk))

    answer = ask(address)

    assert answer is not None
    status, failing = answer
    assert (status.pid, status.group, status.instance, status.delivered) == (os.getpid(), "desk", "w1", 40)
    assert status.busy_seconds > 0
    assert set(failing) == {"broker", "batches"}


@pytest.mark.parametrize(
    "answer",
    [b"", b"ok", b"[]", b"null", b"{}", b'{"checks": []}', b'{"checks": {"loop": {"ok": false}}}', b"\xff{"],
)
def test_a_program_that_is_no_worker_is_no_answer(serve, answer):
    address = serve({"/readyz": lambda _accept: Answer(200, "application/json", answer)})

    assert ask(address) is None


def test_nobody_is_no_answer():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))

        assert ask(Address(*taken.getsockname())) is None


def test_a_worker_that_accepts_and_says_nothing_is_no_answer(monkeypatch):
    monkeypatch.setattr(probes, "ANSWER_SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert ask(Address(*silent.getsockname())) is None


def test_a_program_that_answers_in_drops_is_no_answer(monkeypatch):
    monkeypatch.setattr(probes, "ANSWER_SECONDS", 0.3)
    over = threading.Event()

    def drip(listening: socket.socket) -> None:
        client, _ = listening.accept()
        with client:
            client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            while not over.wait(0.01):
                client.sendall(b" ")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=drip, args=(listening,))
        thread.start()
        try:
            assert ask(Address(*listening.getsockname())) is None
        finally:
            over.set()
            thread.join()
