"""Run `wireroom` as a user does: arguments and input in, output and an exit code out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from click.testing import CliRunner

from streams.cli import main


@dataclass(frozen=True)
class Outcome:
    """The output of a command and its exit code."""

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
def run(no_settings: None, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return `run("publish", path, stdin=b"", env={})`, for an empty folder and default settings."""
    monkeypatch.setattr(
        "streams.kafka.connection.CONNECT_MS", 1000
    )  # do not wait long for a broker that is not there

    def run_command(*arguments: object, stdin: bytes = b"", env: dict[str, str] | None = None) -> Outcome:
        result = CliRunner().invoke(main, [str(argument) for argument in arguments], input=stdin, env=env)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception  # a user would see a traceback
        return Outcome(result.exit_code, result.stdout, result.stderr)

    return run_command
