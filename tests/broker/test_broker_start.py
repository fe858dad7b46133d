"""What makes later starts faster changes nothing else, and does no harm when it is damaged."""

from __future__ import annotations

import os
from pathlib import Path

import psutil
import pytest

from streams.admin import administer
from streams.broker import EmbeddedBroker
from streams.broker.archive import StartArchive
from streams.broker.downloads import fetch_jars, pinned_jars
from streams.settings import Settings

pytestmark = [pytest.mark.broker, pytest.mark.timeout(300)]


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A cache that has the jars and nothing else, as after a download."""
    for jar in fetch_jars(Settings().data.expanduser(), pinned_jars()):
        link = tmp_path / "cache" / jar.parent.name / jar.name
        link.parent.mkdir(parents=True, exist_ok=True)
        os.link(jar, link) if jar.stat().st_dev == tmp_path.stat().st_dev else link.symlink_to(jar)
    return tmp_path / "cache"


def features(broker: EmbeddedBroker) -> dict[str, tuple[int, int]]:
    """The features that the cluster runs with, and their levels."""
    with administer(broker.bootstrap) as admin:
        described = admin.describe_features()
    return {name: feature["finalized"] for name, feature in described.items() if "finalized" in feature}


def uses(broker: EmbeddedBroker, archive: Path) -> bool:
    return any(str(archive) == file.path for file in psutil.Process(broker.pid).memory_maps())


def test_the_second_start_uses_what_the_first_left(cache, tmp_path):
    with EmbeddedBroker(tmp_path / "first", cache=cache) as first:
        by_kafkas_tool = features(first)
        assert {"metadata.version", "group.version", "transaction.version"} <= by_kafkas_tool.keys()
    (archive,) = cache.glob("*/start-*.aot")
    with EmbeddedBroker(tmp_path / "second", cache=cache) as second:
        by_copy = features(second)

        assert uses(second, archive)
    assert by_copy == by_kafkas_tool
    assert not list(cache.glob("*/*.part"))

    archive.write_bytes(archive.read_bytes()[:-100_000])
    with EmbeddedBroker(tmp_path / "third", cache=cache) as third:
        assert features(third) == by_kafkas_tool


def test_one_process_records_at_a_time(tmp_path):
    first, second = StartArchive(tmp_path, ["java"]), StartArchive(tmp_path, ["java"])

    assert "-XX:AOTCacheOutput=" in " ".join(first.flags())
    assert second.flags() == []
    assert (first.recording, second.recording) == (True, False)


@pytest.mark.parametrize("keep", [True, False])
def test_only_what_was_recorded_to_the_end_is_kept(tmp_path, keep):
    first = StartArchive(tmp_path, ["java"])
    part = Path(first.flags()[-1].removeprefix("-XX:AOTCacheOutput="))
    part.write_bytes(b"archive")

    first.close(keep=keep)

    again = " ".join(StartArchive(tmp_path, ["java"]).flags())
    assert ("-XX:AOTCache=" in again) is keep
    assert ("-XX:AOTCacheOutput=" in again) is not keep
    assert [path.suffix for path in tmp_path.iterdir() if path.suffix != ".lock"] == [".aot"] * keep


def test_other_flags_and_a_newer_file_have_an_archive_of_their_own(tmp_path):
    jar = tmp_path / "one.jar"
    jar.write_bytes(b"jar")
    recorded = StartArchive(tmp_path, ["java", "-Xmx256m"], [jar])
    Path(recorded.flags()[-1].removeprefix("-XX:AOTCacheOutput=")).write_bytes(b"archive")
    recorded.close(keep=True)

    assert "-XX:AOTCache=" in " ".join(StartArchive(tmp_path, ["java", "-Xmx256m"], [jar]).flags())
    assert "-XX:AOTCacheOutput=" in " ".join(StartArchive(tmp_path, ["java", "-Xmx512m"], [jar]).flags())
    os.utime(jar, (0, 0))
    assert "-XX:AOTCacheOutput=" in " ".join(StartArchive(tmp_path, ["java", "-Xmx256m"], [jar]).flags())
