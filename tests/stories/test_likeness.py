"""The likeness of two articles does not depend on how it is computed."""

from __future__ import annotations

import numpy as np
import pytest

from streams.stories.fingerprint import TERMS, Features, features_of
from streams.stories.likeness import (
    BIAS,
    COVERED,
    ENCODED_BIAS,
    ENCODED_WEIGHTS,
    VECTORS,
    WEIGHTS,
    Query,
    Rows,
    all_lengths_of,
    lengths_of,
    likenesses,
    probabilities,
    query,
    stream_rarities,
)
from tests.stories.articles import about, article, words

FLOOD = "The river burst its banks on Monday and flooded the old town. Hundreds of people left their houses."
VOTE = "The senate voted for a tax on sugar. The minister of health called the vote a success for children."


def test_the_lengths_of_many_articles_are_exactly_those_of_each():
    chance = np.random.default_rng(3)
    rarities = chance.integers(1, 256, size=(500, TERMS)).astype(np.uint8)
    kinds = chance.integers(0, 192, size=(500, TERMS)).astype(np.uint8)

    rows = all_lengths_of(rarities, kinds)

    assert rows.tolist() == [lengths_of(*row).tolist() for row in zip(rarities, kinds, strict=True)]
    assert lengths_of(rarities[0][::-1], kinds[0][::-1]).tolist() == rows[0].tolist()


def rows_of(*features: Features) -> Rows:
    terms, rarities, kinds = (
        np.array([np.pad(one[column], (0, TERMS - len(one.terms))) for one in features])
        for column in (1, 2, 3)
    )
    lengths = all_lengths_of(rarities, kinds).astype(np.float32)
    vectors, are_encoded, filters = (np.array([one[column] for one in features]) for column in (4, 5, 6))
    return Rows(terms, rarities, kinds, lengths, vectors, are_encoded, filters)


IN_OTHER_WORDS = (
    (
        "Parliament approves the budget after a long debate. The government has a majority of two.",
        "Lawmakers pass the spending bill following hours of discussion, with 61 votes against 59.",
    ),
    (
        "A court in Lagos ordered the airline to pay its pilots.",
        "Court orders carrier in Nigeria to settle wages of its captains.",
    ),
    (
        "The central bank raised its key rate by half a point to fight inflation, and the currency rose.",
        "Policymakers increased interest rates by 50 basis points as prices climb; the peso gained.",
    ),
    (
        "A magnitude 6.1 earthquake destroyed houses in the mountains and killed at least 40 people.",
        "Dozens died when a strong quake shook the hill villages and brought down homes.",
    ),
    (
        "The union called off the rail strike after the company offered higher wages.",
        "Train drivers will return to work, having accepted a pay rise from the operator.",
    ),
    (
        "The senator said she would run for president next year.",
        "Lawmaker announces her campaign for the White House in the coming election.",
    ),
    (
        "The striker scored twice as the home team won the cup final.",
        "Two goals from the forward gave the hosts the trophy.",
    ),
)
"""Two sentences about each of some events."""


def asked_of(features: Features) -> Query:
    return query(features, stream_rarities(features, np.zeros(len(features.terms), dtype=np.int32), 0))


def test_an_article_is_like_another_version_of_itself_and_unlike_the_others():
    made = [features_of(about("flood", 1)), features_of(about("vote", 2)), features_of(article("a", "…"))]

    found = likenesses(asked_of(made[0]), rows_of(*made))[:, :VECTORS].round(2)

    alike, other, empty = found
    assert alike.tolist() == [1, 1, 1, 1, alike[4]]
    assert alike[4] > 0.9
    assert other.max() < 0.1
    assert empty.tolist() == [0] * VECTORS


def test_vectors_tell_articles_about_one_event_in_other_words_from_the_rest():
    """On average: sentences are short for vectors that learned from whole articles."""
    made = [[features_of(article(text[:4], text)) for text in pair] for pair in IN_OTHER_WORDS]
    firsts, seconds = ([pair[place] for pair in made] for place in (0, 1))

    found = np.array([likenesses(asked_of(first), rows_of(*seconds))[:, VECTORS] for first in firsts])

    apart = ~np.eye(len(made), dtype=bool)
    assert np.diag(found).mean() > found[apart].mean() + 0.2
    assert likenesses(asked_of(firsts[0]), rows_of(firsts[0]))[0, VECTORS] == pytest.approx(1)


def test_a_short_text_is_closer_to_its_event_than_to_another_subject():
    texts = (
        "Parliament approves the budget after a long debate.",
        "Lawmakers pass the spending bill following hours of discussion.",
        "The goalkeeper saved two penalties in the final.",
    )
    same, other_words, sport = (features_of(article(text[:4], text)) for text in texts)

    likeness = likenesses(asked_of(same), rows_of(same, other_words, sport))[:, VECTORS]

    assert likeness[0] > likeness[1] > likeness[2]


def test_articles_without_a_vector_are_compared_by_their_terms_alone():
    flood, vote = features_of(article("a", FLOOD)), features_of(article("b", VOTE))
    bare = flood._replace(vector=np.zeros_like(flood.vector))

    with_it, without, other = probabilities(asked_of(flood), rows_of(flood, bare, vote))
    from_bare = probabilities(asked_of(bare), rows_of(flood, bare, vote))

    assert np.isnan(likenesses(asked_of(bare), rows_of(flood))[0, VECTORS])
    assert min(with_it, without) > 0.8 > 0.2 > other
    assert from_bare[0] == from_bare[1] == pytest.approx(without)


def test_vectors_of_an_encoder_are_compared_with_their_like_alone():
    flood = features_of(article("a", FLOOD))
    encoded = flood._replace(is_encoded=True)

    own, other = likenesses(asked_of(encoded), rows_of(encoded, flood))[:, VECTORS]

    assert own == pytest.approx(1)
    assert np.isnan(other)
    bare = flood._replace(vector=np.zeros_like(flood.vector))
    alike = probabilities(asked_of(encoded), rows_of(flood, bare))
    assert alike[0] == alike[1]


def test_each_kind_of_vectors_has_weights_of_its_own():
    flood, other = features_of(article("a", FLOOD)), features_of(article("b", FLOOD[:60]))

    for is_encoded, weights, bias in ((False, WEIGHTS, BIAS), (True, ENCODED_WEIGHTS, ENCODED_BIAS)):
        asked = asked_of(flood._replace(is_encoded=is_encoded))
        rows = rows_of(other._replace(is_encoded=is_encoded))
        logit = likenesses(asked, rows) @ weights + bias

        assert probabilities(asked, rows) == pytest.approx(1 / (1 + np.exp(-logit)))


def test_a_headline_is_covered_by_words_that_are_no_terms_of_the_other_text():
    headline = "Ferry sails again to Harwick"
    notice = features_of(article("a", "The office said so.", headline=headline))
    report = " ".join([*words("report", 120), "ferry sails again to Harwick", *words("report", 120)])
    long = features_of(article("b", report, headline=" ".join(words("head", 12))))
    assert not {*notice.terms.tolist()} & {*long.terms.tolist()}

    covered, without = likenesses(
        asked_of(notice), rows_of(long, long._replace(words=np.zeros_like(long.words)))
    )[:, COVERED]
    asked = likenesses(asked_of(long), rows_of(notice))[0, COVERED]

    assert covered == pytest.approx(0.5, abs=0.1)
    assert without < 0.1
    assert asked == pytest.approx(covered)
