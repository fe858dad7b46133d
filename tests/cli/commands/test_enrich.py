"""`wireroom enrich`: enrichment without a broker."""

from __future__ import annotations

import json
import subprocess

import pytest

from streams.events import EnrichedArticle, StoryArticle
from tests.broker.wire import wireroom

ARTICLE = (
    "Climate envoy meets foreign minister in Berlin\n\n"
    "The United States climate envoy, Jane Miller, met Germany's foreign minister in Berlin on Monday for "
    "talks on cutting greenhouse gas emissions, and both said that global warming would be on the table at "
    "the summit."
)


def test_each_article_comes_out_as_one_line(run, tmp_path):
    (tmp_path / "a.txt").write_text(ARTICLE)
    (tmp_path / "b.jsonl").write_text(json.dumps({"article_id": "b1", "body": ARTICLE}) + "\n")

    outcome = run("enrich", "a.txt", "b.jsonl")

    first, second = (EnrichedArticle.model_validate_json(line) for line in outcome.lines)
    assert (outcome.code, outcome.err) == (0, "")
    assert {label.label for label in first.labels} == {"climate", "diplomacy"}
    assert "Berlin" in {entity.name for entity in first.entities}
    assert second.article_id == "b1"


def test_the_same_article_gives_the_same_bytes(run, tmp_path):
    (tmp_path / "a.txt").write_text(ARTICLE)

    assert run("enrich", "a.txt").out == run("enrich", "a.txt").out


def test_the_stories_of_articles_are_printed_in_their_place(run, tmp_path):
    articles = [
        {"article_id": "wire", "publisher": "Wire", "body": ARTICLE},
        {"article_id": "paper", "publisher": "Paper", "body": f"{ARTICLE}\n\nOur readers may comment below."},
        {"article_id": "other", "body": "The museum opens again on Sunday, after two years of repairs."},
    ]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, articles)))

    outcome = run("enrich", "--stories", "a.jsonl")

    events = [StoryArticle.model_validate_json(line) for line in outcome.lines]
    assert [(event.story_id, event.duplicate_of) for event in events] == [
        ("wire", None),
        ("wire", "wire"),
        ("other", None),
    ]
    assert run("enrich", "--stories", "--pretty", "a.jsonl").code == 2


@pytest.mark.parametrize("arguments", [[], ["-"]])
def test_standard_input_is_read_without_a_path(run, arguments):
    outcome = run("enrich", *arguments, stdin=json.dumps({"article_id": "a1", "body": ARTICLE}).encode())

    assert [json.loads(line)["article_id"] for line in outcome.lines] == ["a1"]


def test_an_article_that_cannot_be_enriched_is_reported_by_file_and_line_and_the_others_are_enriched(
    run, tmp_path
):
    lines = [{"body": ARTICLE}, {"body": "<p> </p>"}, {"text": "x"}, {"body": ARTICLE}]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, lines)))

    outcome = run("enrich", "missing.txt", "a.jsonl")

    assert outcome.code == 1
    assert len(outcome.lines) == 2
    assert [problem.split()[1] for problem in outcome.problems] == [
        "missing.txt:",
        "a.jsonl:2:",
        "a.jsonl:3:",
    ]
    assert "EmptyArticle" in outcome.problems[1]


def test_a_block_in_a_pipe_has_label_evidence_and_entities_but_no_colours(run, tmp_path):
    (tmp_path / "a.txt").write_text(ARTICLE)

    outcome = run("enrich", "--pretty", "a.txt")

    assert "\x1b" not in outcome.out
    for fact in ("climate", "diplomacy", "IPTC", "climate envoy", "LOC  Berlin", "foreign minister"):
        assert fact in outcome.out
    assert all(len(line) <= 80 and line == line.rstrip() for line in outcome.lines)


def test_a_reader_that_has_seen_enough_ends_it_quietly(tmp_path):
    (tmp_path / "a.jsonl").write_text((json.dumps({"body": ARTICLE}) + "\n") * 500)

    with subprocess.Popen(
        [wireroom(), "enrich", tmp_path / "a.jsonl"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stderr
        first = process.stdout.readline()
        process.stdout.close()
        err = process.stderr.read()

    assert first
    assert (process.returncode, err) == (0, b"")


@pytest.mark.parametrize(
    ("arguments", "variable"),
    [(["--labeller", "precise"], "compact"), ([], "precise")],
    ids=["flag", "variable"],
)
def test_an_unknown_labeller_is_refused_with_the_choice_of_names(run, tmp_path, arguments, variable):
    (tmp_path / "a.txt").write_text(ARTICLE)

    outcome = run("enrich", *arguments, "a.txt", env={"WIREROOM_LABELLER": variable})

    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.problems == ["wireroom: no labeller is called 'precise'; choose one of compact, accurate"]


def test_a_flag_wins_over_the_variable(run, tmp_path):
    (tmp_path / "a.txt").write_text(ARTICLE)

    outcome = run("enrich", "--labeller", "compact", "a.txt", env={"WIREROOM_LABELLER": "precise"})

    assert (outcome.code, len(outcome.lines)) == (0, 1)


def test_unknown_story_vectors_are_refused_with_the_choice_of_names(run, tmp_path):
    (tmp_path / "a.txt").write_text(ARTICLE)

    outcome = run("enrich", "--stories", "a.txt", env={"WIREROOM_STORY_VECTORS": "precise"})

    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.problems == [
        "wireroom: no story vectors are called 'precise'; choose one of compact, accurate"
    ]


@pytest.mark.parametrize(("vectors", "version"), [("compact", 5), ("accurate", 6)])
def test_the_setting_says_which_vectors_the_stories_have(run, tmp_path, vectors, version):
    if vectors == "accurate":
        pytest.importorskip("onnxruntime")
    (tmp_path / "a.txt").write_text(ARTICLE)

    outcome = run("enrich", "--stories", "a.txt", env={"WIREROOM_STORY_VECTORS": vectors})

    assert outcome.code == 0
    assert json.loads(outcome.lines[0])["fingerprint"]["version"] == version
