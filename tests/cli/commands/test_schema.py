"""`wireroom schema`: the schemas of the events, one or all."""

from __future__ import annotations

import json

from streams.schemas import schemas


def test_without_a_name_every_schema_is_printed_by_name(run):
    outcome = run("schema")

    assert (outcome.code, outcome.err) == (0, "")
    assert json.loads(outcome.out) == schemas()


def test_with_a_name_that_schema_alone_is_printed(run):
    assert json.loads(run("schema", "EnrichedArticle").out) == schemas()["EnrichedArticle"]


def test_an_unknown_name_is_answered_with_the_known_ones(run):
    outcome = run("schema", "Article")

    assert outcome.code == 2
    assert "'RawArticle'" in outcome.err
