"""`wireroom relabel`: what a person sees of it, and how it ends."""

from __future__ import annotations

import json

import pytest

from tests.broker.test_relabel import (  # noqa: F401 - fixtures
    ARTICLES,
    TRAMS,
    label,
    new,
    old,
    own,
    tag,
    tagged,
)


@pytest.fixture
def env(own, old, new):  # noqa: F811
    """Settings of a wire whose articles were labelled with other label files than those in use."""
    tag(own, ARTICLES)
    label(own, old)
    return {**own.environment, "WIREROOM_TAXONOMY": str(new), "COLUMNS": "100"}


@pytest.mark.broker
def test_the_summary_says_by_label_what_changed(run, env):
    dry = run("relabel", "--from", "beginning", "--dry-run", env=env)
    wet = run("relabel", "--from", "beginning", env=env)
    again = run("relabel", "--from", "beginning", env=env)

    rows = {line.split()[0]: line.split()[1:] for line in dry.lines[:-1]}
    assert rows["label"] == ["gained", "lost", "moved", "unchanged"]
    assert rows["trams"] == ["-", "1", "-", "3"]
    assert rows["parks"] == ["1", "-", "-", "3"]
    assert dry.lines[-1] == "would relabel 4 articles: 4 to write, 0 left as they are"
    assert wet.lines == [*dry.lines[:-1], "relabelled 4 articles: 4 written, 0 left as they are"]
    assert again.lines == ["relabelled 0 articles: the rest is done with this taxonomy, or not labelled yet"]
    assert (dry.code, wet.code, again.code) == (0, 0, 0)
    assert dry.err + wet.err + again.err == ""


@pytest.mark.broker
def test_the_summary_is_one_json_object(run, env, own):  # noqa: F811
    tag(own, [tagged("late", TRAMS)])

    outcome = run("relabel", "--since", "2026-03-01", "--max", 9, "--json", env=env)

    (line,) = outcome.lines
    summary = json.loads(line)
    assert (summary["articles"], summary["written"], summary["waiting"]) == (4, 4, 1)
    assert summary["labels"]["parks"] == {"gained": 1, "lost": 0, "moved": 0, "unchanged": 3}
    assert summary["dry_run"] is False
    assert outcome.problems == [f"wireroom: 1 on {own.topics.tagged} wait for the label stage of the workers"]


@pytest.mark.broker
def test_nothing_is_labelled_again_that_was_tagged_before_the_time(run, env):
    outcome = run("relabel", "--since", "2999-01-01T00:00:00+02:00", env=env)

    assert outcome.lines == [
        "relabelled 0 articles: the rest is done with this taxonomy, or not labelled yet"
    ]


@pytest.mark.broker
def test_a_label_without_a_topic_is_one_line_that_says_what_to_do(run, wire, new):  # noqa: F811
    env = {**wire.environment, "WIREROOM_TAXONOMY": str(new)}

    outcome = run("relabel", "--from", "beginning", env=env)

    assert outcome.code == 1
    assert len(outcome.problems) == 1
    assert f"topic {wire.prefix}.labels." in outcome.err
    assert "wireroom topics create" in outcome.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "say which articles: --since TIME or --from beginning"),
        (["--since", "2026-03-01", "--from", "beginning"], "say which articles"),
        (["--since", "yesterday"], "'yesterday' is no time: write 2026-03-01 or 2026-03-01T12:00:00Z"),
        (["--since", "1772323200"], "is no time"),
        (["--since", "2026-02-30"], "is no time"),
        (["--from", "beginning", "--max", "0"], "0 is not in the range"),
    ],
)
def test_a_wrong_call_is_told_so(run, arguments, told):
    outcome = run("relabel", *arguments)

    assert outcome.code == 2
    assert told in outcome.err


def test_a_broker_that_is_not_there_is_one_line(run):
    outcome = run("relabel", "--from", "beginning", "--broker", "localhost:1")

    assert outcome.code == 1
    assert outcome.problems == [
        "wireroom: no Kafka broker at localhost:1: start one with `wireroom broker` or set WIREROOM_BROKER"
    ]
