"""Faust's worker as we run it: one line if it cannot start, a heartbeat, an end within a limit. No broker."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import faust
import pytest
from aiokafka.errors import KafkaConnectionError, NotLeaderForPartitionError

from streams.worker.faust_overrides import worker as workers
from streams.worker.faust_overrides.worker import WireWorker
from streams.worker.heartbeat import HeartbeatWriter, read_heartbeat


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "wireroom.heartbeat"


@pytest.fixture
def worker(app, path, loop) -> WireWorker:
    return WireWorker(app, broker="desk:9092", heartbeat=HeartbeatWriter(path), loop=loop)


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (KafkaConnectionError(), "no Kafka broker at desk:9092"),
        (NotLeaderForPartitionError(), "the broker at desk:9092 failed: "),
        (OSError("network is down"), "the broker at desk:9092 failed: OSError: network is down"),
    ],
)
def test_a_broker_that_goes_away_while_the_worker_starts_is_one_line(
    worker, loop, monkeypatch, caplog, error, line
):
    async def fail(_worker: object) -> None:
        raise error

    monkeypatch.setattr(faust.Worker, "start", fail)
    assert worker.exit_code == 0

    loop.run_until_complete(worker.start())

    assert worker.exit_code == 1
    (record,) = caplog.records
    assert record.getMessage().startswith(line)
    assert record.exc_info is None


def test_a_worker_whose_delivery_failed_exits_with_1(app, worker):
    app.delivery.failure = ZeroDivisionError()

    assert worker.exit_code == 1


def test_a_worker_that_is_ready_says_so_and_begins_to_beat(worker, path, loop, caplog):
    async def started() -> None:
        await worker.on_startup_finished()
        async with asyncio.timeout(20):
            while not path.exists():
                await asyncio.sleep(0.001)
        worker._stopped.set()
        await worker._gather_futures()  # it stops to beat

    with caplog.at_level("INFO"):
        loop.run_until_complete(started())

    assert [record.getMessage().split(" after ")[0] for record in caplog.records] == ["worker ready"]
    assert caplog.records[0].getMessage().endswith(": cleanup")
    assert (heartbeat := read_heartbeat(path)) is not None
    assert heartbeat.pid == os.getpid()


def test_a_worker_that_cannot_stop_in_order_ends_all_the_same(worker, path, loop, monkeypatch, caplog):
    ended = threading.Event()
    codes: list[int] = []

    def leave(code: int) -> None:
        codes.append(code)
        ended.set()

    async def hang(_signal: signal.Signals) -> None:
        await asyncio.Event().wait()

    async def stop() -> None:
        worker._schedule_shutdown(signal.SIGTERM)
        assert await asyncio.to_thread(ended.wait, 20)
        worker._signal_stop_future.cancel()

    monkeypatch.setattr(workers, "SHUTDOWN_SECONDS", 0.01)
    monkeypatch.setattr(os, "_exit", leave)
    monkeypatch.setattr(logging, "shutdown", lambda: None)
    monkeypatch.setattr(worker, "_stop_on_signal", hang)
    worker._heartbeat.beat(0.0, 0)

    loop.run_until_complete(stop())

    assert codes == [0]
    assert not path.exists()
    assert [record.message for record in caplog.records if record.name == "wireroom.worker"] == [
        "ending without the broker's answer: what is not committed will be read again"
    ]


def test_the_process_is_named_for_the_worker_and_its_group(worker, monkeypatch):
    titles: list[str] = []
    monkeypatch.setattr("faust.worker.setproctitle", titles.append)

    worker._setproctitle("starting")

    assert titles == ["wireroom worker -starting- desk"]
    assert worker._proc_ident() == "desk"


def test_a_worker_does_not_sleep_at_its_end(worker):
    ending = worker._sentinel_task()

    ending.send(None)  # gives way once
    with pytest.raises(StopIteration):
        ending.send(None)
