"""One process records the start-up archive at a time, and only a complete one that still fits is used."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from streams.broker.archive import StartArchive


def test_one_process_records_at_a_time(tmp_path):
    first, second = StartArchive(tmp_path, ["java"]), StartArchive(tmp_path, ["java"])

    assert "-XX:AOTCacheOutput=" in " ".join(first.record_flags())
    assert second.record_flags() == second.flags() == []


@pytest.mark.parametrize("keep", [True, False])
def test_only_a_complete_recording_is_kept(tmp_path, keep):
    first = StartArchive(tmp_path, ["java"])
    part = recorded_to(first)
    part.write_bytes(b"archive")
    part.with_suffix(".part.config").write_bytes(b"written by Java")

    first.close(keep=keep)

    again = StartArchive(tmp_path, ["java"])
    assert ("-XX:AOTCache=" in " ".join(again.flags())) is keep
    assert (again.record_flags() == []) is keep
    assert [path.suffix for path in tmp_path.iterdir() if path.suffix != ".lock"] == [".aot"] * keep


def recorded_to(archive: StartArchive) -> Path:
    return Path(archive.record_flags()[-1].removeprefix("-XX:AOTCacheOutput="))


def test_other_flags_or_a_newer_file_need_another_archive(tmp_path):
    jar = tmp_path / "one.jar"
    jar.write_bytes(b"jar")
    recorded = StartArchive(tmp_path, ["java", "-Xmx256m"], [jar])
    recorded_to(recorded).write_bytes(b"archive")
    recorded.close(keep=True)

    assert "-XX:AOTCache=" in " ".join(StartArchive(tmp_path, ["java", "-Xmx256m"], [jar]).flags())
    assert StartArchive(tmp_path, ["java", "-Xmx512m"], [jar]).flags() == []
    os.utime(jar, (0, 0))
    assert StartArchive(tmp_path, ["java", "-Xmx256m"], [jar]).flags() == []
