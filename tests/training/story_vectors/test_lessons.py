"""A lesson says which articles of a window are of one story, and which pairs count."""

from __future__ import annotations

import json

import pytest

from streams.stories.likeness import VECTORS
from streams.training.stories import Grouped
from streams.training.story_vectors.lessons import WINDOWS, lesson
from tests.stories.articles import about


@pytest.fixture
def window():
    """Two stories; the second has one article."""
    stories = [("a", about(1, 1)), ("a", about(1, 2, hours=1)), ("b", about(2, 1, hours=2))]
    return [Grouped(-1, story, article) for story, article in stories]


def test_articles_of_one_story_are_the_same(window):
    taught = lesson(window, set())

    assert taught.is_same.tolist() == [[True, True, False], [True, True, False], [False, False, True]]


def test_each_pair_counts_once(window):
    assert lesson(window, set()).counts.tolist() == [
        [False, True, True],
        [False, False, True],
        [False, False, False],
    ]


def test_a_pair_of_which_the_reader_was_unsure_does_not_count(window):
    unsure = {frozenset((window[0].article.article_id, window[2].article.article_id))}

    assert not lesson(window, unsure).counts[0, 2]
    assert lesson(window, unsure).counts[1, 2]


def test_the_likenesses_are_those_of_the_index(window):
    likenesses = lesson(window, set()).likenesses

    assert likenesses.shape == (3, 3, VECTORS)
    assert likenesses[0, 1].sum() > 2 * likenesses[0, 2].sum()
    assert not likenesses[1, 0].any()


def test_each_article_of_the_shipped_windows_stands_in_one_story():
    lines = WINDOWS.read_text(encoding="utf-8").splitlines()
    windows = [json.loads(line) for line in lines]
    names = [name for window in windows for story in window["stories"] for name in story]

    assert len(names) == len(set(names))
    for window in windows:
        own = {name for story in window["stories"] for name in story}
        story_of = {name: number for number, story in enumerate(window["stories"]) for name in story}
        for one, other in window["unsure"]:
            assert {one, other} <= own
            assert story_of[one] != story_of[other]
