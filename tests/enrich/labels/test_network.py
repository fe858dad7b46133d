"""The network in whole numbers says what the trained one says in floats, whatever it has read before."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.enrich import embedding
from streams.enrich.embedding import StaticEmbedding, load_embedding, load_vectors
from streams.enrich.labels import network
from streams.enrich.labels.network import Network, spelling_row
from streams.enrich.labels.words import BODY, HEADLINE, KINDS, LEAD, READ_WORDS, Words
from tests.enrich.labels.networks import DECISION, contributions, packed, random_state

LABELS = ("climate", "diplomacy", "trade")
FORMS = (
    "the",
    "talks",
    "of",
    "ministers",
    "ended",
    "in",
    "storm",
    "¶",
    "pay",
    "19",
    "zq",
    "uberfall",
    "carbon",
)
STATE = random_state(len(LABELS))


def arrays_of(state):
    decisions = dict.fromkeys(LABELS, DECISION)
    return packed(state, decisions)


def network_of(state):
    return Network(arrays_of(state), load_embedding())


@pytest.fixture(scope="module")
def read():
    return network_of(STATE).read


def words(forms, kinds=None):
    """Return words whose first two are the headline and whose next five are the lead."""
    parts = [HEADLINE] * 2 + [LEAD] * 5 + [BODY] * len(forms)
    chosen = np.zeros(len(forms), np.int8) if kinds is None else np.array(kinds, np.int8)
    return Words(list(forms), chosen, np.array(parts[: len(forms)], np.int8))


texts = st.lists(st.tuples(st.sampled_from(FORMS), st.integers(0, KINDS - 1)), max_size=40).map(
    lambda pairs: words([form for form, _ in pairs], [kind for _, kind in pairs])
)


@settings(max_examples=40)
@given(texts)
def test_it_says_what_the_trained_network_says(read, text):
    reading = read(*text)

    by_word, direct = contributions(STATE, text)
    for label in range(len(LABELS)):
        assert reading.of_words(label) == pytest.approx(by_word[:, label], rel=0.02, abs=0.03)
    assert reading.direct == pytest.approx(direct, rel=0.02, abs=0.02)
    assert reading.totals == pytest.approx(by_word.sum(axis=0) + direct, rel=0.02, abs=0.05)


@settings(max_examples=40)
@given(texts)
def test_what_the_words_and_the_article_add_is_the_total(read, text):
    reading = read(*text)

    sums = [reading.of_words(label).sum() for label in range(len(LABELS))] + reading.direct
    assert reading.totals == pytest.approx(sums, abs=1e-9)


@settings(max_examples=20)
@given(texts, st.lists(texts, max_size=4))
def test_an_article_gets_the_same_numbers_whatever_was_read_before(text, before):
    used = network_of(STATE)
    for other in before:
        used.read(*other)

    readings = zip(network_of(STATE).read(*text), used.read(*text), strict=True)

    for one, two in readings:
        assert np.array_equal(one, two)


def test_a_full_cache_makes_no_difference(monkeypatch, read):
    monkeypatch.setattr(network, "CACHED_WORDS", READ_WORDS + 1)
    small = network_of(STATE)
    rng = np.random.default_rng(1)

    for _ in range(5):
        text = words([f"w{number}" for number in rng.integers(0, 900, READ_WORDS)])

        assert np.array_equal(small.read(*text).totals, read(*text).totals)


def test_words_that_are_numbered_again_make_no_difference(monkeypatch, read):
    monkeypatch.setattr(embedding, "CACHED_WORDS", 40)
    vectors = StaticEmbedding(load_vectors())
    forgetful = Network(arrays_of(STATE), vectors)
    rng = np.random.default_rng(2)

    for _ in range(20):
        text = words([f"w{number}" for number in rng.integers(0, 90, 30)])

        assert np.array_equal(forgetful.read(*text).totals, read(*text).totals)
    assert vectors.numbers.fresh_starts > 1


def test_weights_far_out_of_range_are_cut_off_and_do_not_wrap_around():
    loud = network_of(random_state(len(LABELS), scale=200))

    reading = loud.read(*words(FORMS * 20))

    assert np.isfinite(reading.totals).all()
    assert np.isfinite(reading.contributions).all()


def test_an_article_without_words_has_what_any_article_has(read):
    nothing = words([])

    reading = read(*nothing)

    assert reading.contributions.shape == (0, len(LABELS))
    assert reading.totals == pytest.approx(contributions(STATE, nothing)[1], abs=0.01)


def test_a_word_never_has_the_row_of_no_word():
    rows = {spelling_row(f"w{number}", 8) for number in range(200)}

    assert rows == {1, 2, 3, 4, 5, 6, 7}
