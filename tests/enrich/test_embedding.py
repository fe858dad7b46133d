from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.enrich import embedding as embedding_module
from streams.enrich.embedding import StaticEmbedding, WordPieces, load_embedding, load_vectors

WORDS = ["the", "envoys", "of", "two", "states", "met", "in", "a", "town", "by", "the", "lake"]


@pytest.fixture(scope="module")
def embedding():
    return load_embedding()


@pytest.mark.parametrize(
    ("word", "pieces"),
    [("talks", ["talks"]), ("unhappily", ["un", "##happily"]), ("zzz", ["zz", "##z"]), ("zq", [])],
)
def test_words_are_cut_into_the_longest_pieces(word, pieces):
    vocabulary = ["talks", "un", "##happily", "##happi", "##ly", "zz", "##z", "z"]

    assert [vocabulary[row] for row in WordPieces(vocabulary).rows(word)] == pieces


def test_texts_with_a_similar_meaning_have_a_similar_direction(embedding):
    glacier, ice, goal = (
        embedding.embed(text.split())
        for text in ("the glacier melts", "ice turns to water", "he scored a goal")
    )

    assert glacier @ ice > glacier @ goal


@given(st.permutations(WORDS))
def test_the_order_of_words_makes_no_difference(embedding, words):
    first = embedding.embed(WORDS)

    assert np.array_equal(embedding.embed(words), first)


def test_a_text_without_a_known_word_has_no_direction(embedding):
    assert not embedding.embed(["中文"]).any()
    assert not embedding.embed([]).any()


def test_texts_have_the_same_directions_together_as_alone(embedding):
    texts = [WORDS, [], ["Café", "owners", "zq", "don't"], ["ice"]]

    sums = embedding.sums(texts).astype(float)

    lengths = np.sqrt((sums**2).sum(axis=1, keepdims=True))
    directions = np.divide(sums, lengths, out=np.zeros_like(sums), where=lengths > 0)
    assert np.allclose(directions, [embedding.embed(text) for text in texts])
    assert not sums[1].any()


def test_case_and_accents_of_a_word_make_no_difference(embedding):
    assert np.array_equal(embedding.embed(["Café", "it's"]), embedding.embed(["cafe", "it", "s"]))


def test_vectors_fit_into_the_package():
    vectors = load_vectors()

    assert vectors.matrix.shape == (len(vectors.pieces), 256)
    assert vectors.matrix.dtype == np.int8


def test_a_word_has_the_mean_of_its_pieces_together_as_alone(embedding):
    words = ["unhappily", "中文", "ice"]

    means = embedding.means(embedding.numbers.of(words))

    pieces = WordPieces(load_vectors().pieces).rows("unhappily")
    assert len(pieces) > 1
    assert means[0] == pytest.approx(load_vectors().matrix[pieces].mean(axis=0))
    assert not means[1].any()
    assert np.array_equal(embedding.means(embedding.numbers.of(["ice"])), means[2:])
    assert embedding.means(embedding.numbers.of([])).shape == (0, embedding.width)


def test_a_word_keeps_its_number_until_the_numbers_start_again(monkeypatch):
    monkeypatch.setattr(embedding_module, "CACHED_WORDS", 3)
    numbers = StaticEmbedding(load_vectors()).numbers

    assert numbers.of(["ice", "melts", "ice"]).tolist() == [0, 1, 0]
    assert numbers.of(["melts", "zq"]).tolist() == [1, 2]
    assert numbers.fresh_starts == 0
    assert numbers.of(["fire", "ice"]).tolist() == [0, 1]
    assert numbers.fresh_starts == 1


@given(st.lists(st.lists(st.sampled_from([*WORDS, "unhappily", "中文", "", "it's"]), max_size=9), max_size=9))
def test_a_text_has_the_same_direction_however_few_words_are_kept(embedding, texts):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(embedding_module, "CACHED_WORDS", 3)
        forgetful = StaticEmbedding(load_vectors())

        assert all(np.array_equal(forgetful.embed(text), embedding.embed(text)) for text in texts)
        assert np.array_equal(forgetful.sums(texts), embedding.sums(texts))
