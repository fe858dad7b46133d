"""Word lists in the choices match whole words, and every choice has a purpose."""

from __future__ import annotations

import re

import pytest

from streams.training.tables.choices import any_word, forms_by_code, load_choices


@pytest.mark.parametrize(
    ("text", "found"),
    [("an American bank", True), ("S.A. of Spain", True), ("banks", False), ("SxA.", False), ("", False)],
)
def test_a_word_list_finds_whole_words_and_takes_dots_literally(text, found):
    assert bool(any_word(["bank", "S.A"]).search(text)) is found


def test_forms_are_kept_by_the_code_of_their_territory():
    entries = {"gb": {"name": "United Kingdom", "forms": ["Britain"]}}

    assert forms_by_code(entries) == {"gb": ["Britain"]}


@pytest.mark.parametrize("table", ["territories", "cities", "organizations"])
def test_no_list_of_choices_names_a_word_twice(table):
    lists = [value for value in flatten(load_choices(table)) if isinstance(value, list)]

    assert lists
    assert [words for words in lists if len(set(words)) != len(words)] == []


def test_every_territory_among_the_choices_has_a_code_and_a_name():
    choices = load_choices("territories")
    entries = {**choices["aliases"], **choices["demonyms"], **choices["wikidata"]}

    assert all(re.fullmatch(r"[a-z]{2,4}(-[a-z]{2,3})?", code) for code in entries)
    assert all(entry["name"] for entry in entries.values())


def flatten(value):
    yield value
    if isinstance(value, dict):
        for child in value.values():
            yield from flatten(child)
