"""A worker that ends before it reads a record, and its log of errors that nobody awaited. No broker."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaConnectionError
from aiokafka.producer.sender import SendProduceReqHandler

from streams.settings import Settings
from streams.worker.heartbeat import Heartbeat, heartbeat_file, read_heartbeat, write_heartbeat
from streams.worker.run import log_leftover

# The check runs while the models load, and sends the signal.
STOPPED_EARLY = """
import os, signal, sys
from streams.settings import Settings
from streams.app import run_worker
sys.exit(run_worker(Settings(), build_stages=dict, check=lambda: os.kill(os.getpid(), signal.SIGTERM)))
"""


def test_a_worker_that_is_stopped_while_it_starts_exits_with_0_and_prints_nothing():
    ended = subprocess.run([sys.executable, "-c", STOPPED_EARLY], capture_output=True, timeout=60)

    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"", b"")


WITHOUT_CHECK = """
import sys
from streams.app import run_worker
from streams.settings import Settings
settings = Settings(broker=sys.argv[1], security_protocol="PLAINTEXT", instance="a")
sys.exit(run_worker(settings, build_stages=dict))
"""


@pytest.fixture
def dead_address() -> Iterator[str]:
    """An address where nobody can answer: its port is bound, and nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{taken.getsockname()[1]}"


def run_without_broker(address: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", WITHOUT_CHECK, address]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_a_worker_whose_broker_is_gone_when_it_starts_names_it_without_a_traceback(dead_address):
    ended = run_without_broker(dead_address)

    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    last = ended.stderr.splitlines()[-1]
    assert f"no Kafka broker at {dead_address}: start one with `wireroom broker`" in last


WITH_PORT = """
import sys
from streams.cli import main
main(["worker"])
"""


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_a_worker_whose_http_port_is_taken_is_one_line_and_starts_nothing(log_format):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        settings = {"WIREROOM_HTTP": address, "WIREROOM_LOG_FORMAT": log_format}

        ended = subprocess.run(
            [sys.executable, "-c", WITH_PORT],
            capture_output=True,
            text=True,
            timeout=60,
            env={**os.environ, **settings},
        )

    (line,) = ended.stderr.splitlines()
    assert (ended.returncode, ended.stdout) == (1, "")
    assert f"cannot listen on WIREROOM_HTTP={address}: another program has this port" in line


ANSWERS_WHILE_IT_LOADS = """
import sys, urllib.request
from streams.app import run_worker
from streams.settings import Settings
from streams.worker.http_port import HttpPort

ports = []
listen = HttpPort.__init__
def noted(port, address):
    listen(port, address)
    ports.append(port)
HttpPort.__init__ = noted

def check():
    print(urllib.request.urlopen(f"http://{ports[0].addresses[0]}/livez").status)
    try:
        urllib.request.urlopen(f"http://{ports[0].addresses[0]}/readyz")
    except urllib.error.HTTPError as refused:
        print(refused.status)
    raise SystemExit(3)

run_worker(Settings(http="127.0.0.1:0"), build_stages=dict, check=check)
"""


def test_a_worker_that_waits_for_its_broker_is_alive_and_not_ready():
    ended = subprocess.run(
        [sys.executable, "-c", ANSWERS_WHILE_IT_LOADS], capture_output=True, text=True, timeout=60
    )

    assert (ended.returncode, ended.stdout.split()) == (3, ["200", "503"]), ended.stderr


def test_a_worker_that_ends_leaves_the_heartbeat_of_another_that_has_its_instance(
    tmp_path, monkeypatch, dead_address
):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    path = heartbeat_file(Settings().group, "a")
    others = Heartbeat(1.0, os.getpid(), 0, 0.0, delivered=40)
    write_heartbeat(path, others)

    ended = run_without_broker(dead_address)

    assert ended.returncode == 1
    assert read_heartbeat(path) == others


def test_an_error_of_kafka_that_nobody_awaited_is_for_debugging_and_any_other_is_logged_in_full(caplog):
    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(log_leftover)
        for error in (KafkaConnectionError(), ZeroDivisionError()):
            loop.call_exception_handler({"message": "never retrieved", "exception": error})

    with caplog.at_level("INFO"):
        asyncio.run(scenario())

    assert [record.exc_info[0] for record in caplog.records] == [ZeroDivisionError]


def test_the_error_of_a_task_of_the_kafka_client_is_one_line(caplog):
    sender = SimpleNamespace(_retry_backoff=0.1, client=None)

    async def failing() -> None:
        await SendProduceReqHandler(sender, {}).do(1)  # the sender lacks all else

    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(log_leftover)
        tasks = [
            loop.create_task(SendProduceReqHandler(sender, {}).do(1)),
            loop.create_task(failing()),
            loop.create_task(AIOKafkaClient().bootstrap()),
        ]
        await asyncio.wait(tasks[:2])
        for task in tasks[:2]:
            loop.call_exception_handler(
                {"message": "never retrieved", "exception": task.exception(), "future": task}
            )
        loop.call_exception_handler({"message": "destroyed", "task": tasks[2]})
        tasks[2].cancel()

    with caplog.at_level("INFO"):
        asyncio.run(scenario())

    clients, ours = caplog.records
    assert (clients.levelname, clients.exc_info) == ("WARNING", None)
    assert clients.why.startswith("AttributeError")
    assert ours.exc_info
