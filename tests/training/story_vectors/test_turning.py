"""Readers' stories turn the vectors: what tells them apart counts more than what they have in common."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

from streams.stories.likeness import VECTORS
from streams.training.stories import Grouped
from streams.training.story_vectors.articles import Article
from streams.training.story_vectors.bags import read_bag
from streams.training.story_vectors.lessons import Lesson, lesson
from streams.training.story_vectors.packing import embed, pack
from streams.training.story_vectors.targets import unit
from streams.training.story_vectors.turning import learn_turn, turned
from streams.training.story_vectors.vocabulary import count_words
from tests.stories.articles import about

WIDTH, STORIES, EACH = 6, 8, 4
TELLING = 3  # the first axes tell stories apart, the others are noise


@pytest.fixture
def lessons():
    """One window whose other likenesses say nothing."""
    count = STORIES * EACH
    stories = np.repeat(np.arange(STORIES), EACH)
    articles = [
        Grouped(-1, str(story), about(int(story), number)) for number, story in enumerate(stories.tolist())
    ]
    return [
        Lesson(
            articles,
            np.zeros((count, count, VECTORS), np.float32),
            stories[:, None] == stories,
            np.triu(np.ones((count, count), np.bool_), 1),
        )
    ]


@pytest.fixture
def vectors():
    """Directions of stories on the telling axes, and more noise than that on the others."""
    rng = np.random.default_rng(5)
    stories = np.repeat(rng.normal(size=(STORIES, TELLING)), EACH, axis=0)
    noise = 2 * rng.normal(size=(STORIES * EACH, WIDTH - TELLING))
    return unit(np.hstack([stories + 0.2 * rng.normal(size=stories.shape), noise]))


def gap(vectors: np.ndarray, lesson: Lesson) -> float:
    """Return by how much pairs of one story are closer than others."""
    cosines = vectors @ vectors.T
    return float(
        cosines[lesson.counts & lesson.is_same].mean() - cosines[lesson.counts & ~lesson.is_same].mean()
    )


def test_the_turned_vectors_of_a_story_are_closer(vectors, lessons):
    turn = learn_turn(vectors, np.zeros(WIDTH, np.float32), lessons)

    assert gap(unit(vectors @ turn.matrix), lessons[0]) > 1.5 * gap(vectors, lessons[0])


def test_the_same_lessons_teach_the_same_turn(vectors, lessons):
    first, second = (learn_turn(vectors, np.zeros(WIDTH, np.float32), lessons) for _ in range(2))

    assert first.matrix.tolist() == second.matrix.tolist()


def test_the_mean_is_turned_too(vectors, lessons):
    mean = np.full(WIDTH, 0.1, np.float32)

    turn = learn_turn(vectors, mean, lessons)

    assert turn.mean == pytest.approx(mean @ turn.matrix)


def test_a_pair_of_which_the_reader_was_unsure_teaches_nothing(vectors, lessons):
    (whole,) = lessons
    unsure = whole.counts.copy()
    unsure[0, EACH:] = False  # the first article may be of any story
    wrong = whole.is_same.copy()
    wrong[0, EACH:] = True

    turns = [
        learn_turn(vectors, np.zeros(WIDTH, np.float32), [whole._replace(counts=unsure, is_same=same)])
        for same in (whole.is_same, wrong)
    ]

    assert turns[0].matrix.tolist() == turns[1].matrix.tolist()


def test_turned_words_bring_the_articles_of_a_story_closer():
    groups = [
        Grouped(-1, str(story), about(story, number, hours=number))
        for story in (1, 2, 3)
        for number in range(4)
    ]
    taught = lesson(groups, set())
    texts = [(one.article.headline or "", one.article.text) for one in groups]
    hashes = count_words([Article("", *text) for text in texts], fewest=1).hashes
    rng = np.random.default_rng(7)
    packed = pack(
        hashes,
        rng.normal(size=(len(hashes), WIDTH)).astype(np.float32),
        np.array([2.0, 1.0, 0.5], np.float32),
        np.zeros(WIDTH, np.float32),
    )
    bags = [read_bag(hashes, headline, text) for headline, text in texts]

    after = turned(packed, [taught])

    assert gap(embed(after, bags), taught) > gap(embed(packed, bags), taught)
    assert after.hashes.tolist() == packed.hashes.tolist()
    assert after.zones.tolist() == packed.zones.tolist()
