"""`wireroom health`: alive and moving, or one line that says what is wrong."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from click.testing import CliRunner

from streams.cli import main
from streams.pulse import Pulse, pulse_file, read_pulse, write_pulse
from streams.settings import Settings


@pytest.fixture
def health(tmp_path, monkeypatch):
    """Runs `wireroom health` where the worker's last pulse is so old and its batch has taken so long."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))

    def check(age: float, busy_seconds: float):
        pulse = Pulse(time.time() - age, 7, busy_seconds, delivered=40)
        write_pulse(pulse_file(Settings()), pulse)
        return CliRunner().invoke(main, ["health"])

    return check


def test_a_worker_that_moves_is_well(health):
    result = health(age=0, busy_seconds=1.5)

    assert result.exit_code == 0
    assert result.output == "worker 7 is well: 40 records delivered\n"


def test_a_worker_that_writes_no_pulse_any_more_is_not_well(health):
    result = health(age=60, busy_seconds=0)

    assert result.exit_code == 1
    assert "worker 7 has been silent for 6" in result.output


def test_a_worker_that_cannot_finish_its_batch_is_not_well(health):
    result = health(age=0, busy_seconds=300)

    assert result.exit_code == 1
    assert "worker 7 has been stuck in one batch for 300 s" in result.output


@pytest.mark.parametrize("pulse", [None, "", "{", "[1, 2]"])
def test_a_pulse_that_is_missing_or_broken_tells_of_no_worker(tmp_path, monkeypatch, pulse):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    if pulse is not None:
        pulse_file(Settings()).write_text(pulse)

    result = CliRunner().invoke(main, ["health"])

    assert result.exit_code == 1
    assert "no worker has written a pulse" in result.output


def test_workers_without_a_name_write_one_file_and_do_not_trip_over_each_other(tmp_path):
    path = tmp_path / "wireroom-worker.pulse"

    def beat(pid: int) -> None:
        for _ in range(500):
            write_pulse(path, Pulse(1.0, pid, 0.0, 40))

    with ThreadPoolExecutor() as pool:
        list(pool.map(beat, (7, 8)))

    assert read_pulse(path) in {Pulse(1.0, pid, 0.0, 40) for pid in (7, 8)}
    assert list(tmp_path.iterdir()) == [path]
