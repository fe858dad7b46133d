"""A word filter forgets no word, and claims few that an article does not have."""

from __future__ import annotations

import numpy as np

from streams.stories.word_filters import BYTES, MOST_WORDS, contain, contains, filter_of

RNG = np.random.default_rng(7)
WORDS = RNG.choice(2**32, 4_000, replace=False).astype(np.uint32)


def test_a_filter_has_all_words_that_it_was_made_of():
    made = filter_of(WORDS[:MOST_WORDS])

    assert made.dtype == np.uint8
    assert made.shape == (BYTES,)
    assert contains(made, WORDS[:MOST_WORDS]).all()


def test_a_full_filter_claims_one_in_six_of_the_others():
    claimed = contains(filter_of(WORDS[:MOST_WORDS]), WORDS[MOST_WORDS:]).mean()

    assert 1 / 8 < claimed < 1 / 5


def test_words_after_the_first_ones_are_left_out():
    assert filter_of(WORDS).tobytes() == filter_of(WORDS[:MOST_WORDS]).tobytes()


def test_an_empty_filter_has_no_word():
    assert not contains(filter_of(WORDS[:0]), WORDS).any()


def test_many_filters_answer_as_each_of_them_does():
    filters = np.array([filter_of(WORDS[start : start + 200]) for start in range(0, 2_000, 100)])

    together = contain(filters, WORDS)

    assert together.shape == (20, len(WORDS))
    assert together.tolist() == [contains(own, WORDS).tolist() for own in filters]
