"""The vector of an article: whole numbers that depend on its words alone."""

from __future__ import annotations

import numpy as np
import pytest

from streams.stories.fingerprint import decode, features_of, fingerprint_of
from streams.stories.vectors import WIDTH, cosines
from tests.stories.articles import START, article, words


def vector(text: str, headline: str | None = None) -> np.ndarray:
    return features_of(article("a", text, headline=headline)).vector


def test_a_vector_has_whole_numbers_up_to_127():
    found = vector("The court ruled on the border wall. Judges were divided.")

    assert found.dtype == np.int8
    assert len(found) == WIDTH
    assert np.abs(found).max() == 127


def test_the_order_of_the_words_makes_no_difference():
    text = "court ruled border wall judges divided immigration appeal"

    assert vector(text).tolist() == vector(" ".join(reversed(text.split()))).tolist()


def test_the_headline_counts_more_than_the_text():
    text = "Officials spoke of the weather, of the harvest and of football. " * 3
    court, strike = "Court blocks the border wall", "Teachers walk out over pay"

    with_court, with_strike = vector(text, court), vector(text, strike)

    assert (
        cosines(vector(court), np.array([with_court])) > cosines(vector(court), np.array([with_strike])) + 0.3
    )


def test_an_article_of_which_few_words_are_known_has_no_vector():
    empty = vector("…")
    footer = "Sign up for our newsletter and follow the court on the budget."
    unknown = vector(" ".join([*(word + "qxz" for word in words("unknown", 30)), footer]))

    assert not empty.any()
    assert not unknown.any()
    assert vector(footer).any()
    assert np.isnan(cosines(empty, np.array([empty, vector("The court ruled.")]))).all()


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"version": 1, "vector": "", "words": ""}, id="1"),
        pytest.param({"version": 2, "words": ""}, id="2"),
        *(pytest.param({"version": version}, id=str(version)) for version in (3, 4)),
    ],
)
def test_an_older_fingerprint_is_read_without_a_vector(changes):
    made = fingerprint_of(article("a", "The court ruled."), START)
    old = made.model_copy(update=changes)

    assert not decode(old).vector.any()
    assert np.array_equal(decode(old).terms, decode(made).terms)
    assert decode(made).vector.any()
