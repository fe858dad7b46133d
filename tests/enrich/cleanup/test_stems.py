"""Inflections of a word share a stem, and only words that say something count."""

from __future__ import annotations

import pytest

from streams.enrich.cleanup.stems import content_stems, stem


@pytest.mark.parametrize(
    "forms",
    [("talk", "talks", "talked", "talking"), ("quota", "quotas"), ("county", "counties"), ("Oslo", "Oslo's")],
)
def test_the_inflections_of_a_word_have_one_stem(forms):
    assert len({stem(form) for form in forms}) == 1


@pytest.mark.parametrize(("word", "other"), [("press", "pres"), ("bed", "b"), ("harbour", "harvest")])
def test_different_words_have_different_stems(word, other):
    assert stem(word) != stem(other)


def test_small_words_and_the_name_of_the_department_do_not_count():
    assert content_stems("Opinion: The quotas of the North and the quota") == ["quota", "north"]
    assert content_stems("Why it is so") == content_stems("It is so")
