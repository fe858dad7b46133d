"""The words of a line, and whether it is a sentence, in any script."""

from __future__ import annotations

import pytest

from streams.enrich.cleanup.words import comparison_key, ends_sentence, is_prose, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Rates rise, and Norway's banks don't.", ["rates", "rise", "and", "norway's", "banks", "don't"]),
        ("Tromsø’s harbour: 3,000 boats", ["tromsø’s", "harbour", "3", "000", "boats"]),
        ("'quoted' north-west", ["quoted", "north", "west"]),
        ("谈判恢复", ["谈判", "判恢", "恢复"]),
        ("– … !", []),
    ],
)
def test_words_are_in_lower_case_and_chinese_gives_pairs_of_characters(text, expected):
    assert words(text) == expected


@pytest.mark.parametrize("text", ["Rates rise.", "“Rates rise.”", "Who pays?", "谈判恢复。", "هل انتهى؟"])
def test_a_sentence_ends_with_a_mark(text):
    assert ends_sentence(text)


@pytest.mark.parametrize("text", ["Rates rise", "Rates rise:", "Rates rise. More", ""])
def test_a_line_without_a_mark_at_its_end_is_not_a_sentence(text):
    assert not ends_sentence(text)


def test_a_short_question_may_be_a_title_and_is_not_prose():
    assert not is_prose("Who pays for it?")
    assert is_prose("Nobody knows yet who will pay for it.")


def test_lines_that_differ_in_signs_and_case_say_the_same():
    assert comparison_key("“Rates RISE”, again!") == comparison_key("Rates rise again")
    assert comparison_key("Rates rise") != comparison_key("Rates rose")
