"""Broken JSON gives what can be read of it."""

from __future__ import annotations

import json

import pytest

from streams.enrich.cleanup.lenient_json import read_lenient

ARTICLE = {"type": "Article", "name": "Storm", "pages": [1, 2], "author": {"name": "Anna Berg"}, "free": True}
WHOLE = json.dumps(ARTICLE)


def test_json_that_is_not_broken_is_read_as_it_is():
    assert read_lenient(WHOLE) == [ARTICLE]


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(WHOLE.replace("}", ",}"), id="a comma before the end"),
        pytest.param(WHOLE.replace(", ", ",, "), id="two commas"),
        pytest.param(WHOLE.replace('"author"', "/* who */ // wrote\n 'author'"), id="comments"),
        pytest.param(WHOLE.replace('"', "'"), id="single quotes"),
        pytest.param(WHOLE.replace('"author"', "author"), id="a key without quotes"),
        pytest.param(WHOLE.removesuffix("}"), id="without an end"),
        pytest.param(WHOLE + "}", id="with an end too many"),
        pytest.param(f"var article = {WHOLE};", id="within a script"),
    ],
)
def test_a_usual_fault_loses_nothing(broken):
    assert read_lenient(broken) == [ARTICLE]


@pytest.mark.parametrize(
    ("broken", "value"),
    [
        ('{"a": "the "deep" fog", "b": 1}', {"a": 'the "deep" fog', "b": 1}),
        ('{"a": ["a "b" c", "d"]}', {"a": ['a "b" c', "d"]}),
        ('{"a": "it\\\'s", "b": "caf\\u00e9\\n"}', {"a": "it's", "b": "café\n"}),
        ('{"a": , "b": 1}', {"a": None, "b": 1}),
        ('{"a": undefined, "b": None}', {"a": None, "b": None}),
        ('{"a": "no comma" "b": 1}', {"a": "no comma", "b": 1}),
        ('{"a": "unclosed, "b": 1}', {"a": 'unclosed, "b": 1}'}),
        ('{"a": [1, {"b": 2], "c": 3}', {"a": [1, {"b": 2}], "c": 3}),
    ],
)
def test_what_is_broken_more_gives_what_can_be_read(broken, value):
    assert read_lenient(broken) == [value]


def test_values_one_after_another_are_all_read():
    assert read_lenient('{"a": 1}, {"b": 2}\n[3];') == [{"a": 1}, {"b": 2}, [3]]


@pytest.mark.parametrize("text", ["", "none", "[" * 5_000, '{"a":' * 5_000])
def test_what_is_not_json_gives_nothing(text):
    assert read_lenient(text) == []
