"""The compose file as a stack of its own: own project name, own port, own volume, gone at the end."""

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

DEADLINE = 90.0  # seconds for a thing that takes a few on an idle machine


class Stack:
    """`docker compose` on this project's file, and `wireroom` on the host against its broker."""

    def __init__(self, engine: docker.DockerClient) -> None:
        self._engine = engine
        self.port = free_port()
        self.project = f"wireroom-test-{os.getpid()}-{self.port}"
        ours = {name: value for name, value in os.environ.items() if not name.startswith("WIREROOM_")}
        self._host = {**ours, "WIREROOM_BROKER": self.broker}
        # One image for every run: its layers are the cache of the next.
        self._compose = {**ours, "WIREROOM_PORT": str(self.port), "WIREROOM_IMAGE": "wireroom:test"}

    @property
    def broker(self) -> str:
        """The address of the broker as the host sees it."""
        return f"localhost:{self.port}"

    def compose(self, *arguments: str) -> str:
        """Standard output of `docker compose`; AssertionError with all that it said when it fails."""
        return run(["docker", "compose", *FILES, "-p", self.project, *arguments], self._compose)

    def wireroom(self, *arguments: str, stdin: str | None = None) -> str:
        """Standard output of `wireroom` on the host."""
        return run([str(WIREROOM), *arguments], self._host, stdin)

    def up(self, *arguments: str) -> None:
        """Start what is not running; back when all of it is healthy."""
        self.compose("up", "--detach", "--wait", *arguments)

    def publish(self, articles: Iterable[RawArticle]) -> None:
        """Publish ARTICLES from the host."""
        self.wireroom("publish", "-", stdin="".join(f"{a.model_dump_json()}\n" for a in articles))

    def workers(self) -> list[Container]:
        """The containers of the worker service, stopped ones too."""
        labels = [f"com.docker.compose.project={self.project}", "com.docker.compose.service=worker"]
        found: list[Container] = self._engine.containers.list(all=True, filters={"label": labels})
        return found

    def read_until(self, topic: str, keys: Collection[str]) -> Counter[str]:
        """How often each key stands on TOPIC, read from its start until all KEYS have come.

        Reads what is committed, as a subscriber does.
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
        """How many members of the workers' group have partitions."""
        with closing(KafkaAdminClient(bootstrap_servers=self.broker)) as admin:
            members = admin.describe_groups(["wireroom"])["wireroom"]["members"]
        return sum(bool(member["member_assignment"]["assigned_partitions"]) for member in members)

    def _reader(self, topic: str) -> KafkaConsumer:
        reader = KafkaConsumer(
            bootstrap_servers=self.broker,
            isolation_level="read_committed",
            auto_offset_reset="earliest",
            enable_auto_commit=False,
        )
        reader.subscribe([topic])
        return reader


def wait_for(what: str, holds: Callable[[], bool], seconds: float = DEADLINE) -> None:
    """Back as soon as HOLDS says so; AssertionError that names WHAT when it does not in SECONDS."""
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.5)


def run(command: list[str], env: dict[str, str], stdin: str | None = None) -> str:
    """Standard output of COMMAND, run in the project's folder; AssertionError with what it said if not."""
    done = subprocess.run(
        command, cwd=ROOT, env=env, input=stdin, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, f"{' '.join(command)}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
