"""The compose file as a stack with its own project name, port and volume, which are removed at the end."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from contextlib import closing
from pathlib import Path

import docker
from docker.models.containers import Container
from kafka import KafkaAdminClient, KafkaConsumer

from streams.events import RawArticle

ROOT = Path(__file__).parents[2]
WIREROOM = Path(sys.executable).with_name("wireroom")

FILES = ("-f", "docker-compose.yml", "-f", "tests/engine/quick.yml")

DEADLINE = 90.0  # seconds for an event that takes a few seconds on an idle machine


class Stack:
    """Runs `docker compose` on this project's file, and `wireroom` on the host against its broker."""

    def __init__(self, engine: docker.DockerClient) -> None:
        self._engine = engine
        self.port = free_port()
        self.project = f"wireroom-test-{os.getpid()}-{self.port}"
        ours = {name: value for name, value in os.environ.items() if not name.startswith("WIREROOM_")}
        self._host = {**ours, "WIREROOM_BROKER": self.broker}
        # Every run uses the same image name, so its layers are the cache of the next run.
        self._compose = {**ours, "WIREROOM_PORT": str(self.port), "WIREROOM_IMAGE": "wireroom:test"}

    @property
    def broker(self) -> str:
        """The address of the broker, for clients on the host."""
        return f"localhost:{self.port}"

    def compose(self, *arguments: str) -> str:
        """Return the standard output of `docker compose`. Raises AssertionError when it fails."""
        return run(["docker", "compose", *FILES, "-p", self.project, *arguments], self._compose)

    def wireroom(self, *arguments: str, stdin: str | None = None) -> str:
        """Return the standard output of `wireroom` on the host."""
        return run([str(WIREROOM), *arguments], self._host, stdin)

    def up(self, *arguments: str) -> None:
        """Start the services that are not running, and return when all are healthy."""
        self.compose("up", "--detach", "--wait", *arguments)

    def publish(self, articles: Iterable[RawArticle]) -> None:
        """Publish `articles` from the host."""
        self.wireroom("publish", "-", stdin="".join(f"{a.model_dump_json()}\n" for a in articles))

    def workers(self) -> list[Container]:
        """Return the containers of the worker service, including stopped ones."""
        labels = [f"com.docker.compose.project={self.project}", "com.docker.compose.service=worker"]
        containers: list[Container] = self._engine.containers.list(all=True, filters={"label": labels})
        return containers

    def read_until(self, topic: str, keys: Collection[str]) -> Counter[str]:
        """Return the records of each key on `topic`, counted from its start until all `keys` have come.

        Only committed records count, as for a subscriber.
        """
        seen: Counter[str] = Counter()
        missing = set(keys)
        until = time.monotonic() + DEADLINE
        with closing(self._reader(topic)) as reader:
            while missing:
                assert time.monotonic() < until, f"{topic}: {len(missing)} of {len(keys)} did not come"
                for records in reader.poll(timeout_ms=500).values():
                    seen.update(record.key.decode() for record in records)
                missing.difference_update(seen)
        return seen

    def busy_members(self) -> int:
        """Return the number of members of the workers' group that have partitions."""
        with closing(KafkaAdminClient(bootstrap_servers=self.broker)) as admin:
            members = admin.describe_groups(["wireroom"])["wireroom"]["members"]
        assignments = [member["member_assignment"] for member in members]  # empty while the group rebalances
        return sum(bool(assignment and assignment["assigned_partitions"]) for assignment in assignments)

    def _reader(self, topic: str) -> KafkaConsumer:
        reader = KafkaConsumer(
            bootstrap_servers=self.broker,
            isolation_level="read_committed",
            auto_offset_reset="earliest",
            enable_auto_commit=False,
        )
        reader.subscribe([topic])
        return reader


def wait_for(event: str, has_happened: Callable[[], bool], seconds: float = DEADLINE) -> None:
    """Return when `has_happened()` is True. Raises AssertionError with `event` after `seconds`."""
    until = time.monotonic() + seconds
    while not has_happened():
        assert time.monotonic() < until, f"not within {seconds:.0f} s: {event}"
        time.sleep(0.5)


def run(command: list[str], env: dict[str, str], stdin: str | None = None) -> str:
    """Return the standard output of `command`, run in the project's folder; it must exit with 0."""
    done = subprocess.run(
        command, cwd=ROOT, env=env, input=stdin, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, f"{' '.join(command)}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def free_port() -> int:
    """Return a free port of this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
