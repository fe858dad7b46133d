"""What the terms of an article add is the linear model's sum, whatever was read before."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.enrich import embedding
from streams.enrich.embedding import StaticEmbedding, load_embedding, load_vectors
from streams.enrich.labels.terms import Terms, codes_of, named_pairs, opening_keys, pairs, word_keys
from streams.enrich.labels.words import BODY, BREAK, HEADLINE, KINDS, LEAD, Words
from streams.training.labels.terms import TermModel, pack_terms
from tests.enrich.labels.networks import MIXTURE, random_terms, term_totals

LABELS = 3
FORMS = ("the", "talks", "of", "ministers", "ended", "in", "storm", BREAK, "climate", "treaty", "zq", "19")
MODEL = random_terms(LABELS)


def terms_of(model=MODEL, vectors=None):
    return Terms(pack_terms(model, MIXTURE.terms), vectors or load_embedding())


@pytest.fixture(scope="module")
def read():
    return terms_of().read


def text_of(forms, kinds=None):
    """Return words whose first two are the headline and whose next five are the lead."""
    parts = [HEADLINE] * 2 + [LEAD] * 5 + [BODY] * len(forms)
    chosen = np.zeros(len(forms), np.int8) if kinds is None else np.array(kinds, np.int8)
    return Words(list(forms), chosen, np.array(parts[: len(forms)], np.int8))


texts = st.lists(st.tuples(st.sampled_from(FORMS), st.integers(0, KINDS - 1)), max_size=40).map(
    lambda pairs: text_of([form for form, _ in pairs], [0 if form == BREAK else kind for form, kind in pairs])
)


@settings(max_examples=60)
@given(texts)
def test_they_say_what_the_trained_model_says(read, text):
    assert read(*text).totals == pytest.approx(term_totals(MODEL, text), rel=0.01, abs=0.02)


@settings(max_examples=30)
@given(texts)
def test_what_the_words_add_is_the_total(read, text):
    reading = read(*text)

    sums = [reading.of_words(label).sum() for label in range(LABELS)]
    assert reading.totals == pytest.approx(sums, abs=1e-9)


@settings(max_examples=20)
@given(texts, st.lists(texts, max_size=4))
def test_an_article_gets_the_same_numbers_whatever_was_read_before(text, before):
    used = terms_of()
    for other in before:
        used.read(*other)

    for one, two in zip(terms_of().read(*text), used.read(*text), strict=True):
        assert np.array_equal(one, two)


def test_words_that_are_numbered_again_make_no_difference(monkeypatch, read):
    monkeypatch.setattr(embedding, "CACHED_WORDS", 40)
    vectors = StaticEmbedding(load_vectors())
    forgetful = terms_of(vectors=vectors)
    rng = np.random.default_rng(2)

    for _ in range(20):
        text = text_of([*(f"w{number}" for number in rng.integers(0, 90, 30)), "talks", "of"])

        assert np.array_equal(forgetful.read(*text).totals, read(*text).totals)
    assert vectors.numbers.fresh_starts > 1


def only(keys, weight=1.0):
    """Return a model whose one term has this weight for each label."""
    assert len(keys) == 1
    return TermModel(
        keys,
        np.full((1, LABELS), weight, np.float32),
        np.zeros((256, LABELS), np.float32),
        np.zeros(LABELS, np.float32),
        np.zeros(LABELS, np.float32),
    )


def test_a_term_counts_once_and_where_it_comes_first():
    model = only(pairs(codes_of(["peace", "talks"])).keys)

    reading = terms_of(model).read(
        *text_of(["old", "peace", "talks", "and", "new", "peace", "talks", "and", "more", "peace", "talks"])
    )

    weights = reading.of_words(0)
    assert np.flatnonzero(weights).tolist() == [1, 2]
    assert weights[1] == pytest.approx(weights[2], rel=0.01)
    assert weights.sum() == pytest.approx(MIXTURE.terms / np.sqrt(11), rel=0.01)


def test_a_pair_does_not_reach_over_a_break():
    reading = terms_of(only(pairs(codes_of(["peace", "talks"])).keys)).read(
        *text_of(["peace", BREAK, "talks"])
    )

    assert not reading.contributions.any()


def test_the_opening_has_terms_of_its_own():
    model = only(opening_keys(codes_of(["talks"])))
    forms = ["a"] * 8

    inside, below = (
        terms_of(model).read(*text_of([*forms[:at], "talks", *forms[at:]])).contributions for at in (3, 8)
    )

    assert np.flatnonzero(inside[:, 0]).tolist() == [3]
    assert not below.any()


def test_a_name_stands_as_its_kind_in_a_pair():
    model = only(named_pairs(codes_of(["peru", "envoy"]), np.array([4, 0], np.int8)).keys)
    read = terms_of(model).read

    chile = read(*text_of(["chile", "envoy"], [4, 0]))
    anna = read(*text_of(["anna", "envoy"], [1, 0]))

    assert chile.contributions[:, 0].all()
    assert not anna.contributions.any()


def test_the_words_of_one_name_are_no_pair_of_kinds():
    found = named_pairs(codes_of(["san", "jose", "voted"]), np.array([5, 5, 0], np.int8))

    assert found.places.tolist() == [1]


def test_a_longer_text_weighs_each_term_less(read):
    short, long = (read(*text_of(["treaty", *(["zq"] * count)])) for count in (8, 80))

    assert short.units[0] == pytest.approx(long.units[0] * 3)


def test_an_article_without_words_adds_nothing(read):
    reading = read(*text_of([]))

    assert reading.contributions.shape == (0, LABELS)
    assert reading.totals.tolist() == [0] * LABELS


def test_a_model_without_terms_reads_meanings_alone():
    empty = TermModel(MODEL.keys[:0], MODEL.weights[:0], MODEL.meanings, MODEL.alpha, MODEL.bias)
    text = text_of(["treaty", "of", "ministers"])

    assert terms_of(empty).read(*text).totals == pytest.approx(term_totals(empty, text), rel=0.01, abs=0.02)


def test_different_sorts_of_terms_have_different_keys():
    codes, kinds = codes_of(["talks", "talks"]), np.array([0, 0], np.int8)

    keys = [word_keys(codes)[0], opening_keys(codes)[0], *pairs(codes).keys]

    assert len(set(keys)) == 3
    assert not named_pairs(codes, kinds).keys.size
