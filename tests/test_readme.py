"""The README tells the truth: settings, commands, article. `python -m tests.test_readme` rewrites them."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from click import Command, Group
from click.testing import CliRunner
from pydantic_core import PydanticUndefined

import streams
from streams.cli import COMMANDS, main
from streams.settings import Settings
from tests.broker.wire import Wire, Worker, wireroom

ROOT = Path(streams.__file__).parents[1]
README = ROOT / "README.md"
WIDTH = "100"

# Commands of the README that other tests and CI run: by their first word, or two.
ELSEWHERE = {"make", "docker", "pip", "wireroom broker", "wireroom worker"}


def settings_table() -> str:
    """The table of settings, from the settings."""
    rows = ["| variable | default | meaning |", "| --- | --- | --- |"]
    for name, field in Settings.model_fields.items():
        default = "" if field.default in (None, PydanticUndefined) else f"`{field.default}`"
        rows.append(f"| `WIREROOM_{name.upper()}` | {default} | {field.description} |")
    return "\n".join(rows)


def enriched_block(seed: str) -> str:
    """What `wireroom enrich --pretty` prints for SEED."""
    environment = {**os.environ, "COLUMNS": WIDTH, "NO_COLOR": "1"}
    printed = subprocess.run(
        [wireroom(), "enrich", "--pretty", seed], cwd=ROOT, env=environment, capture_output=True, check=True
    )
    return printed.stdout.decode().strip("\n")


def rewritten(readme: str) -> str:
    """README with its settings and its article as they are now."""
    table = f"<!-- settings -->\n\n{settings_table()}\n"
    readme = re.sub(r"<!-- settings -->\n(\n\|.*?\n(?=\n))?", lambda _: table, readme, flags=re.DOTALL)
    return re.sub(
        r"<!-- block: (\S+) -->\n```text\n.*?```",
        lambda found: f"<!-- block: {found[1]} -->\n```text\n{enriched_block(found[1])}\n```",
        readme,
        flags=re.DOTALL,
    )


def commands_of(readme: str) -> list[str]:
    """Every command line of the README's shell blocks, without its comment."""
    blocks = re.findall(r"```sh\n(.*?)```", readme, flags=re.DOTALL)
    lines = [line.split("  #")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line]


def test_the_settings_and_the_article_in_the_readme_are_as_they_are() -> None:
    readme = README.read_text(encoding="utf-8")

    assert readme == rewritten(readme), "run `python -m tests.test_readme`"


def test_every_command_is_in_the_readme_and_has_help_with_an_example() -> None:
    readme = README.read_text(encoding="utf-8")
    assert isinstance(main, Group)

    for name in COMMANDS:
        assert f"`wireroom {name}" in readme, name
        command = main.get_command(None, name)  # type: ignore[arg-type]
        assert isinstance(command, Command)
        told = CliRunner().invoke(main, [name, "--help"])
        assert told.exit_code == 0
        if not isinstance(command, Group):
            assert "wireroom " + name in told.output.split("\n", 1)[1] or name in {"health", "schema"}, name


def test_the_python_in_the_readme_runs(wire: Wire, worker, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    code = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), flags=re.DOTALL)[0]
    worker()
    for name, value in wire.environment.items():
        monkeypatch.setenv(name, value)

    exec(  # noqa: S102 - our own README
        code.replace("localhost:9092", wire.bootstrap).replace('"news.labels', f'"{wire.prefix}.labels'), {}
    )


def test_the_commands_in_the_readme_run(wire: Wire, worker) -> None:  # type: ignore[no-untyped-def]
    commands = commands_of(README.read_text(encoding="utf-8"))
    mine = [
        line
        for line in commands
        if not any(line == other or line.startswith(f"{other} ") for other in ELSEWHERE)
    ]
    started: Worker = worker()
    environment = {**wire.environment, "PATH": f"{Path(wireroom()).parent}:{os.environ['PATH']}"}

    assert len(mine) >= 9
    for line in mine:
        ran = subprocess.run(
            ["bash", "-c", line],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
        assert ran.returncode == 0, f"{line}\n{ran.stdout[-1000:]}\n{ran.stderr[-1000:]}\n{started.tail()}"


if __name__ == "__main__":
    README.write_text(rewritten(README.read_text(encoding="utf-8")), encoding="utf-8")
