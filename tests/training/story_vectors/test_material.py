"""Passages to learn from and articles held out have nothing in common."""

from __future__ import annotations

import numpy as np
import pytest

from streams.stories.terms import hash_term
from streams.training.story_vectors.articles import Article, News
from streams.training.story_vectors.material import HELD_OUT, LEAST_WORDS, choose

LENGTH = 300


def news(count, forbidden=()):
    articles = [
        Article(f"n:{number}", f"Headline {number}", " ".join(f"a{number}w{word}" for word in range(LENGTH)))
        for number in range(count)
    ]
    return News(articles, [number for number in range(count) if number not in forbidden])


def hashes_of(articles):
    words = {hash_term(word.encode()) for article in articles for word in article.text.split()}
    return np.array(sorted(words), np.uint32)


def material(some, seed=1, random_places=1):
    return choose(some, hashes_of(some.articles), seed=seed, random_places=random_places)


def origins(passages):
    """Return the numbers of the articles that the passages come from, by the first of their own words."""
    return [
        next(word for word in passage.taught.split() if word.startswith("a")).partition("w")[0]
        for passage in passages
    ]


def test_whole_articles_come_first_then_their_parts():
    found = material(news(20))

    assert (len(found.learned), found.wholes, len(found.held_out)) == (3 * 18, 18, 2)
    assert all(passage.taught.startswith("Headline") for passage in found.learned[: found.wholes])
    assert not any(passage.taught.startswith("Headline") for passage in found.learned[found.wholes :])


def test_no_part_of_a_held_out_article_is_learned():
    found = material(news(20))

    assert {*origins(found.learned)}.isdisjoint(origins(found.held_out))


def test_an_article_for_measuring_is_neither_learned_nor_held_out():
    found = material(news(20, forbidden={3, 4, 5}))

    assert {"a3", "a4", "a5"}.isdisjoint(origins([*found.learned, *found.held_out]))


@pytest.mark.parametrize(("articles", "held_out"), [(40, 4), (11 * HELD_OUT, HELD_OUT)])
def test_a_tenth_is_held_out_up_to_a_bound(articles, held_out, monkeypatch):
    monkeypatch.setattr(f"{__name__}.LENGTH", 30)

    assert len(material(news(articles)).held_out) == held_out


def test_the_seed_decides_what_is_held_out():
    assert material(news(60)).held_out[0].taught == material(news(60)).held_out[0].taught
    assert origins(material(news(60), seed=1).held_out) != origins(material(news(60), seed=2).held_out)


def test_a_passage_with_few_known_words_is_left_out():
    some = news(20)
    known = hashes_of([some.articles[0]])

    found = choose(some, known, seed=1, random_places=1)

    assert {*origins([*found.learned, *found.held_out])} == {"a0"}
    assert all(len(passage.bag.rows) >= LEAST_WORDS for passage in found.learned)
