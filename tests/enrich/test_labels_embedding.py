from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.enrich.labels.embedding import StaticEmbedding, WordPieces, load_vectors

WORDS = ["the", "envoys", "of", "two", "states", "met", "in", "a", "town", "by", "the", "lake"]


@pytest.fixture(scope="module")
def embedding():
    return StaticEmbedding(load_vectors())


@pytest.mark.parametrize(
    ("word", "pieces"),
    [("talks", ["talks"]), ("unhappily", ["un", "##happily"]), ("zzz", ["zz", "##z"]), ("zq", [])],
)
def test_words_are_cut_into_the_longest_pieces(word, pieces):
    vocabulary = ["talks", "un", "##happily", "##happi", "##ly", "zz", "##z", "z"]

    assert [vocabulary[row] for row in WordPieces(vocabulary).rows(word)] == pieces


def test_near_in_meaning_is_near_in_direction(embedding):
    glacier, ice, goal = (
        embedding.embed(text.split())
        for text in ("the glacier melts", "ice turns to water", "he scored a goal")
    )

    assert glacier @ ice > glacier @ goal


@given(st.permutations(WORDS))
def test_the_order_of_words_does_not_show(embedding, words):
    first = embedding.embed(WORDS)

    assert np.array_equal(embedding.embed(words), first)


def test_a_text_without_a_known_word_has_no_direction(embedding):
    assert not embedding.embed(["中文"]).any()
    assert not embedding.embed([]).any()


def test_vectors_fit_into_the_package():
    vectors = load_vectors()

    assert vectors.matrix.shape == (len(vectors.pieces), 256)
    assert vectors.matrix.dtype == np.int8
