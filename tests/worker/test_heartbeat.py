"""A worker's heartbeat file; tests/cli/commands/test_health.py has `wireroom health` on top of it."""

from __future__ import annotations

import os

from streams.worker.heartbeat import (
    Heartbeat,
    HeartbeatWriter,
    process_began,
    read_heartbeat,
    write_heartbeat,
)


def test_a_heartbeat_tells_the_process_the_time_of_its_batch_and_its_count(tmp_path):
    path = tmp_path / "wireroom.heartbeat"

    HeartbeatWriter(path).beat(1.5, 40)

    heartbeat = read_heartbeat(path)
    assert heartbeat is not None
    assert (heartbeat.pid, heartbeat.busy_seconds, heartbeat.delivered) == (os.getpid(), 1.5, 40)
    assert heartbeat.began == process_began(os.getpid())
    assert heartbeat.is_of_a_running_process


def test_a_worker_that_cannot_write_its_heartbeat_warns_once_until_it_can_again(tmp_path, caplog):
    path = tmp_path / "later" / "wireroom.heartbeat"
    writer = HeartbeatWriter(path)

    for delivered in range(3):
        writer.beat(0.0, delivered)
    assert [record.message.split(",")[0] for record in caplog.records] == ["cannot write the heartbeat"]

    path.parent.mkdir()
    writer.beat(0.0, 7)
    assert (heartbeat := read_heartbeat(path)) is not None
    assert heartbeat.delivered == 7

    path.unlink()
    path.parent.rmdir()
    writer.beat(0.0, 8)
    assert len(caplog.records) == 2


def test_a_worker_that_ends_removes_its_own_heartbeat_and_no_other(tmp_path):
    path = tmp_path / "wireroom.heartbeat"
    others = Heartbeat(1.0, os.getppid(), 0, 0.0, delivered=40)
    write_heartbeat(path, others)
    writer = HeartbeatWriter(path)

    writer.remove()
    assert read_heartbeat(path) == others

    writer.beat(0.0, 7)
    writer.remove()
    assert not path.exists()
