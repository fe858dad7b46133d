"""The examples of the teaser model are what they should be, and the regression tells them apart."""

from __future__ import annotations

import numpy as np
import pytest

from streams.training.teasers import (
    Kind,
    count_documents,
    fit,
    other_subject,
    split_highlights,
    split_publishers,
)


@pytest.mark.parametrize(
    ("first", "second", "other"),
    [
        ("climate", "climate", False),
        ("climate", "sport", True),
        ("climate", "elections", True),
        ("elections", "us_senate", False),
    ],
)
def test_topics_of_american_party_politics_are_one_subject(first, second, other):
    assert other_subject({"topic": first}, {"topic": second}) is other


def test_labelled_highlights_are_split_from_the_body():
    lines = [
        "Story highlights: Rates rise again",
        "Banks are worried",
        "The central bank raised rates.",
        "More.",
    ]

    highlights, body = split_highlights(lines)

    assert highlights == ["Rates rise again", "Banks are worried"]
    assert body == ["The central bank raised rates.", "More."]


@pytest.mark.parametrize(
    "lines",
    [
        ["The central bank raised rates.", "More."],
        ["Story highlights:", *["A line without an end"] * 9, "The central bank raised rates."],
    ],
    ids=["no label", "too many lines"],
)
def test_without_labelled_highlights_all_lines_are_the_body(lines):
    assert split_highlights(lines) == ([], lines)


def test_rare_words_are_left_out_of_the_frequencies():
    articles = [{"text": "rates rose"}] * 8 + [{"text": "rates fell"}] * 7

    assert count_documents(articles) == {"rate": 15, "rose": 8}


def test_the_regression_separates_teasers_from_own_lines():
    rng = np.random.default_rng(1)
    kinds = np.array([Kind.TITLE, Kind.TEASER, Kind.HIGHLIGHT] * 200)
    features = rng.normal(size=(600, 2)) + 4.0 * (kinds == Kind.TEASER)[:, None]

    weights, bias = fit(features, kinds)

    scores = features @ weights + bias
    assert ((scores > 0) == (kinds == Kind.TEASER)).mean() > 0.97


def test_a_publisher_is_in_one_half_only():
    articles = [{"publisher": f"Paper {number % 7}"} for number in range(40)]

    halves = split_publishers(articles)

    publishers = [{article["publisher"] for article in half} for half in halves]
    assert not publishers[0] & publishers[1]
    assert sum(map(len, halves)) == 40
