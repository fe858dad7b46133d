"""The compose stack, once for all tests here."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing

import docker
import pytest

from tests.engine.stack import Stack


@pytest.fixture(scope="session")
def engine() -> Iterator[docker.DockerClient]:
    """A running Docker engine with compose. Without one the tests skip, or fail where one is required."""
    try:
        client = docker.from_env(timeout=60)
        client.ping()
    except docker.errors.DockerException as error:
        absent(f"no Docker engine answers: {error}")
    if (
        not shutil.which("docker")
        or subprocess.run(["docker", "compose", "version"], capture_output=True).returncode
    ):
        absent("there is no `docker compose`")
    with closing(client):
        yield client


# Of the module, so that taking it down has the time limit of these tests and not of whichever comes last.
@pytest.fixture(scope="module")
def stack(engine: docker.DockerClient) -> Iterator[Stack]:
    """The compose file, built and up with one worker; its volume goes with it at the end."""
    stack = Stack(engine)
    try:
        stack.compose("build", "--quiet")
        stack.up()
        yield stack
    finally:
        stack.compose("--profile", "*", "down", "--volumes", "--remove-orphans", "--timeout", "10")


def absent(reason: str) -> None:
    """Skip, or fail where `.ci/run` started an engine: there a skip would hide that it is gone."""
    if os.environ.get("WIREROOM_REQUIRE_ENGINE"):
        pytest.fail(reason)
    pytest.skip(reason)
