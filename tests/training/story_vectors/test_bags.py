"""A passage is read as the product reads it."""

from __future__ import annotations

import numpy as np
import pytest

from streams.stories.distinct_words import IN_BODY, IN_HEADLINE, IN_LEAD, LEAD_WORDS
from streams.stories.fingerprint import COUNT
from streams.stories.terms import hash_term, stem_of
from streams.stories.vectors import MOST_WORDS
from streams.training.story_vectors.bags import join_bags, read_bag

WORDS = ["envoy", "tariff", "harvest", "glacier", *(f"w{number}" for number in range(400))]
HASHES = np.array(sorted(hash_term(stem_of(word.encode())) for word in WORDS), np.uint32)


def read(headline, text):
    """Return zone and weight of each known word by its name, in the order of the bag."""
    names = {hash_term(stem_of(word.encode())): word for word in WORDS}
    bag = read_bag(HASHES, headline, text)
    found = [names[number] for number in HASHES[bag.rows].tolist()]
    return dict(zip(found, zip(bag.zones.tolist(), bag.weights.tolist(), strict=True), strict=True))


def test_a_word_counts_where_it_first_stands():
    text = f"The tariff and the envoy. {'unknown ' * LEAD_WORDS} a glacier, a tariff"

    assert read("Envoys meet", text) == {
        "envoy": (IN_HEADLINE, pytest.approx(1 + np.log(2))),
        "tariff": (IN_LEAD, pytest.approx(1 + np.log(2))),
        "glacier": (IN_BODY, 1),
    }


def test_a_headline_that_the_text_begins_with_is_read_once():
    assert read("Envoys meet", "Envoys meet over a tariff") == {
        "envoy": (IN_HEADLINE, 1),
        "tariff": (IN_LEAD, 1),
    }


def test_the_first_known_words_are_read():
    many = [f"w{number}" for number in range(399, 399 - MOST_WORDS - 10, -1)]

    assert [*read("", " ".join(many))] == many[:MOST_WORDS]


def test_repetitions_count_up_to_a_bound():
    assert read("", "envoy " * 1000) == {"envoy": (IN_LEAD, pytest.approx(1 + np.log(COUNT)))}


@pytest.mark.parametrize("text", ["", "nothing of this is known"])
def test_a_text_without_known_words_is_empty(text):
    assert read("", text) == {}


def test_bags_are_joined_in_their_order():
    bags = [read_bag(HASHES, "", text) for text in ("envoy tariff", "", "glacier")]

    batch = join_bags(bags)

    assert batch.starts.tolist() == [0, 2, 2]
    assert batch.rows.tolist() == [*bags[0].rows, *bags[2].rows]
    assert batch.zones.tolist() == [IN_LEAD] * 3
    assert batch.weights.tolist() == [1.0] * 3
