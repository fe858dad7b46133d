"""A recorded start-up archive makes later starts faster and changes nothing else, even if it is damaged."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from pathlib import Path

import psutil
import pytest

from streams.broker import ArchiveRecorder, EmbeddedBroker
from streams.broker.downloads import DEFAULT_CACHE, fetch_jars, pinned_jars
from streams.kafka.admin import administer
from streams.kafka.connection import Connection
from tests.broker.output import read_line
from tests.broker.wire import wait_until, wireroom

pytestmark = [pytest.mark.broker, pytest.mark.timeout(300)]

RECORDING_SECONDS = 200.0  # at the lowest priority


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A cache that holds the jars and nothing else, as after a download."""
    for jar in fetch_jars(DEFAULT_CACHE.expanduser(), pinned_jars()):
        link = tmp_path / "cache" / jar.parent.name / jar.name
        link.parent.mkdir(parents=True, exist_ok=True)
        os.link(jar, link) if jar.stat().st_dev == tmp_path.stat().st_dev else link.symlink_to(jar)
    return tmp_path / "cache"


def features(bootstrap: str) -> dict[str, tuple[int, int]]:
    """Return the features of the running cluster, and their levels."""
    with administer(Connection(bootstrap)) as admin:
        described = admin.describe_features()
    return {name: feature["finalized"] for name, feature in described.items() if "finalized" in feature}


def uses(broker: EmbeddedBroker, archive: Path) -> bool:
    return any(str(archive) == file.path for file in psutil.Process(broker.pid).memory_maps())


OTHERS: set[psutil.Process] = set()
"""Our processes before the test, such as the broker of the session."""


@pytest.fixture(autouse=True)
def note_others() -> None:
    OTHERS.clear()
    OTHERS.update(psutil.Process().children(recursive=True))


def descendants() -> list[psutil.Process]:
    return [process for process in psutil.Process().children(recursive=True) if process not in OTHERS]


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
        address = read_line(command)
        tool_features = features(address)
        wait_until(lambda: list(cache.glob("*/start-*.aot")), "the archive is recorded", RECORDING_SECONDS)
        assert features(address) == tool_features

        command.send_signal(signal.SIGINT)
    assert command.returncode == 0
    assert {"metadata.version", "group.version", "transaction.version"} <= tool_features.keys()
    assert not list(cache.glob("*/*.part*"))

    (archive,) = cache.glob("*/start-*.aot")
    with EmbeddedBroker(tmp_path / "second", cache=cache) as second:
        copied_features = features(second.bootstrap)

        assert uses(second, archive)
    assert copied_features == tool_features

    archive.write_bytes(archive.read_bytes()[:-100_000])
    with EmbeddedBroker(tmp_path / "third", cache=cache) as third:
        assert features(third.bootstrap) == tool_features


def is_recording() -> bool:
    """Return True if Java has begun to write the archive, which it does in a child process."""
    for process in descendants():
        with contextlib.suppress(psutil.Error):
            if process.name() == "java" and process.children():
                return True
    return False


@pytest.mark.parametrize("seen", [descendants, is_recording], ids=["while it starts", "while it is written"])
def test_a_recording_that_is_ended_leaves_nothing_behind(cache, tmp_path, seen):
    with EmbeddedBroker(tmp_path / "broker", cache=cache):  # leaves the other files that a start needs
        pass
    with ArchiveRecorder(cache):
        wait_until(seen, "the recording runs", RECORDING_SECONDS)
        recording = [process for process in descendants() if process.name() == "java"]
        assert all(process.nice() == 19 for process in recording)

    wait_until(lambda: not any(process.is_running() for process in recording), "the recording ended")
    assert descendants() == []
    assert [path.suffix for path in cache.glob("*/start-*")] in ([], [".lock"])
