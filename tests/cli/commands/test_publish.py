"""`wireroom publish`: what it prints, where, and how it ends."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
from pathlib import Path

import pytest

from tests.broker.wire import wireroom

pytestmark = pytest.mark.broker


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    """A folder with three articles in three formats."""
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "a.txt").write_text("Rates rise\n\nThe bank said so.")
    (folder / "b.html").write_text("<h1>Rates fall</h1>")
    (folder / "c.jsonl").write_text(json.dumps({"article_id": "c1", "body": "Rates stay."}) + "\n")
    return folder


def test_a_folder_is_published_and_the_acknowledged_are_counted(run, wire, articles):
    outcome = run("publish", articles, "--publisher", "The Example", env=wire.environment)

    assert (outcome.code, outcome.out, outcome.err) == (
        0,
        f"3 articles acknowledged by {wire.bootstrap}\n",
        "",
    )
    records = [json.loads(record.value) for record in wire.read_all(wire.topics.raw)]
    assert {record["body"] for record in records} == {
        "Rates rise\n\nThe bank said so.",
        "<h1>Rates fall</h1>",
        "Rates stay.",
    }
    assert {record["publisher"] for record in records} == {"The Example"}


def test_a_line_that_is_not_an_article_is_reported_and_the_others_are_published(run, wire, articles):
    (articles / "d.jsonl").write_text('{"body": "one"}\n{"body": 2}\n{"body": "three"}\n')

    outcome = run("publish", articles, "missing.txt", env=wire.environment)

    assert outcome.code == 1
    assert outcome.out == f"5 articles acknowledged by {wire.bootstrap}\n"
    assert outcome.problems == [
        f"wireroom: {articles}/d.jsonl:2: body must be text, not 2",
        "wireroom: missing.txt: No such file or directory",
    ]


def test_standard_input_is_published(run, wire):
    lines = b"".join(b'{"body": "Rates rise, take %d."}\n' % number for number in range(3))

    outcome = run("publish", "-", stdin=lines, env=wire.environment)

    assert (outcome.code, outcome.out) == (0, f"3 articles acknowledged by {wire.bootstrap}\n")


def test_a_folder_published_twice_is_the_same_articles(run, wire, articles):
    run("publish", articles, env=wire.environment)
    run("publish", articles, env=wire.environment)

    records = wire.read_all(wire.topics.raw)
    assert len(records) == 6
    assert len({record.key for record in records}) == 3
    assert len({dict(record.headers)["ce_id"] for record in records}) == 3


def test_the_broker_option_takes_precedence_over_the_variable(run, wire, articles):
    environment = {**wire.environment, "WIREROOM_BROKER": "localhost:1"}

    outcome = run("publish", articles, "--broker", wire.bootstrap, env=environment)

    assert outcome.out == f"3 articles acknowledged by {wire.bootstrap}\n"


def test_a_missing_topic_is_one_line(run, wire, articles):
    outcome = run("publish", articles, env={**wire.environment, "WIREROOM_TOPIC_PREFIX": "absent"})

    assert (outcome.code, outcome.out) == (1, "")
    assert len(outcome.problems) == 1
    assert f"topic absent.raw does not exist at {wire.bootstrap}: create it" in outcome.err


def test_a_progress_bar_is_shown_on_a_terminal_and_not_in_the_output(wire, articles):
    terminal, terminal_end = pty.openpty()
    environment = {**wire.environment, "TERM": "xterm-256color", "COLUMNS": "100"}

    done = subprocess.run(
        [wireroom(), "publish", articles],
        stdout=subprocess.PIPE,
        stderr=terminal_end,
        env=environment,
        check=True,
    )

    os.close(terminal_end)
    shown = os.read(terminal, 100_000).decode()
    os.close(terminal)
    assert "acknowledged" in shown
    assert "publishing" in shown
    assert done.stdout.decode() == f"3 articles acknowledged by {wire.bootstrap}\n"


def test_without_a_path_the_usage_is_printed(run):
    outcome = run("publish")

    assert outcome.code == 2
    assert "Missing argument 'PATH...'" in outcome.err


def test_ctrl_c_says_how_many_were_acknowledged(wire):
    command = [wireroom(), "publish", "-"]
    with subprocess.Popen(
        command, env=wire.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin
        assert process.stderr
        process.stdin.write(b'{"article_id": "a1", "body": "Rates rise."}\n')
        process.stdin.flush()
        wire.read_until(wire.topics.raw, b"a1")  # sent although the input has not ended
        process.send_signal(signal.SIGINT)
        err = process.stderr.read().decode()

    assert process.returncode == 1
    assert err.startswith("wireroom: interrupted; ")
    assert len(err.splitlines()) == 1
