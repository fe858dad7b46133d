"""Every command line on the pages is one that a reader can type: all are parsed, most are run.

The commands of a page run in one shell, in reading order, in a folder that holds `seeds/` and the files that
the page shows. `make` and `docker compose` are run by CI and by tests/engine.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
from kafka import KafkaProducer

from tests.broker.wire import Wire, Worker, wireroom
from tests.docs.commands import (
    UNTIL_STOPPED,
    WITHOUT_BROKER,
    is_setting_up,
    parse,
    programs,
    resolve,
    wireroom_command,
)
from tests.docs.pages import PAGES, ROOT, Step, blocks, code_spans, name_of, plain_environment, steps

COMMANDS = [(page, step) for page in PAGES for step in steps(page) if step.path is None]
INLINE = [
    (page, span)
    for page in PAGES
    for span in code_spans(page)
    if span.startswith(("wireroom ", "make ", "python -m ")) and not re.search(r"\.\.\.|[\[\]|]", span)
]
OFFLINE = [
    page
    for page in PAGES
    if any(wireroom_command(s.text) in WITHOUT_BROKER for s in steps(page) if not s.path)
]
RUN_SECONDS = 200  # for the commands of one page; only a failing test takes so long


@pytest.mark.parametrize(
    ("page", "step"), COMMANDS, ids=[f"{name_of(page)}: {step.text}" for page, step in COMMANDS]
)
def test_a_command_on_a_page_is_accepted(page: Path, step: Step, monkeypatch):
    monkeypatch.chdir(ROOT)

    parse(step.text)


@pytest.mark.parametrize(("page", "span"), INLINE, ids=[f"{name_of(page)}: {span}" for page, span in INLINE])
def test_a_command_in_a_sentence_has_the_options_it_names(page: Path, span: str, monkeypatch):
    monkeypatch.chdir(ROOT)
    words = programs(span)[0]

    if words[0] != "wireroom":
        parse(span)
        return
    command, rest = resolve(words[1:])
    options = {option for parameter in command.params for option in parameter.opts}
    assert [word for word in rest if word.startswith("-") and word != "-" and word not in options] == []


@pytest.mark.timeout(2 * RUN_SECONDS)
@pytest.mark.slow
@pytest.mark.parametrize("page", OFFLINE, ids=name_of)
def test_the_commands_that_need_no_broker_run(page: Path, tmp_path: Path):
    chosen = [
        step
        for step in steps(page)
        if step.path or is_setting_up(step.text) or wireroom_command(step.text) in WITHOUT_BROKER
    ]

    problem = _run(chosen, tmp_path, plain_environment())

    assert problem is None, problem


@pytest.mark.timeout(900)
def test_the_commands_and_the_python_on_the_pages_run_on_a_broker(wire: Wire, worker, tmp_path: Path):
    started: Worker = worker()
    environment = {**wire.environment, "PATH": f"{Path(wireroom()).parent}:{os.environ['PATH']}"}
    on_broker = [page for page in PAGES if any(_needs_broker(step) for step in steps(page))]
    _publish_what_dies(wire)

    for page in on_broker:
        folder = tmp_path / page.stem
        folder.mkdir()
        chosen = [
            step for step in steps(page) if step.path or is_setting_up(step.text) or _needs_broker(step)
        ]
        problem = _run(chosen, folder, environment)
        assert problem is None, f"{name_of(page)}: {problem}\n{started.tail()}"
    for page in PAGES:
        for code in blocks(page, "python"):
            problem = _finish([sys.executable, "-c", _on(wire, code)], tmp_path, environment)
            assert problem is None, f"{name_of(page)}: {problem}\n{started.tail()}"

    assert len(on_broker) >= 4


def _publish_what_dies(wire: Wire) -> None:
    """Publish a record that is not JSON, and wait for its dead letter: the pages show and replay one."""
    producer = KafkaProducer(bootstrap_servers=wire.bootstrap)
    producer.send(wire.topics.raw, key=b"dies", value=b"not JSON").get(timeout=30)
    producer.close()
    wire.read_until(wire.topics.dead, key=b"dies")


def _needs_broker(step: Step) -> bool:
    """Return True if `step` is a command that talks to a broker and ends by itself."""
    command = None if step.path else wireroom_command(step.text)
    return command is not None and command not in WITHOUT_BROKER | UNTIL_STOPPED


def _on(wire: Wire, code: str) -> str:
    """Return `code` with the broker and the topics of `wire` in place of those of a newcomer."""
    code = code.replace("localhost:9092", wire.bootstrap).replace('"news.', f'"{wire.prefix}.')
    return code.replace('topic_prefix="news"', f'topic_prefix="{wire.prefix}"')


def _run(chosen: Iterable[Step], folder: Path, environment: dict[str, str]) -> str | None:
    """Run `chosen` in one shell in `folder`; return None, or what was printed up to the failure."""
    (folder / "seeds").symlink_to(ROOT / "seeds")
    script = "\n".join(["set -exuo pipefail", *map(_shell, chosen)])  # -x: the failing command is shown last
    return _finish(["bash", "-c", script], folder, environment)


def _finish(command: list[str], folder: Path, environment: dict[str, str]) -> str | None:
    """Run `command` in `folder`; return None, or why it failed and the end of what it printed."""
    try:
        ran = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=RUN_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        return f"not done in {RUN_SECONDS} s\n{_end(late.output or b'')}"
    return None if ran.returncode == 0 else f"exit {ran.returncode}\n{_end(ran.stdout)}"


def _shell(step: Step) -> str:
    if step.path is None:
        return step.text
    return (
        f"mkdir -p \"$(dirname '{step.path}')\"\ncat > '{step.path}' <<'END_OF_FILE'\n{step.text}END_OF_FILE"
    )


def _end(output: bytes) -> str:
    return output.decode("utf-8", "replace")[-4000:]
