"""`wireroom subscribe`: blocks and JSON Lines, and how it ends."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
from collections.abc import Iterator

import pytest

from streams.events import CleanArticle, EnrichedArticle, Label
from tests.broker.test_subscribe import send
from tests.broker.wire import Wire, wireroom

pytestmark = pytest.mark.broker

CLIMATE = Label(label="climate", score=0.9, name="Climate change")


def enriched(number: int) -> EnrichedArticle:
    return EnrichedArticle(
        article_id=f"a{number}", text=f"Rates rise, take {number}.", entities=[], labels=[CLIMATE], scores={}
    )


@pytest.fixture
def articles(wire: Wire) -> list[EnrichedArticle]:
    """Three enriched articles, published in this order."""
    events = [enriched(number) for number in range(3)]
    for topic in (wire.topics.enriched, wire.topics.label("climate")):
        send(wire, topic, [event.to_bytes() for event in events], key=b"a")
    return events


def test_json_lines_are_the_bytes_on_the_wire(run, wire, articles):
    outcome = run("subscribe", "--from", "beginning", "--max", 3, "--json", env=wire.environment)

    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.encode() == b"".join(article.to_bytes() + b"\n" for article in articles)


def test_an_event_written_over_several_lines_is_still_one_line(run, wire):
    event = json.dumps(json.loads(enriched(1).to_bytes()), indent=2).encode()
    send(wire, wire.topics.enriched, [event])

    outcome = run("subscribe", "--from", "beginning", "--max", 1, "--json", env=wire.environment)

    (line,) = outcome.lines
    assert EnrichedArticle.model_validate_json(line) == enriched(1)


def test_a_block_is_shown_for_each_article(run, wire, articles):
    outcome = run("subscribe", "--label", "climate", "--from", "beginning", "--max", 2, env=wire.environment)

    assert outcome.code == 0
    assert [line.strip() for line in outcome.lines if "take" in line] == [
        "Rates rise, take 0.",
        "Rates rise, take 1.",
    ]
    assert "\x1b" not in outcome.out


@pytest.mark.parametrize("short", [True, False])
def test_a_topic_can_be_named_short_or_in_full(run, wire, short):
    send(wire, wire.topics.clean, [CleanArticle(article_id="a1", text="Rates rise.").to_bytes()])

    topic = "clean" if short else wire.topics.clean
    outcome = run(
        "subscribe", "--topic", topic, "--from", "beginning", "--max", 1, "--json", env=wire.environment
    )

    assert json.loads(outcome.out)["text"] == "Rates rise."


def test_a_group_continues_where_it_stopped(run, wire, articles):
    arguments = ["--from", "beginning", "--group", wire.group, "--json", "--max"]

    first = run("subscribe", *arguments, 2, env=wire.environment)
    second = run("subscribe", *arguments, 1, env=wire.environment)

    assert [json.loads(line)["article_id"] for line in [*first.lines, *second.lines]] == ["a0", "a1", "a2"]


def test_a_record_that_is_not_an_event_is_one_line_and_the_others_follow(run, wire):
    send(wire, wire.topics.enriched, [b"{", enriched(1).to_bytes()], key=b"a")

    outcome = run("subscribe", "--from", "beginning", "--max", 2, env=wire.environment)

    assert outcome.code == 0
    assert len(outcome.problems) == 1
    assert f"{wire.topics.enriched} " in outcome.err
    assert "take 1" in outcome.out


def test_it_ends_when_no_article_arrives_for_the_idle_time(run, wire, articles):
    outcome = run("subscribe", "--from", "beginning", "--idle", 2, "--json", env=wire.environment)

    assert (outcome.code, len(outcome.lines)) == (0, 3)


def test_a_missing_topic_is_one_line(run, wire):
    outcome = run("subscribe", "--label", "absent", env=wire.environment)

    assert (outcome.code, outcome.out) == (1, "")
    assert len(outcome.problems) == 1
    assert f"topic {wire.topics.label('absent')} does not exist at {wire.bootstrap}" in outcome.err


def test_dead_letters_have_a_command_of_their_own(run, wire):
    outcome = run("subscribe", "--topic", "dead", env=wire.environment)

    assert outcome.code == 1
    assert "carries no article events" in outcome.err


def test_a_label_and_a_topic_at_once_are_wrong_usage(run):
    assert run("subscribe", "--label", "climate", "--topic", "clean").code == 2


@pytest.fixture
def following(wire: Wire, articles: list[EnrichedArticle]) -> Iterator[subprocess.Popen[bytes]]:
    """A subscriber that has printed an article and still follows the topic."""
    command = [wireroom(), "subscribe", "--from", "beginning", "--json"]
    with subprocess.Popen(
        command, env=wire.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == articles[0].to_bytes() + b"\n"
        yield process
        process.kill()


def test_ctrl_c_ends_it_quietly(following):
    following.send_signal(signal.SIGINT)

    _, err = following.communicate(timeout=30)
    assert (following.returncode, err) == (0, b"")


def test_a_reader_that_has_seen_enough_ends_it_quietly(following, wire):
    following.stdout.close()
    send(wire, wire.topics.enriched, [enriched(number).to_bytes() for number in range(3, 6)], key=b"a")

    assert following.wait(timeout=30) == 0
    assert following.stderr.read() == b""


@pytest.mark.parametrize(("setting", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_colours_are_for_terminals_that_want_them(wire, articles, setting, coloured):
    terminal, terminal_end = pty.openpty()
    environment = {**wire.environment, "TERM": "xterm-256color", "COLUMNS": "80"}
    environment.pop("NO_COLOR", None)

    subprocess.run(
        [wireroom(), "subscribe", "--from", "beginning", "--max", "1"],
        env={**environment, **setting},
        stdout=terminal_end,
        stderr=subprocess.PIPE,
        check=True,
    )

    os.close(terminal_end)
    shown = os.read(terminal, 100_000).decode()
    os.close(terminal)
    assert "take 0" in shown
    assert ("\x1b[30;48;5" in shown) is coloured  # black on the colour of the label
