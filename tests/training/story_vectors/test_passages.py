"""Passages: the whole article, and parts from further down that depend on the article alone."""

from __future__ import annotations

import pytest

from streams.training.story_vectors.articles import Article
from streams.training.story_vectors.passages import (
    LATER,
    SECOND,
    TEACHER_CHARACTERS,
    WORDS,
    later_passages,
    whole,
)


def article(words, id_="n:1"):
    return Article(id_, "Rates rise", " ".join(f"w{number}" for number in range(words)))


def starts(passages):
    return [int(passage.text.split()[0][1:]) for passage in passages]


def test_the_student_reads_the_article_and_the_teacher_its_beginning():
    passage = whole(article(400))

    assert (passage.headline, passage.text) == ("Rates rise", article(400).text)
    assert passage.taught == f"Rates rise. {article(400).text[:TEACHER_CHARACTERS]}"


@pytest.mark.parametrize(
    ("words", "count"),
    [(0, 0), (SECOND + WORDS - 1, 0), (SECOND + WORDS, 1), (LATER + WORDS - 1, 1), (LATER + WORDS, 2)],
)
def test_an_article_has_as_many_passages_as_it_is_long_enough_for(words, count):
    assert len([*later_passages(article(words), 1)]) == count


def test_teacher_and_student_read_the_same_of_a_later_passage():
    for passage in later_passages(article(500), 3):
        assert (passage.headline, passage.text) == ("", passage.taught)
        assert len(passage.text.split()) == WORDS


def test_places_are_drawn_beyond_the_second_passage():
    first, *others = starts(later_passages(article(1000), 5))

    assert first == SECOND
    assert len(set(others)) == 5
    assert min(others) >= LATER


def test_no_place_is_drawn_twice_in_a_short_article():
    assert starts(later_passages(article(LATER + WORDS + 1), 9)) == [SECOND, LATER, LATER + 1]


def test_an_article_has_the_same_passages_each_time_and_another_one_has_others():
    assert [*later_passages(article(1000), 3)] == [*later_passages(article(1000), 3)]
    assert starts(later_passages(article(1000), 3)) != starts(later_passages(article(1000, "n:2"), 3))
