"""Words that speak for a label become spans that a reader would underline."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.enrich.folding import fold_characters
from streams.enrich.labels.evidence import LEAST, LISTED, largest, merged, word_spans
from streams.enrich.labels.scoring import Share
from streams.enrich.labels.words import locate_words

spans = st.lists(
    st.tuples(st.integers(0, 60), st.integers(1, 12), st.floats(-5, 5)).map(
        lambda drawn: (drawn[0], drawn[0] + drawn[1], drawn[2])
    ),
    max_size=40,
)


def spans_of(text, weights):
    folded = fold_characters(text)
    found = word_spans(locate_words(folded, folded.split()), np.array(weights, np.float64))
    return [(text[start:end], pytest.approx(weight)) for start, end, weight in found]


@pytest.mark.parametrize(
    ("text", "weights", "found"),
    [
        ("Talks on peace", [1, 0.5, 2], [("Talks on peace", 3.5)]),
        ("Talks on peace", [1, 0, 2], [("Talks", 1), ("peace", 2)]),
        ("Talks on peace", [1, -0.5, -2], [("Talks", 1), ("peace", -2.5)]),
        ("Talks on peace", [0, 0, 0], []),
        ("…", [], []),
    ],
)
def test_words_of_one_sign_that_follow_each_other_are_one_span(text, weights, found):
    assert spans_of(text, weights) == found


@pytest.mark.parametrize(
    ("weights", "found"),
    [
        ([1, 0.0, 2], [("Talks", 1), ("Peace", 2)]),
        ([1, 0.5, 2], [("Talks", 1.5), ("Peace", 2)]),
        ([1, -0.5, 2], [("Talks", 1), ("Peace", 2)]),
        ([0, -0.5, -2], [("Peace", -2)]),
    ],
)
def test_punctuation_ends_a_span_and_what_it_adds_is_the_spans_if_it_has_the_same_sign(weights, found):
    assert spans_of("Talks. Peace", weights) == found


@pytest.mark.parametrize(
    ("text", "weights", "found"),
    [
        ("for the talks of", [0.9, 0.8, 1, 0.7], [("talks", 3.4)]),
        ("she summoned the envoy", [0.1, 1, 0.3, 0.9], [("summoned the envoy", 2.3)]),
        (
            "talks resumed late yesterday evening envoys",
            [1, 0.2, 0.1, 0.1, 0.2, 0.8],
            [("talks", 1.6), ("envoys", 0.8)],
        ),
        ("that it was", [0.3, 0.4, 0.5], []),
    ],
)
def test_a_span_is_shown_at_its_strongest_words_and_no_common_word_is_at_its_ends(text, weights, found):
    assert spans_of(text, weights) == found


@given(spans)
def test_merged_spans_are_in_order_and_apart_and_keep_every_weight(drawn):
    result = list(merged(drawn))

    assert all(before[1] <= after[0] for before, after in pairwise(result))
    assert sum(weight for *_, weight in result) == pytest.approx(sum(weight for *_, weight in drawn))
    for start, end, _ in drawn:
        assert any(first <= start and end <= last for first, last, _ in result)


def test_spans_that_only_touch_stay_apart():
    assert list(merged([(4, 8, 1.0), (0, 4, 2.0), (6, 9, 0.5)])) == [(0, 4, 2.0), (4, 9, 1.5)]


def test_the_largest_spans_are_listed_in_text_order_and_rounded():
    small = [(start, start + 1, 0.06) for start in range(0, 200, 2)]

    shares = largest([*small, (300, 305, -1.23456), (250, 255, 2.0)])

    assert len(shares) == LISTED
    assert [share.start for share in shares] == sorted(share.start for share in shares)
    assert [share.weight for share in shares[-2:]] == [2.0, -1.2346]


def test_a_weight_that_moves_no_score_is_not_listed():
    assert largest([(0, 5, LEAST / 2), (6, 9, -LEAST)]) == [Share(6, 9, -LEAST)]
