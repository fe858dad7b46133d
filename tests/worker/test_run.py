"""A worker that is told to stop before it has begun."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from types import SimpleNamespace

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaConnectionError
from aiokafka.producer.sender import SendProduceReqHandler

from streams.settings import Settings
from streams.worker.heartbeat import Heartbeat, heartbeat_file, read_heartbeat, write_heartbeat
from streams.worker.run import log_leftover

# The signal comes while the models load, from the check that runs beside it.
STOPPED_EARLY = """
import os, signal, sys
from streams.settings import Settings
from streams.app import run_worker
sys.exit(run_worker(Settings(), build_stages=dict, check=lambda: os.kill(os.getpid(), signal.SIGTERM)))
"""


def test_a_worker_stopped_while_it_starts_exits_with_0_and_says_nothing() -> None:
    ended = subprocess.run([sys.executable, "-c", STOPPED_EARLY], capture_output=True, timeout=60)

    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"", b"")


BEGUN_WITHOUT = """
import sys
from streams.settings import Settings
from streams.app import run_worker
sys.exit(run_worker(Settings(broker=sys.argv[1]), build_stages=dict))
"""


def test_a_worker_whose_broker_goes_away_before_it_begins_names_it_without_a_traceback() -> None:
    with socket.socket() as taken:  # bound and not listening: nobody else can answer here
        taken.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        ended = subprocess.run(
            [sys.executable, "-c", BEGUN_WITHOUT, address], capture_output=True, text=True, timeout=60
        )

    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert f"no Kafka broker at {address}: start one with `wireroom broker`" in ended.stderr.splitlines()[-1]


def test_a_worker_that_ends_leaves_the_heartbeat_of_another_that_has_its_instance(
    tmp_path, monkeypatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("WIREROOM_INSTANCE", "a")
    path = heartbeat_file(Settings().group, "a")
    others = Heartbeat(1.0, os.getpid(), 0, 0.0, delivered=40)
    write_heartbeat(path, others)

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        ended = subprocess.run(
            [sys.executable, "-c", BEGUN_WITHOUT, address], capture_output=True, timeout=60
        )

    assert ended.returncode == 1
    assert read_heartbeat(path) == others


TWO_LOGGERS = """
import logging
from streams.logs import configure_logging
configure_logging("INFO")
for name in ("wireroom.delivery", "streams.worker.faust_overrides.transport"):
    logging.getLogger(name).info("told by %s", name)
"""


def test_a_worker_tells_its_outcomes_and_not_what_faust_says_of_our_classes() -> None:
    ended = subprocess.run([sys.executable, "-c", TWO_LOGGERS], capture_output=True, text=True, timeout=60)

    assert ended.returncode == 0
    assert "told by wireroom.delivery" in ended.stderr
    assert "streams.worker.faust_overrides.transport" not in ended.stderr


def test_what_the_kafka_client_leaves_behind_is_for_debugging_and_all_else_is_told(caplog) -> None:
    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(log_leftover)
        for error in (KafkaConnectionError(), ZeroDivisionError()):
            loop.call_exception_handler({"message": "never retrieved", "exception": error})

    with caplog.at_level("INFO"):
        asyncio.run(scenario())

    assert [record.exc_info[0] for record in caplog.records] == [ZeroDivisionError]


def test_what_a_task_of_the_kafka_client_leaves_behind_is_one_line(caplog) -> None:
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
