"""The different words of an article are told with their first places, zones and counts."""

from __future__ import annotations

import numpy as np
import pytest

from streams.stories.distinct_words import (
    IN_BODY,
    IN_HEADLINE,
    IN_LEAD,
    LEAD_WORDS,
    distinct_words,
    read_article,
)
from streams.stories.terms import hash_term


def zones_and_counts(headline: str, text: str) -> dict[int, tuple[int, int]]:
    words, in_headline = read_article(headline, text)
    found = distinct_words(words.stems, in_headline)
    columns = found.stems.tolist(), found.zones.tolist(), found.counts.tolist()
    return {stem: (zone, count) for stem, zone, count in zip(*columns, strict=True)}


def test_a_word_is_where_it_first_stands():
    text = f"The tariff and the envoy. {'unknownword ' * LEAD_WORDS} a glacier, a tariff"

    found = zones_and_counts("Envoys meet", text)

    assert found[hash_term(b"envoy")] == (IN_HEADLINE, 2)
    assert found[hash_term(b"tariff")] == (IN_LEAD, 2)
    assert found[hash_term(b"glacier")] == (IN_BODY, 1)
    assert hash_term(b"the") not in found


@pytest.mark.parametrize("text", ["Envoys meet\n\nA tariff.", "A tariff."], ids=["in the text", "apart"])
def test_the_headline_is_read_once(text):
    words, in_headline = read_article("Envoys meet", text)

    assert (len(words.stems), in_headline) == (4, 2)


def test_a_longer_word_at_the_beginning_is_not_the_headline():
    words, in_headline = read_article("Rain", "Rainfall was heavy.")

    assert (len(words.stems), in_headline) == (4, 1)


def test_the_order_is_that_of_the_hashes_or_of_the_text():
    words, in_headline = read_article("", "glacier envoy tariff envoy harvest")

    found = distinct_words(words.stems, in_headline)
    ordered = found.in_order()

    assert found.stems.tolist() == sorted(found.stems.tolist())
    assert ordered.firsts.tolist() == [0, 1, 2, 4]
    assert ordered.stems.tolist() == list(map(hash_term, (b"glacier", b"envoy", b"tariff", b"harvest")))
    assert ordered.counts.tolist() == [1, 2, 1, 1]
    rarity_of = dict(zip(found.stems.tolist(), found.rarities.tolist(), strict=True))
    assert ordered.rarities.tolist() == [rarity_of[stem] for stem in ordered.stems.tolist()]


def test_no_words_are_no_words():
    words, in_headline = read_article("", "")

    found = distinct_words(words.stems, in_headline)

    assert all(len(np.asarray(column)) == 0 for column in found)
