"""`wireroom relabel`: what the command prints, and how it ends."""

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

NOTHING_TO_DO = (
    "relabelled 0 articles; those chosen already have the labels of this taxonomy or wait for a worker"
)


@pytest.fixture
def env(own, old, new):  # noqa: F811
    """Settings with new label files, for articles that were labelled with the old ones."""
    tag(own, ARTICLES)
    label(own, old)
    return {**own.environment, "WIREROOM_TAXONOMY": str(new), "COLUMNS": "100"}


@pytest.mark.broker
def test_the_summary_counts_the_changes_by_label(run, env):
    dry = run("relabel", "--from", "beginning", "--dry-run", env=env)
    real = run("relabel", "--from", "beginning", env=env)
    again = run("relabel", "--from", "beginning", env=env)

    rows = {line.split()[0]: line.split()[1:] for line in dry.lines[:-1]}
    assert rows["label"] == ["gained", "lost", "moved", "unchanged"]
    assert rows["trams"] == ["-", "1", "-", "3"]
    assert rows["parks"] == ["1", "-", "-", "3"]
    assert dry.lines[-1] == "would relabel 4 articles: 4 to write, 0 unchanged"
    assert real.lines == [*dry.lines[:-1], "relabelled 4 articles: 4 written, 0 unchanged"]
    assert again.lines == [NOTHING_TO_DO]
    assert (dry.code, real.code, again.code) == (0, 0, 0)
    assert dry.err + real.err + again.err == ""


@pytest.mark.broker
def test_the_summary_is_one_json_object(run, env, own):  # noqa: F811
    tag(own, [tagged("late", TRAMS)])

    outcome = run("relabel", "--since", "2026-03-01", "--max", 9, "--json", env=env)

    (line,) = outcome.lines
    summary = json.loads(line)
    assert (summary["articles"], summary["written"], summary["waiting"]) == (4, 4, 1)
    assert summary["labels"]["parks"] == {"gained": 1, "lost": 0, "moved": 0, "unchanged": 3}
    assert summary["dry_run"] is False
    assert outcome.problems == [
        f"wireroom: 1 record on {own.topics.tagged} must first be labelled by a worker"
    ]


@pytest.mark.broker
def test_articles_tagged_before_the_time_are_not_labelled_again(run, env):
    outcome = run("relabel", "--since", "2999-01-01T00:00:00+02:00", env=env)

    assert outcome.lines == [NOTHING_TO_DO]


@pytest.mark.broker
def test_a_label_without_a_topic_is_one_line_that_says_what_to_do(run, wire, new):  # noqa: F811
    env = {**wire.environment, "WIREROOM_TAXONOMY": str(new)}

    outcome = run("relabel", "--from", "beginning", env=env)

    assert outcome.code == 1
    assert len(outcome.problems) == 1
    assert f"topic {wire.prefix}.labels." in outcome.err
    assert "wireroom topics create" in outcome.err


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ([], "choose the articles with either --since TIME or --from beginning"),
        (["--since", "2026-03-01", "--from", "beginning"], "choose the articles"),
        (["--since", "yesterday"], "'yesterday' is not a time; write 2026-03-01 or 2026-03-01T12:00:00Z"),
        (["--since", "1772323200"], "is not a time"),
        (["--since", "2026-02-30"], "is not a time"),
        (["--from", "beginning", "--max", "0"], "0 is not in the range"),
    ],
)
def test_wrong_arguments_are_wrong_usage(run, arguments, problem):
    outcome = run("relabel", *arguments)

    assert outcome.code == 2
    assert problem in outcome.err


def test_a_broker_that_is_not_there_is_one_line(run):
    outcome = run("relabel", "--from", "beginning", "--broker", "localhost:1")

    assert outcome.code == 1
    assert outcome.problems == [
        "wireroom: no Kafka broker at localhost:1: start one with `wireroom broker` or set WIREROOM_BROKER"
    ]
