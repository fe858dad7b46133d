"""The vocabulary has the stems that stand in enough articles, and where their vectors start."""

from __future__ import annotations

import numpy as np
import pytest

from streams.stories.terms import hash_term
from streams.training.story_vectors.articles import Article
from streams.training.story_vectors.vocabulary import FEWEST, count_words, meanings


def articles(*texts):
    return [Article(f"n:{number}", "", text) for number, text in enumerate(texts)]


def test_a_stem_of_enough_articles_is_known_whether_it_is_singular_or_plural():
    vocabulary = count_words(articles(*["the envoy"] * 2, *["envoys"] * (FEWEST - 2), "tariff tariff tariff"))

    assert vocabulary.stems == [b"envoy"]


def test_a_headline_counts_and_a_word_counts_once_an_article():
    news = [Article("n:1", "Envoys", "envoy envoy"), Article("n:2", "Tariffs", "tariff and envoy")]

    assert count_words(news, fewest=2).stems == [b"envoy"]


def test_words_that_tell_nothing_are_left_out():
    assert count_words(articles(*["The U.S. envoy said that it is a b c"] * FEWEST)).stems == [b"envoy"]


def test_hashes_are_in_ascending_order_and_belong_to_the_stems():
    words = ["envoy", "tariff", "harvest", "senator", "glacier", "budget", "parliament", "drought"]
    vocabulary = count_words(articles(*[" ".join(words)] * FEWEST))

    assert sorted(vocabulary.stems) == sorted(word.encode() for word in words)
    assert vocabulary.hashes.dtype == np.uint32
    assert (np.diff(vocabulary.hashes.astype(np.int64)) > 0).all()
    assert vocabulary.hashes.tolist() == [hash_term(stem) for stem in vocabulary.stems]


def test_a_rare_word_is_rarer_by_the_logarithm():
    vocabulary = count_words(articles(*["envoy tariff"] * 4, *["envoy"] * 4))

    rarities = dict(zip(vocabulary.stems, vocabulary.rarities.tolist(), strict=True))
    assert rarities == {b"envoy": pytest.approx(0), b"tariff": pytest.approx(np.log(2))}


def test_related_words_start_close_to_each_other():
    found = meanings([b"senator", b"senate", b"banana"])

    lengths = np.linalg.norm(found, axis=1)
    cosines = found @ found.T / np.outer(lengths, lengths)
    assert cosines[0, 1] > cosines[0, 2]


def test_a_word_that_no_piece_has_starts_at_zero():
    assert not meanings(["日本".encode(), b"\xff"]).any()
