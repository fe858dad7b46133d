"""`wireroom` as a user runs it: a process with arguments, input, output and an exit code."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.broker.wire import PATIENCE, wireroom


@dataclass(frozen=True)
class Outcome:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    @property
    def problems(self) -> list[str]:
        return self.err.splitlines()


Run = Callable[..., Outcome]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """`run("publish", path, stdin=b"", env={...})`; without ENV all settings are the defaults."""

    def run_command(*arguments: object, stdin: bytes = b"", env: dict[str, str] | None = None) -> Outcome:
        environment = env or {
            name: value for name, value in os.environ.items() if not name.startswith("WIREROOM_")
        }
        done = subprocess.run(
            [wireroom(), *map(str, arguments)],
            input=stdin,
            capture_output=True,
            env=environment,
            cwd=tmp_path,
            timeout=PATIENCE,
            check=False,
        )
        return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())

    return run_command
