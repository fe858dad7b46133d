"""`wireroom dead`: what the commands print, and how they end."""

from __future__ import annotations

import json

import pytest

from streams.errors import EmptyArticle, InvalidJson, UndecodableEvent, Unexpected
from tests.broker.test_dead import Buried, bury

pytestmark = pytest.mark.broker


def test_open_letters_are_listed_by_reason(run, wire):
    letters = [Buried(b"a%d" % number, b"{", error=InvalidJson("not JSON")) for number in range(3)]
    bury(wire, [*letters, Buried(b"b1", b"{}", topic=wire.topics.clean)])

    table = run("dead", "ls", env={**wire.environment, "COLUMNS": "160"})
    lines = [json.loads(line) for line in run("dead", "ls", "--json", env=wire.environment).lines]

    assert [line.split()[0] for line in table.lines] == ["reason", "InvalidJson", "EmptyArticle"]
    assert [(line["reason"], line["topic"], line["count"]) for line in lines] == [
        ("InvalidJson", wire.topics.raw, 3),
        ("EmptyArticle", wire.topics.clean, 1),
    ]
    assert lines[0]["stage"] == "cleanup"
    assert lines[0]["oldest"] == lines[0]["newest"] == "2026-03-01T12:00:00.000Z"


def test_an_example_of_the_list_can_be_shown(run, wire):
    bury(wire, [Buried(b"a1", b"\xff\x1b[31m{", [("desk", b"foreign")], error=UndecodableEvent("not UTF-8"))])
    (line,) = run("dead", "ls", "--json", env=wire.environment).lines

    shown = run("dead", "show", json.loads(line)["example"], env=wire.environment)

    assert shown.code == 0
    assert "UndecodableEvent: not UTF-8" in shown.out
    assert "desk" in shown.out
    assert "foreign" in shown.out
    assert r"\xff\x1b[31m{" in shown.out
    assert "\x1b" not in shown.out


def test_a_long_body_is_cut_unless_full_is_given(run, wire):
    bury(wire, [Buried(b"a1", b"x" * 10_000 + b"the end")])

    cut, full = run("dead", "show", env=wire.environment), run("dead", "show", "--full", env=wire.environment)

    assert cut.out.count("x") < 2_100
    assert "the rest is cut; --full shows it" in cut.out
    assert full.out.replace("\n  ", "").count("x") >= 10_000
    assert "the end" in full.out.replace("\n  ", "")


def test_the_latest_letter_of_a_reason_is_shown(run, wire):
    bury(wire, [Buried(b"a1", b"first", error=InvalidJson("x"))])
    bury(wire, [Buried(b"a2", b"second", error=InvalidJson("x"))])
    bury(wire, [Buried(b"a3", b"third", error=EmptyArticle("x"))])

    shown = run("dead", "show", "--reason", "InvalidJson", env=wire.environment)

    assert "second" in shown.out


def test_a_bug_of_ours_is_shown_with_its_stack_trace(run, wire):
    try:
        raise Unexpected("ZeroDivisionError: division by zero") from ZeroDivisionError("division by zero")
    except Unexpected as error:
        bury(wire, [Buried(b"a1", b"{}", error=error)])

    shown = run("dead", "show", env=wire.environment)

    assert "stack trace" in shown.out
    assert "The above exception was the direct cause" in shown.out


def test_a_replay_says_what_went_where_and_leaves_nothing_open(run, wire):
    bury(wire, [Buried(b"a1", b"{"), Buried(b"a2", b"{"), Buried(b"a3", b"{", topic=wire.topics.clean)])

    dry = run("dead", "replay", "--dry-run", env=wire.environment)
    real = run("dead", "replay", env=wire.environment)
    again = run("dead", "replay", env=wire.environment)
    left = run("dead", "ls", env=wire.environment)

    letters = f"3 dead letters: 1 to {wire.topics.clean}, 2 to {wire.topics.raw}"
    assert dry.lines[-1] == f"would replay {letters}"
    assert len(dry.lines) == 4
    assert (real.code, real.lines, real.err) == (0, [f"replayed {letters}"], "")
    assert again.lines == ["replayed 0 dead letters"]
    assert left.lines == ["no open dead letters"]


def test_letters_can_be_chosen_by_id_and_a_missing_id_is_reported(run, wire):
    bury(wire, [Buried(b"a1", b"{"), Buried(b"a2", b"{")])
    dry = run("dead", "replay", "--dry-run", env=wire.environment)
    letter = dry.lines[0].split()[0]

    outcome = run("dead", "replay", letter, "3-99999", env=wire.environment)

    assert outcome.code == 1
    assert outcome.problems == ["wireroom: dead letter 3-99999 is not open or does not exist"]
    assert outcome.lines == [f"replayed 1 dead letter: 1 to {wire.topics.raw}"]


def test_a_letter_at_the_limit_stays_and_the_others_are_replayed(run, wire):
    bury(wire, [Buried(b"a1", b"{", replays=2), Buried(b"a2", b"{", replays=1)])

    outcome = run("dead", "replay", env={**wire.environment, "WIREROOM_REPLAY_LIMIT": "2"})

    assert outcome.code == 0
    assert len(outcome.problems) == 1
    assert "stays: it was replayed 2 times, the limit (WIREROOM_REPLAY_LIMIT)" in outcome.err
    assert outcome.lines == [f"replayed 1 dead letter: 1 to {wire.topics.raw}; 1 refused"]


@pytest.mark.parametrize("letter", ["x", "1", "1-", "-1", "1-2-3", "١-٢"])
def test_a_text_that_is_not_an_id_is_refused(run, wire, letter):
    outcome = run("dead", "show", "--", letter, env=wire.environment)

    assert outcome.code == 1
    assert "is not the id of a dead letter: write PARTITION-OFFSET" in outcome.err


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["7-0"], "dead letter 7-0 does not exist"),
        (["0-0"], "dead letter 0-0 does not exist"),
        (["--reason", "Tombstone"], "no open dead letter has the reason Tombstone"),
        ([], "there is no open dead letter"),
    ],
)
def test_a_letter_that_is_not_there_is_one_line(run, wire, arguments, problem):
    outcome = run("dead", "show", *arguments, env=wire.environment)

    assert outcome.code == 1
    assert outcome.problems == [f"wireroom: {problem}; `wireroom dead ls` lists the open letters"]


@pytest.mark.parametrize("command", ["ls", "show", "replay"])
def test_a_missing_topic_is_one_line(run, wire, command):
    outcome = run("dead", command, env={**wire.environment, "WIREROOM_TOPIC_PREFIX": "absent"})

    assert outcome.code == 1
    assert len(outcome.problems) == 1
    assert "does not exist" in outcome.err
