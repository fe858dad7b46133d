"""The Docker engine and the compose stack, which the tests of a module share."""

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
    """Return a running Docker engine with compose. Without it the tests skip, or fail if it is required."""
    try:
        client = docker.from_env(timeout=60)
        client.ping()
    except docker.errors.DockerException as error:
        absent(f"no Docker engine answers: {error}")
    if (
        not shutil.which("docker")
        or subprocess.run(["docker", "compose", "version"], capture_output=True).returncode
    ):
        absent("`docker compose` is not installed")
    with closing(client):
        yield client


# Its scope is the module, so that its end counts for the time limit of these tests, not of the session's last
# test.
@pytest.fixture(scope="module")
def stack(engine: docker.DockerClient) -> Iterator[Stack]:
    """Build the compose file and start it with one worker; remove it and its volume at the end."""
    stack = Stack(engine)
    try:
        stack.compose("build", "--quiet")
        stack.up()
        yield stack
    finally:
        stack.compose("--profile", "*", "down", "--volumes", "--remove-orphans", "--timeout", "10")


def absent(reason: str) -> None:
    """Skip the test; with WIREROOM_REQUIRE_ENGINE fail it, so that a missing engine shows in CI."""
    if os.environ.get("WIREROOM_REQUIRE_ENGINE"):
        pytest.fail(reason)
    pytest.skip(reason)
