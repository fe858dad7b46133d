"""What makes later starts faster changes nothing else, and does no harm when it is damaged."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from pathlib import Path

import psutil
import pytest

from streams.broker import ArchiveRecorder, EmbeddedBroker
from streams.broker.archive import StartArchive
from streams.broker.downloads import fetch_jars, pinned_jars
from streams.kafka.admin import administer
from streams.settings import Settings
from tests.broker.wire import wait_until, wireroom

pytestmark = [pytest.mark.broker, pytest.mark.timeout(300)]

RECORDING = 200.0  # seconds, at the lowest priority


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A cache that has the jars and nothing else, as after a download."""
    for jar in fetch_jars(Settings().data.expanduser(), pinned_jars()):
        link = tmp_path / "cache" / jar.parent.name / jar.name
        link.parent.mkdir(parents=True, exist_ok=True)
        os.link(jar, link) if jar.stat().st_dev == tmp_path.stat().st_dev else link.symlink_to(jar)
    return tmp_path / "cache"


def features(bootstrap: str) -> dict[str, tuple[int, int]]:
    """The features that the cluster runs with, and their levels."""
    with administer(bootstrap) as admin:
        described = admin.describe_features()
    return {name: feature["finalized"] for name, feature in described.items() if "finalized" in feature}


def uses(broker: EmbeddedBroker, archive: Path) -> bool:
    return any(str(archive) == file.path for file in psutil.Process(broker.pid).memory_maps())


def descendants() -> list[psutil.Process]:
    return psutil.Process().children(recursive=True)


def test_a_broker_that_stops_records_nothing(cache, tmp_path):
    with EmbeddedBroker(tmp_path / "broker", cache=cache) as broker:
        flags = psutil.Process(broker.pid).cmdline()

    assert not [flag for flag in flags if "AOTCacheOutput" in flag]
    assert not list(cache.glob("*/start-*"))


def test_the_archive_is_recorded_while_a_broker_serves_and_used_by_the_next(cache, tmp_path):
    command = subprocess.Popen(
        [wireroom(), "broker", "--port", "0", "--data", str(tmp_path / "first")],
        env={**os.environ, "WIREROOM_DATA": str(cache)},
        stdout=subprocess.PIPE,
        text=True,
    )
    with command:
        address = command.stdout.readline().strip()
        by_kafkas_tool = features(address)
        wait_until(lambda: list(cache.glob("*/start-*.aot")), "the archive is recorded", RECORDING)
        assert features(address) == by_kafkas_tool

        command.send_signal(signal.SIGINT)
    assert command.returncode == 0
    assert {"metadata.version", "group.version", "transaction.version"} <= by_kafkas_tool.keys()
    assert not list(cache.glob("*/*.part*"))

    (archive,) = cache.glob("*/start-*.aot")
    with EmbeddedBroker(tmp_path / "second", cache=cache) as second:
        by_copy = features(second.bootstrap)

        assert uses(second, archive)
    assert by_copy == by_kafkas_tool

    archive.write_bytes(archive.read_bytes()[:-100_000])
    with EmbeddedBroker(tmp_path / "third", cache=cache) as third:
        assert features(third.bootstrap) == by_kafkas_tool


def is_recording() -> bool:
    """Whether Java has begun to write the archive: it does so in a process of its own."""
    for process in descendants():
        with contextlib.suppress(psutil.Error):
            if process.name() == "java" and process.children():
                return True
    return False


@pytest.mark.parametrize("seen", [descendants, is_recording], ids=["while it starts", "while it is written"])
def test_a_recording_that_is_ended_leaves_nothing_behind(cache, tmp_path, seen):
    with EmbeddedBroker(tmp_path / "broker", cache=cache):  # leaves what else a start needs
        pass
    with ArchiveRecorder(cache):
        wait_until(seen, "the recording runs", RECORDING)
        recording = [process for process in descendants() if process.name() == "java"]
        assert all(process.nice() == 19 for process in recording)

    wait_until(lambda: not any(process.is_running() for process in recording), "the recording ended")
    assert descendants() == []
    assert [path.suffix for path in cache.glob("*/start-*")] in ([], [".lock"])


def test_one_process_records_at_a_time(tmp_path):
    first, second = StartArchive(tmp_path, ["java"]), StartArchive(tmp_path, ["java"])

    assert "-XX:AOTCacheOutput=" in " ".join(first.record_flags())
    assert second.record_flags() == second.flags() == []


@pytest.mark.parametrize("keep", [True, False])
def test_only_what_was_recorded_to_the_end_is_kept(tmp_path, keep):
    first = StartArchive(tmp_path, ["java"])
    part = recorded_to(first)
    part.write_bytes(b"archive")
    part.with_suffix(".part.config").write_bytes(b"Java's own")

    first.close(keep=keep)

    again = StartArchive(tmp_path, ["java"])
    assert ("-XX:AOTCache=" in " ".join(again.flags())) is keep
    assert (again.record_flags() == []) is keep
    assert [path.suffix for path in tmp_path.iterdir() if path.suffix != ".lock"] == [".aot"] * keep


def recorded_to(archive: StartArchive) -> Path:
    return Path(archive.record_flags()[-1].removeprefix("-XX:AOTCacheOutput="))


def test_other_flags_and_a_newer_file_have_an_archive_of_their_own(tmp_path):
    jar = tmp_path / "one.jar"
    jar.write_bytes(b"jar")
    recorded = StartArchive(tmp_path, ["java", "-Xmx256m"], [jar])
    recorded_to(recorded).write_bytes(b"archive")
    recorded.close(keep=True)

    assert "-XX:AOTCache=" in " ".join(StartArchive(tmp_path, ["java", "-Xmx256m"], [jar]).flags())
    assert StartArchive(tmp_path, ["java", "-Xmx512m"], [jar]).flags() == []
    os.utime(jar, (0, 0))
    assert StartArchive(tmp_path, ["java", "-Xmx256m"], [jar]).flags() == []
