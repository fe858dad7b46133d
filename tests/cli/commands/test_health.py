"""`wireroom health`: the workers make progress, or one line says what is wrong."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from streams.cli import main
from streams.host_port import Address
from streams.settings import Settings
from streams.worker.endpoints import Answer
from streams.worker.heartbeat import (
    Heartbeat,
    heartbeat_file,
    process_began,
    read_heartbeat,
    remove_heartbeat,
    write_heartbeat,
)
from streams.worker.http_port import HttpPort
from streams.worker.probes import WorkerStatus, probe_body
from streams.worker.watch import Check


class Stand:
    """A process that stands for a worker: it lives until it is killed, and the test writes its heartbeats."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self._process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
        self.pid = self._process.pid
        self.began = process_began(self.pid)

    def file(self, **settings: str) -> Path:
        """Return the file that a worker with this pid writes."""
        with self._monkeypatch.context() as patch:
            patch.setattr("os.getpid", lambda: self.pid)
            named = Settings(**settings)
            return heartbeat_file(named.group, named.instance)

    def beat(self, *, age: float = 0, busy_seconds: float = 0, **settings: str) -> Path:
        """Write the heartbeat of a worker with this pid from `age` seconds ago, and return its file."""
        path = self.file(**settings)
        write_heartbeat(
            path, Heartbeat(time.time() - age, self.pid, self.began or 0, busy_seconds, delivered=40)
        )
        return path

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()


@pytest.fixture
def worker(tmp_path, monkeypatch) -> Iterator[Callable[[], Stand]]:
    """Starts the process of a worker on a machine of the test's own."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    started: list[Stand] = []

    def start() -> Stand:
        started.append(Stand(monkeypatch))
        return started[-1]

    yield start
    for stand in started:
        stand.kill()


def pid_in(path: Path) -> int | None:
    heartbeat = read_heartbeat(path)
    return heartbeat.pid if heartbeat else None


def health(**environment: str) -> Result:
    return CliRunner(env=environment).invoke(main, ["health"])


def test_a_worker_that_makes_progress_is_well(worker):
    process = worker()
    process.beat(busy_seconds=1.5)

    result = health()

    assert result.exit_code == 0
    assert result.output == f"worker {process.pid} is well: 40 records delivered\n"


def test_a_worker_that_has_stopped_writing_heartbeats_is_not_well(worker):
    process = worker()
    process.beat(age=60)

    result = health()

    assert result.exit_code == 1
    assert f"worker {process.pid} has been silent for 6" in result.output


def test_a_worker_that_cannot_finish_its_batch_is_not_well(worker):
    process = worker()
    process.beat(busy_seconds=300)

    result = health()

    assert result.exit_code == 1
    assert f"worker {process.pid} has been stuck in one batch for 300 s" in result.output


@pytest.mark.parametrize("ill", [{"age": 60}, {"busy_seconds": 300}], ids=["silent", "stuck"])
def test_a_worker_that_is_not_well_is_named_beside_one_that_is(worker, ill):
    hung, well = worker(), worker()
    hung.beat(**ill)
    well.beat()

    result = health()

    assert result.exit_code == 1
    assert f"worker {hung.pid} has been" in result.output
    assert str(well.pid) not in result.output


def test_a_worker_that_stops_leaves_the_heartbeat_of_the_others(worker):
    first, second = worker(), worker()
    first.beat()
    second.beat()

    remove_heartbeat(first.file(), first.pid)

    result = health()
    assert result.output == f"worker {second.pid} is well: 40 records delivered\n"


def test_the_heartbeat_of_a_killed_worker_is_removed_while_others_run(worker):
    killed, well = worker(), worker()
    left = killed.beat()
    well.beat()
    killed.kill()

    result = health()

    assert result.exit_code == 0
    assert result.output == f"worker {well.pid} is well: 40 records delivered\n"
    assert not left.exists()


@pytest.mark.parametrize("settings", [{}, {"instance": "a"}], ids=["unnamed", "named"])
def test_a_killed_worker_is_reported_if_no_other_runs(worker, monkeypatch, settings):
    monkeypatch.setenv("WIREROOM_INSTANCE", settings.get("instance", ""))
    killed = worker()
    killed.beat(**settings)
    killed.kill()

    result = health()

    assert result.exit_code == 1
    assert f"worker {killed.pid} is not running any more; restart it" in result.output


def test_a_worker_restarted_in_its_container_takes_over_the_file_of_the_one_that_had_its_pid(worker):
    restarted = worker()
    if not restarted.began:
        pytest.skip("this system does not tell when a process began")
    before = Heartbeat(time.time(), restarted.pid, restarted.began - 1, 0.0, delivered=7)
    write_heartbeat(restarted.file(), before)

    early = health()
    restarted.beat()
    later = health()

    assert f"worker {restarted.pid} is not running any more" in early.output
    assert later.output == f"worker {restarted.pid} is well: 40 records delivered\n"


@pytest.mark.parametrize("group", ["wire/room", "..", "a*", "Länder [7]", "long" * 60])
@pytest.mark.parametrize("instance", ["", "host/1", "*", "long" * 60])
def test_groups_and_instances_may_be_any_text(worker, group, instance):
    process = worker()
    process.beat(group=group, instance=instance)

    result = health(WIREROOM_GROUP=group, WIREROOM_INSTANCE=instance)

    assert result.output == f"worker {process.pid} is well: 40 records delivered\n"


@pytest.mark.parametrize(
    ("group", "other"),
    [
        ({"group": "wire"}, {"group": "wire-room"}),
        ({"group": "wire"}, {"group": "wire+room"}),
        ({"group": "wire"}, {"group": "wire", "instance": "room"}),
        ({"group": "wire", "instance": "a"}, {"group": "wire", "instance": "ab"}),
        ({"group": "long" * 60}, {"group": "long" * 60 + "er"}),
    ],
)
def test_health_checks_only_the_workers_of_its_own_group_and_name(worker, group, other):
    well, silent = worker(), worker()
    well.beat(**group)
    silent.beat(age=60, **other)

    ours, theirs = (
        health(WIREROOM_GROUP=names["group"], WIREROOM_INSTANCE=names.get("instance", ""))
        for names in (group, other)
    )

    assert ours.output == f"worker {well.pid} is well: 40 records delivered\n"
    assert f"worker {silent.pid} has been silent" in theirs.output


def test_of_two_workers_that_claim_one_instance_the_later_keeps_the_file(worker):
    earlier, later = worker(), worker()
    if not earlier.began:
        pytest.skip("this system does not tell when a process began")
    earlier.began -= 1  # two processes may begin within one tick
    earlier.beat(instance="a")
    path = later.beat(instance="a")

    earlier.beat(instance="a")
    remove_heartbeat(path, earlier.pid)

    assert pid_in(path) == later.pid


def test_an_instance_that_a_killed_worker_claimed_is_free_for_another(worker):
    lives, killed = worker(), worker()
    killed.beat(instance="a")
    killed.kill()

    path = lives.beat(instance="a")

    assert pid_in(path) == lives.pid


# By HTTP


class FakeStatus:
    """Answers as a worker does whose port is asked for its readiness."""

    def __init__(self) -> None:
        self.port = HttpPort(Address("127.0.0.1", 0))
        self.status = WorkerStatus(4711, "ambient", None, 0.0, 1.5, 40)
        self.checks = {
            name: Check(True, "") for name in ("loop", "models", "partitions", "broker", "batches")
        }
        self.port.start({"/readyz": self.answer})

    @property
    def address(self) -> str:
        return str(self.port.addresses[0])

    def fails(self, check: str, why: str) -> None:
        self.checks[check] = Check(False, why)

    def answer(self, _accept: str) -> Answer:
        passes, body = probe_body(self.status, self.checks)
        return Answer(200 if passes else 503, "application/json", json.dumps(body).encode())


@pytest.fixture
def http_worker(tmp_path, monkeypatch) -> Iterator[FakeStatus]:
    """A worker with an HTTP port; no worker on its machine has written a heartbeat."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    status = FakeStatus()
    monkeypatch.setenv("WIREROOM_HTTP", status.address)
    yield status
    status.port.close()


def test_a_worker_with_a_port_is_asked_there(http_worker):
    result = health()

    assert (result.exit_code, result.output) == (0, "worker 4711 is well: 40 records delivered\n")


def test_a_worker_whose_broker_is_away_is_alive_and_not_ready(http_worker):
    http_worker.fails("broker", "news.raw-0 has no leader")
    http_worker.fails("batches", "a batch waits for the broker")
    http_worker.status = http_worker.status._replace(busy_seconds=300.0)

    result = health()

    assert result.exit_code == 0
    assert "worker 4711 is well: 40 records delivered; not ready: news.raw-0 has no leader" in result.output


@pytest.mark.parametrize(
    ("check", "state", "problem"),
    [
        ("models", {}, "worker 4711 cannot work yet: the models load"),
        ("batches", {"busy_seconds": 300.0}, "worker 4711 has been stuck in one batch for 300 s"),
        ("loop", {"silent_seconds": 60.0}, "worker 4711 has been silent for 60 s; restart it"),
    ],
)
def test_a_worker_that_does_not_move_is_not_well(http_worker, check, state, problem):
    http_worker.fails(check, "the models load")
    http_worker.status = http_worker.status._replace(**state)

    result = health()

    assert result.exit_code == 1
    assert problem in result.output


def test_the_heartbeat_counts_if_the_port_does_not_answer(worker, http_worker):
    process = worker()
    process.beat()
    http_worker.port.close()

    result = health()

    assert (result.exit_code, result.output) == (0, f"worker {process.pid} is well: 40 records delivered\n")


@pytest.mark.parametrize(("group", "instance"), [("other", ""), ("ambient", "b")])
def test_the_heartbeat_counts_if_another_worker_has_the_port(worker, http_worker, group, instance):
    process = worker()
    process.beat(age=60, group=group, instance=instance)

    result = health(WIREROOM_GROUP=group, WIREROOM_INSTANCE=instance)

    assert result.exit_code == 1
    assert f"worker {process.pid} has been silent" in result.output


def test_a_port_that_the_system_chooses_cannot_be_asked(worker):
    process = worker()
    process.beat()

    result = health(WIREROOM_HTTP="127.0.0.1:0")

    assert result.output == f"worker {process.pid} is well: 40 records delivered\n"


@pytest.mark.parametrize("heartbeat", [None, "", "{", "[1, 2]"])
def test_a_missing_or_broken_heartbeat_counts_as_no_worker(tmp_path, monkeypatch, heartbeat):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    if heartbeat is not None:
        heartbeat_file(Settings().group, None).write_text(heartbeat)

    result = CliRunner().invoke(main, ["health"])

    assert result.exit_code == 1
    assert "no worker has written a heartbeat" in result.output
    assert "start one with `wireroom worker`" in result.output


def test_workers_of_one_name_do_not_trip_over_each_other_while_they_write(tmp_path):
    path = tmp_path / "wireroom-worker.heartbeat"

    def beat(pid: int) -> None:
        for _ in range(500):
            write_heartbeat(path, Heartbeat(1.0, pid, 0, 0.0, 40))

    with ThreadPoolExecutor() as pool:
        list(pool.map(beat, (7, 8)))

    assert read_heartbeat(path) in {Heartbeat(1.0, pid, 0, 0.0, 40) for pid in (7, 8)}
    assert list(tmp_path.iterdir()) == [path]
